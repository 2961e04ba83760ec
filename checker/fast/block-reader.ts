import {
  type Block,
  breachSize,
  countSize,
  endOf,
  fresh,
  freshSize,
  head,
  headSize,
  placeOf,
} from './block.ts';
import type { Task } from './tables.ts';

/** A place in a search: a state, and how many states and transitions of the block there were before it. */
export interface Place {
  readonly number: number;
  /** States stored by then. */
  readonly states: number;
  /** Transitions of the block taken by then. */
  readonly transitions: number;
}

/** What came of a block. */
export interface Found {
  readonly states: number;
  readonly transitions: number;
  readonly quiescent: number;
  /** How many states the new ones stand for. */
  readonly represented: number;
  readonly isTooDeep: boolean;
  readonly taken: Int32Array;
  /** New states that somebody has to look at, in the order of discovery. */
  readonly noted: () => Iterable<Place & { readonly parent: number; readonly leaf: number }>;
  /** Quiescent states. */
  readonly resting: () => Iterable<Place>;
  /** Steps that break a claim about steps. */
  readonly breaches: () => Iterable<Place & { readonly action: number; readonly leaf: number }>;
}

/** Reads what the threads have written into a block: see {@link Block}. */
export class BlockReader {
  readonly #block: Block;
  readonly #chunkStates: number;
  readonly #actions: number;
  readonly #shares: readonly number[];
  #task: Task = { first: 0, states: 0, stored: 0, isDeepest: false, statesMax: 0 };

  /** @param actions of the model */
  constructor(block: Block, actions: number) {
    this.#block = block;
    this.#actions = actions;
    this.#shares = Array.from({ length: block.shares }, (_, share) => share);
    this.#chunkStates = block.chunkStates;
  }

  /** An integer of a chunk's head. */
  head(chunk: number, field: number): number {
    return this.#block.heads[chunk * headSize(this.#block.shares) + field] as number;
  }

  /** What came of the block, once all its steps are done. @param rows how often each action was taken, by each thread */
  found(task: Task, rows: Int32Array, represented: number): Found {
    this.#task = task;
    const taken = new Int32Array(this.#actions);
    for (let i = 0; i < rows.length; i++) (taken[i % taken.length] as number) += rows[i] as number;
    return {
      states: this.#task.states,
      transitions: this.#sum(head.transitions),
      quiescent: this.#sum(head.resting),
      represented,
      isTooDeep: this.#shares.some((share) => this.#block.counts[countSize * share + 3] === 1),
      taken,
      noted: () => this.#noted(),
      resting: () => this.#resting(),
      breaches: () => this.#breaches(),
    };
  }

  #sum(field: number): number {
    let sum = 0;
    for (let chunk = 0; chunk * this.#chunkStates < this.#task.states; chunk++)
      sum += this.head(chunk, field);
    return sum;
  }

  *#noted(): Generator<Place & { parent: number; leaf: number }> {
    const { noted, counts, news, numbers, room } = this.#block;
    const places = this.#shares.flatMap((share) => {
      const begin = placeOf(this.#block, share);
      const count = counts[countSize * share + 2] as number;
      return Array.from(noted.subarray(begin, begin + count), (k) => begin + k);
    });
    places.sort((a, b) => (numbers[a] as number) - (numbers[b] as number));
    for (const place of places) {
      const number = numbers[place] as number;
      const order = news[freshSize * place + fresh.order] as number;
      const chunk = Math.floor(order / (room + 1));
      const transitions = this.#before(chunk) + (order % (room + 1));
      const leaf = news[freshSize * place + fresh.leaf] as number;
      yield { number, states: number + 1, transitions, parent: this.#parentOf(chunk, order), leaf };
    }
  }

  #parentOf(chunk: number, order: number): number {
    let state = chunk * this.#chunkStates;
    while (endOf(this.#block, state) < order) state++;
    return this.#task.first + state;
  }

  /** Transitions of the chunks before one. */
  #before(chunk: number): number {
    let sum = 0;
    for (let each = 0; each < chunk; each++) sum += this.head(each, head.transitions);
    return sum;
  }

  *#resting(): Generator<Place> {
    const { resting, transitionEnds, numberEnds } = this.#block;
    for (let chunk = 0; chunk * this.#chunkStates < this.#task.states; chunk++) {
      for (let k = 0; k < this.head(chunk, head.resting); k++) {
        const i = chunk * this.#chunkStates + (resting[chunk * this.#chunkStates + k] as number);
        const transitions = this.#before(chunk) + (transitionEnds[i] as number);
        yield { number: this.#task.first + i, states: numberEnds[i] as number, transitions };
      }
    }
  }

  *#breaches(): Generator<Place & { action: number; leaf: number }> {
    const { breaches, room, numberEnds } = this.#block;
    for (let chunk = 0; chunk * this.#chunkStates < this.#task.states; chunk++) {
      for (let k = 0; k < this.head(chunk, head.breaches); k++) {
        const at = breachSize * (chunk * room + k);
        const [position = 0, action = 0, leaf = 0, ordinal = 0] = breaches.subarray(at, at + breachSize);
        const i = chunk * this.#chunkStates + position;
        const states = i === 0 ? this.#task.stored : (numberEnds[i - 1] as number);
        const transitions = this.#before(chunk) + ordinal;
        yield { number: this.#task.first + i, states, transitions, action, leaf };
      }
    }
  }
}
