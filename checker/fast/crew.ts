import type { Allocate } from '../store/words.ts';
import type { BlockTask, SharedTables } from './shared-tables.ts';

/** What all threads do together: the four phases of a block, or one of the two ways to enlarge the index. */
export type Phase = 'expand' | 'look up' | 'number' | 'write back' | 'rebuild index' | 'rehash index';

/** Threads that search together. */
export interface Crew {
  /** How many threads there are, the caller's included. */
  readonly size: number;
  /** States that a thread takes at a time. */
  readonly chunkStates: number;
  /** Makes arrays that the threads share. */
  readonly allocate: Allocate;
  /**
   * Has every thread do its part of a phase, and waits for all.
   *
   * @param own does the caller's part; `takeChunk` gives each chunk to one thread
   * @throws Error where a thread has failed
   */
  readonly run: (
    phase: Phase,
    tables: SharedTables,
    task: BlockTask,
    own: (takeChunk: () => number) => void,
  ) => void;
}
