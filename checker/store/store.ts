import { Layout, type SavedLayout } from './layout.ts';
import { Pairs } from './pairs.ts';
import { rebuildTable } from './rehash.ts';
import { type Slot, stateOf } from './slots.ts';
import { Tree } from './tree.ts';
import { Visited } from './visited.ts';
import { type Allocate, grown, ownWords } from './words.ts';

/** A store in a snapshot. */
export interface SavedStore {
  readonly count: number;
  /** Words of a packed state. */
  readonly width: number;
  readonly layout: SavedLayout;
  /** Two words for each pair. */
  readonly pairs: Int32Array;
  /** Numbers that belong to no pair. */
  readonly unused: readonly number[];
  /** Two words for each state. */
  readonly states: Int32Array;
}

/** How a store is made. */
export interface StoreOptions {
  /** Default: arrays of this thread alone. */
  readonly allocate?: Allocate;
  /** Shards of the index, one for each thread. Default: 1. */
  readonly shards?: number;
  /** More states than this are never stored. Default: 2^30. */
  readonly statesMax?: number;
}

/**
 * Every distinct state in the order of discovery, folded into two words ({@link Tree}), and an index to find it again.
 *
 * Callers have a packed state as *nodes*: its words, and behind them the numbers of its pairs.
 */
export class Store {
  layout: Layout;
  tree: Tree;
  pairs: Pairs;
  count = 0;
  /** Two words for each state. */
  states: Int32Array;
  readonly visited: Visited;
  readonly #slots: readonly Slot[];
  readonly #allocate: Allocate;
  readonly #statesMax: number;

  constructor(
    slots: readonly Slot[],
    { allocate = ownWords, shards = 1, statesMax = 2 ** 30 }: StoreOptions = {},
  ) {
    this.#slots = slots;
    this.#allocate = allocate;
    this.#statesMax = statesMax;
    this.layout = new Layout(slots);
    this.tree = Tree.of(this.layout.width);
    this.pairs = Pairs.empty(allocate);
    this.states = allocate(2 << 10);
    this.visited = new Visited(shards, allocate, statesMax);
  }

  /** The memory of states, pairs and index, in bytes. */
  get bytes(): number {
    return 8 * this.count + (this.tree.size > this.layout.width ? this.pairs.bytes : 0) + this.visited.bytes;
  }

  /** The store for a snapshot, without a copy. */
  get saved(): SavedStore {
    const { word, shift, mask, taken } = this.layout;
    return {
      count: this.count,
      width: this.layout.width,
      layout: { word, shift, mask, taken },
      pairs: this.pairs.members.subarray(0, 2 * this.pairs.count),
      unused: this.pairs.unused(),
      states: this.states.subarray(0, 2 * this.count),
    };
  }

