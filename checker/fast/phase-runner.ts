import { rebuildTable, rehashInPlace } from '../store/rehash.ts';
import type { Phase } from './crew.ts';
import { Expander } from './expander.ts';
import { Indexer } from './indexer.ts';
import { Numberer } from './numberer.ts';
import type { BlockTask, SharedTables } from './shared-tables.ts';
import type { ThreadParts } from './thread-parts.ts';

/** Does one thread's part of each phase of a block. */
export class PhaseRunner {
  readonly tables: SharedTables;
  readonly expander: Expander;
  readonly #indexer: Indexer;
  readonly #numberer: Numberer;

  constructor(tables: SharedTables, parts: ThreadParts) {
    this.tables = tables;
    this.expander = new Expander(tables, parts);
    this.#numberer = new Numberer(tables);
    this.#indexer = new Indexer(tables, parts);
  }

  /**
   * Does this thread's part of a phase.
   *
   * @param shards the parts of the index that this thread works on
   * @param takeChunk the next chunk that no thread has taken
   */
  run(phase: Phase, task: BlockTask, shards: readonly number[], takeChunk: () => number): void {
    const chunks = Math.ceil(task.states / this.tables.block.chunkStates);
    if (phase === 'expand' || phase === 'number') {
      for (let chunk = takeChunk(); chunk < chunks; chunk = takeChunk()) {
        if (phase === 'expand') this.expander.expand(chunk, task);
        else this.#numberer.number(chunk, task);
      }
      return;
    }
    const { visited, states } = this.tables;
    for (const shard of shards) {
      if (phase === 'look up') this.#indexer.lookUp(shard, chunks, task);
      else if (phase === 'write back') this.#indexer.writeBack(shard);
      else if (phase === 'rehash index') rehashInPlace(visited, shard, states);
      else rebuildTable(visited, shard, states, task.stored);
    }
  }
}
