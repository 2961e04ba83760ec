import { endOf, fresh, freshSize, head, headSize, placeOf } from './block.ts';
import type { Tables, Task } from './tables.ts';

/** Numbers and stores the new states of a block, chunk by chunk. */
export class Numberer {
  readonly #tables: Tables;
  /** Of each share where the chunk's next new state stands, and where its new states end. */
  readonly #next: Int32Array;
  readonly #ends: Int32Array;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#next = new Int32Array(tables.block.shares);
    this.#ends = new Int32Array(tables.block.shares);
  }

  /** Numbers the new states that were found from a chunk, in the order of their steps. */
  number(chunk: number, task: Task): void {
    const { block, states } = this.#tables;
    const { news, numbers, numberEnds, chunkStates } = block;
    this.#find(chunk);
    const from = chunk * chunkStates;
    const end = Math.min(task.states, from + chunkStates);
    let number = block.heads[chunk * headSize(block.shares) + head.first] as number;
    let state = from;
    for (let share = this.#earliest(); share >= 0; share = this.#earliest()) {
      const place = this.#next[share] as number;
      (this.#next[share] as number)++;
      const at = freshSize * place;
      const order = news[at + fresh.order] as number;
      while (endOf(block, state) < order) numberEnds[state++] = number;
      if (number === task.statesMax) {
        numbers[place] = -1;
        continue;
      }
      states[2 * number] = news[at + fresh.first] as number;
      states[2 * number + 1] = news[at + fresh.second] as number;
      numbers[place] = number++;
    }
    while (state < end) numberEnds[state++] = number;
  }

  /** Finds the new states of a chunk in the list of each share. */
  #find(chunk: number): void {
    const { block } = this.#tables;
    const { heads, shares } = block;
    const size = headSize(shares);
    for (let share = 0; share < shares; share++) {
      let place = placeOf(block, share);
      const at = head.shares + shares + share;
      for (let before = 0; before < chunk; before++) place += heads[before * size + at] as number;
      this.#next[share] = place;
      this.#ends[share] = place + (heads[chunk * size + at] as number);
    }
  }

  /** The share whose next new state was found first; -1 where none is left. */
  #earliest(): number {
    const { news } = this.#tables.block;
    const next = this.#next;
    const ends = this.#ends;
    let earliest = -1;
    let least = 0;
    for (let share = 0; share < next.length; share++) {
      const place = next[share] as number;
      if (place === ends[share]) continue;
      const order = news[freshSize * place + fresh.order] as number;
      if (earliest >= 0 && order >= least) continue;
      least = order;
      earliest = share;
    }
    return earliest;
  }
}