  /** Continues with the states of another search; its slots have to be restored before. */
  restore({ count, layout, pairs, unused, states }: SavedStore): void {
    this.layout = new Layout(this.#slots, layout);
    this.tree = Tree.of(this.layout.width);
    this.pairs = Pairs.empty(this.#allocate);
    this.pairs.restore(pairs, unused, this.#allocate);
    this.count = 0;
    this.reserveStates(count);
    this.states.set(states);
    this.count = count;
    this.rebuildIndex();
  }

  /** Reserves memory for `more` states. */
  reserveStates(more: number): void {
    const length = 2 * (this.count + more);
    if (length > this.states.length)
      this.states = grown(this.states, length, this.#allocate, 2 * this.#statesMax);
  }

  /** An array for the nodes of a packed state; it holds the state whose slots all have the value 0, not yet folded. */
  newNodes(): Int32Array {
    return new Int32Array(this.tree.size);
  }

  /** Writes state `number` into `nodes`: its words and the numbers of its pairs. */
  load(number: number, nodes: Int32Array): void {
    const { states, tree, pairs } = this;
    tree.unfold(states[2 * number] as number, states[2 * number + 1] as number, nodes, pairs);
  }

  /** Writes the slots' value numbers of state `number` into `into`. */
  unpack(number: number, into: Int32Array): void {
    const nodes = this.newNodes();
    this.load(number, nodes);
    this.layout.unpack(nodes, 0, into);
  }

  /**
   * Stores the state whose words are at the beginning of `nodes`, unless it is stored already.
   *
   * @returns its number if it is new, else -1
   */
  add(nodes: Int32Array): number {
    this.fold(nodes);
    const first = nodes[this.tree.first] as number;
    const second = nodes[this.tree.second] as number;
    if (this.visited.find(first, second, this.states) >= 0) return -1;
    if (this.visited.isTooSmallFor([1])) this.rebuildIndex([1]);
    this.reserveStates(1);
    const number = this.count++;
    this.states[2 * number] = first;
    this.states[2 * number + 1] = second;
    this.visited.add(first, second, number);
    return number;
  }

  /** Writes the numbers of the pairs into `nodes`, whose words are given. */
  fold(nodes: Int32Array): void {
    for (;;) {
      this.tree.fold(nodes, this.pairs);
      if (!this.pairs.isFull) return;
      this.pairs.enlarge(this.#allocate);
    }
  }

  /** Enlarges the pair table where little of it is free. */
  reservePairs(): void {
    if (this.pairs.isFull || 3 * this.pairs.count > this.pairs.members.length)
      this.pairs.enlarge(this.#allocate);
  }

  /** The number of the state whose words are at the beginning of `nodes`; -1 where it is not stored. */
  find(nodes: Int32Array): number {
    this.fold(nodes);
    const { tree, visited } = this;
    return visited.find(nodes[tree.first] as number, nodes[tree.second] as number, this.states);
  }

  /** The number of the state with these value numbers; -1 where it is not stored. */
  findValues(numbers: Int32Array): number {
    const nodes = this.newNodes();
    this.layout.pack(numbers, nodes, 0);
    return this.find(nodes);
  }

  /** Every stored state as an object, in the order of discovery. */
  *all(): Generator<object> {
    const numbers = new Int32Array(this.#slots.length);
    for (let number = 0; number < this.count; number++) {
      this.unpack(number, numbers);
      yield stateOf(this.#slots, numbers);
    }
  }

  /**
   * Gives more bits to the slots that have outgrown theirs, in every state.
   *
   * @returns whether the words of stored states have changed: then the index has to be rebuilt
   */
  repack(): boolean {
    const { layout: before, tree, pairs } = this;
    const after = new Layout(this.#slots, before);
    const moved = Int32Array.from(after.movedSince(before));
    this.layout = after;
    if (moved.length === 0 && after.width === before.width) return false;
    const nodes = new Int32Array(2 * (tree.size + after.width));
    this.tree = Tree.of(after.width);
    this.pairs = Pairs.empty(this.#allocate);
    const values = new Int32Array(moved.length);
    for (let number = 0; number < this.count; number++) {
      tree.unfold(this.states[2 * number] as number, this.states[2 * number + 1] as number, nodes, pairs);
      moveSlots(moved, values, before, after, nodes);
      this.fold(nodes);
      this.states[2 * number] = nodes[this.tree.first] as number;
      this.states[2 * number + 1] = nodes[this.tree.second] as number;
    }
    return true;
  }

  /** Rebuilds the index. @param more for each shard, how many more states it should have space for */
  rebuildIndex(more: readonly number[] = []): void {
    const { visited } = this;
    visited.recount(this.states, this.count);
    visited.enlargeFor(more);
    for (const shard of visited.tables.keys()) rebuildTable(visited, shard, this.states, this.count);
  }
}

/** Moves slots of a packed state from one layout to the next, in place. */
function moveSlots(
  moved: Int32Array,
  values: Int32Array,
  before: Layout,
  after: Layout,
  words: Int32Array,
): void {
  for (let word = before.width; word < after.width; word++) words[word] = 0;
  for (let m = 0; m < moved.length; m++) {
    const slot = moved[m] as number;
    const at = before.word[slot] as number;
    const field = (before.mask[slot] as number) << (before.shift[slot] as number);
    values[m] = ((words[at] as number) & field) >>> (before.shift[slot] as number);
    words[at] = (words[at] as number) & ~field;
  }
  for (let m = 0; m < moved.length; m++) {
    const slot = moved[m] as number;
    const at = after.word[slot] as number;
    words[at] = (words[at] as number) | ((values[m] as number) << (after.shift[slot] as number));
  }
}
