import type { Pairs } from '../store/pairs.ts';
import { fill, spread } from '../store/rehash.ts';
import type { Tree } from '../store/tree.ts';
import type { Step } from './crew.ts';
import { type Enabling, Expander, type Represent } from './expander.ts';
import { Indexer } from './indexer.ts';
import { Numberer } from './numberer.ts';
import type { Tables, Task } from './tables.ts';

/** One thread's part in the steps of a block. */
export class Hand {
  readonly tables: Tables;
  readonly expander: Expander;
  readonly #indexer: Indexer;
  readonly #numberer: Numberer;

  constructor(
    tables: Tables,
    parts: { tree: Tree; pairs: Pairs; enabling: Enabling; represent: Represent | null; index: number },
  ) {
    const { tree, pairs, enabling, represent, index } = parts;
    this.tables = tables;
    this.expander = new Expander(tables, tree, pairs, enabling, represent, index);
    this.#numberer = new Numberer(tables);
    this.#indexer = new Indexer(tables, tree, pairs, represent !== null);
  }

  /**
   * Does its part of a step.
   *
   * @param shares whose part of the index is its own
   * @param next the next chunk that nobody has taken
   */
  run(step: Step, task: Task, shares: readonly number[], next: () => number): void {
    const chunks = Math.ceil(task.states / this.tables.block.chunkStates);
    if (step === 'expand' || step === 'number') {
      for (let chunk = next(); chunk < chunks; chunk = next()) {
        if (step === 'expand') this.expander.expand(chunk, task);
        else this.#numberer.number(chunk, task);
      }
      return;
    }
    for (const share of shares) {
      if (step === 'look up') this.#indexer.lookUp(share, chunks, task);
      else if (step === 'write back') this.#indexer.writeBack(share);
      else if (step === 'spread') spread(this.tables.visited, share, this.tables.states);
      else fill(this.tables.visited, share, this.tables.states, task.stored);
    }
  }
}
