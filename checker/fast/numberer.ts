import {
  chunkField,
  chunkFieldsSize,
  firstNewStateOf,
  lastOrderOf,
  newStateField,
  newStateSize,
} from './block.ts';
import type { BlockTask, SharedTables } from './shared-tables.ts';

/** Numbers and stores the new states of a chunk: merges the lists of all shards, which are in the order of discovery. */
export class Numberer {
  readonly #tables: SharedTables;
  /** For each shard the position of the chunk's next new state, and where the chunk's new states end. */
  readonly #next: Int32Array;
  readonly #ends: Int32Array;

  constructor(tables: SharedTables) {
    this.#tables = tables;
    this.#next = new Int32Array(tables.block.shards);
    this.#ends = new Int32Array(tables.block.shards);
  }

  number(chunk: number, task: BlockTask): void {
    const { block, states } = this.#tables;
    const { newStates, newNumbers, numberEnds, chunkStates } = block;
    this.#findNewStates(chunk);
    const from = chunk * chunkStates;
    const end = Math.min(task.states, from + chunkStates);
    let number = block.chunkFields[chunk * chunkFieldsSize(block.shards) + chunkField.first] as number;
    let state = from;
    for (let shard = this.#shardFoundFirst(); shard >= 0; shard = this.#shardFoundFirst()) {
      const position = this.#next[shard] as number;
      (this.#next[shard] as number)++;
      const at = newStateSize * position;
      const order = newStates[at + newStateField.order] as number;
      while (lastOrderOf(block, state) < order) numberEnds[state++] = number;
      if (number === task.statesMax) {
        newNumbers[position] = -1;
        continue;
      }
      states[2 * number] = newStates[at + newStateField.first] as number;
      states[2 * number + 1] = newStates[at + newStateField.second] as number;
      newNumbers[position] = number++;
    }
    while (state < end) numberEnds[state++] = number;
  }

  #findNewStates(chunk: number): void {
    const { block } = this.#tables;
    const { chunkFields, shards } = block;
    const size = chunkFieldsSize(shards);
    for (let shard = 0; shard < shards; shard++) {
      let position = firstNewStateOf(block, shard);
      const at = chunkField.shards + shards + shard;
      for (let before = 0; before < chunk; before++) position += chunkFields[before * size + at] as number;
      this.#next[shard] = position;
      this.#ends[shard] = position + (chunkFields[chunk * size + at] as number);
    }
  }

  /** The shard whose next new state was found first; -1 where none is left. */
  #shardFoundFirst(): number {
    const { newStates } = this.#tables.block;
    const next = this.#next;
    const ends = this.#ends;
    let earliest = -1;
    let least = 0;
    for (let shard = 0; shard < next.length; shard++) {
      const position = next[shard] as number;
      if (position === ends[shard]) continue;
      const order = newStates[newStateSize * position + newStateField.order] as number;
      if (earliest >= 0 && order >= least) continue;
      least = order;
      earliest = shard;
    }
    return earliest;
  }
}
