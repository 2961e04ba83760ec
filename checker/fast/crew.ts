import type { Allocate } from '../store/words.ts';
import type { Tables, Task } from './tables.ts';

/** A step of a block that every thread has a part in. */
export type Step = 'expand' | 'look up' | 'number' | 'write back' | 'fill' | 'spread';

/** Threads that take part in a search. */
export interface Crew {
  /** How many there are, the caller's included. */
  readonly size: number;
  /** States that a thread takes at a time. */
  readonly chunkStates: number;
  /** Makes arrays that all can share. */
  readonly allocate: Allocate;
  /**
   * Has every thread do its part of a step, and waits for all.
   *
   * @param own does the caller's part; `next` gives the next chunk to take, each to one thread
   * @throws Error where a thread has failed
   */
  readonly run: (step: Step, tables: Tables, task: Task, own: (next: () => number) => void) => void;
}
