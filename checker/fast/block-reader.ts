import {
  type Block,
  breachSize,
  chunkField,
  chunkFieldsSize,
  firstNewStateOf,
  lastOrderOf,
  newStateField,
  newStateSize,
  shardCount,
  shardCountsSize,
} from './block.ts';
import type { BlockTask } from './shared-tables.ts';

/** A state, and how far the search was when it came to it. */
export interface SearchPosition {
  /** Number of the state. */
  readonly number: number;
  /** States stored by then. */
  readonly states: number;
  /** Transitions taken by then: of the block where a {@link BlockResult} says so, of the search elsewhere. */
  readonly transitions: number;
}

/** What the expansion of a block has found. The positions count the transitions of the block. */
export interface BlockResult {
  readonly states: number;
  readonly transitions: number;
  readonly quiescent: number;
  /** How many states have one of the new states as their representative. */
  readonly represented: number;
  /** Whether a new state was left out because of the depth limit. */
  readonly isTooDeep: boolean;
  /** How often each action was taken. */
  readonly taken: Int32Array;
  /** New states that the claims have to be judged in, in the order of discovery. */
  readonly toJudge: () => Iterable<SearchPosition & { readonly parent: number; readonly leaf: number }>;
  readonly quiescentStates: () => Iterable<SearchPosition>;
  /** Steps that break a claim, with the states that they begin in. */
  readonly breaches: () => Iterable<SearchPosition & { readonly action: number; readonly leaf: number }>;
}

/** Reads what the threads have written into a {@link Block}. */
export class BlockReader {
  readonly #block: Block;
  readonly #chunkStates: number;
  readonly #actions: number;
  readonly #shards: readonly number[];
  #task: BlockTask = { first: 0, states: 0, stored: 0, isDeepest: false, statesMax: 0 };

  /** @param actions how many actions the model has */
  constructor(block: Block, actions: number) {
    this.#block = block;
    this.#actions = actions;
    this.#shards = Array.from({ length: block.shards }, (_, shard) => shard);
    this.#chunkStates = block.chunkStates;
  }

  /** @param field one of {@link chunkField}, or behind it */
  chunkValue(chunk: number, field: number): number {
    return this.#block.chunkFields[chunk * chunkFieldsSize(this.#block.shards) + field] as number;
  }

  /** To be called after the last phase. @param rows how often each thread has taken each action */
  result(task: BlockTask, rows: Int32Array, represented: number): BlockResult {
    this.#task = task;
    const taken = new Int32Array(this.#actions);
    for (let i = 0; i < rows.length; i++) (taken[i % taken.length] as number) += rows[i] as number;
    const { shardCounts } = this.#block;
    return {
      states: this.#task.states,
      transitions: this.#sum(chunkField.transitions),
      quiescent: this.#sum(chunkField.quiescent),
      represented,
      isTooDeep: this.#shards.some(
        (shard) => shardCounts[shardCountsSize * shard + shardCount.isTooDeep] === 1,
      ),
      taken,
      toJudge: () => this.#toJudge(),
      quiescentStates: () => this.#quiescentStates(),
      breaches: () => this.#breaches(),
    };
  }

  /** The sum of a field over all chunks. */
  #sum(field: number): number {
    let sum = 0;
    for (let chunk = 0; chunk * this.#chunkStates < this.#task.states; chunk++)
      sum += this.chunkValue(chunk, field);
    return sum;
  }

  *#toJudge(): Generator<SearchPosition & { parent: number; leaf: number }> {
    const { toJudge, shardCounts, newStates, newNumbers, capacity } = this.#block;
    const positions = this.#shards.flatMap((shard) => {
      const begin = firstNewStateOf(this.#block, shard);
      const count = shardCounts[shardCountsSize * shard + shardCount.toJudge] as number;
      return Array.from(toJudge.subarray(begin, begin + count), (k) => begin + k);
    });
    positions.sort((a, b) => (newNumbers[a] as number) - (newNumbers[b] as number));
    for (const position of positions) {
      const number = newNumbers[position] as number;
      const order = newStates[newStateSize * position + newStateField.order] as number;
      const chunk = Math.floor(order / (capacity + 1));
      const transitions = this.#transitionsBefore(chunk) + (order % (capacity + 1));
      const leaf = newStates[newStateSize * position + newStateField.leaf] as number;
      yield { number, states: number + 1, transitions, parent: this.#parentOf(chunk, order), leaf };
    }
  }

  #parentOf(chunk: number, order: number): number {
    let state = chunk * this.#chunkStates;
    while (lastOrderOf(this.#block, state) < order) state++;
    return this.#task.first + state;
  }

  #transitionsBefore(chunk: number): number {
    let sum = 0;
    for (let each = 0; each < chunk; each++) sum += this.chunkValue(each, chunkField.transitions);
    return sum;
  }

  *#quiescentStates(): Generator<SearchPosition> {
    const { quiescent, transitionEnds, numberEnds } = this.#block;
    for (let chunk = 0; chunk * this.#chunkStates < this.#task.states; chunk++) {
      for (let k = 0; k < this.chunkValue(chunk, chunkField.quiescent); k++) {
        const i = chunk * this.#chunkStates + (quiescent[chunk * this.#chunkStates + k] as number);
        const transitions = this.#transitionsBefore(chunk) + (transitionEnds[i] as number);
        yield { number: this.#task.first + i, states: numberEnds[i] as number, transitions };
      }
    }
  }

  *#breaches(): Generator<SearchPosition & { action: number; leaf: number }> {
    const { breaches, capacity, numberEnds } = this.#block;
    for (let chunk = 0; chunk * this.#chunkStates < this.#task.states; chunk++) {
      for (let k = 0; k < this.chunkValue(chunk, chunkField.breaches); k++) {
        const at = breachSize * (chunk * capacity + k);
        const [position = 0, action = 0, leaf = 0, ordinal = 0] = breaches.subarray(at, at + breachSize);
        const i = chunk * this.#chunkStates + position;
        const states = i === 0 ? this.#task.stored : (numberEnds[i - 1] as number);
        const transitions = this.#transitionsBefore(chunk) + ordinal;
        yield { number: this.#task.first + i, states, transitions, action, leaf };
      }
    }
  }
}
