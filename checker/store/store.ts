import { Layout, type SavedLayout } from './layout.ts';
import { Pairs } from './pairs.ts';
import { fill } from './rehash.ts';
import { type Slot, stateOf } from './slots.ts';
import { Tree } from './tree.ts';
import { Visited } from './visited.ts';
import { type Allocate, grown, ownWords } from './words.ts';

/** What is stored, as it can be written down. */
export interface SavedStore {
  readonly count: number;
  /** Words of a packed state. */
  readonly width: number;
  readonly layout: SavedLayout;
  /** Two words for each pair of words or pairs. */
  readonly pairs: Int32Array;
  /** Numbers of pairs that are not used. */
  readonly unused: readonly number[];
  /** Two words for each state. */
  readonly states: Int32Array;
}

/** How a store is made. */
export interface StoreOptions {
  /** Default: arrays of this thread alone. */
  readonly allocate?: Allocate;
  /** Parts of the index, one for each thread. Default: 1. */
  readonly shares?: number;
  /** No more states than this are ever stored. Default: 2^30. */
  readonly statesMax?: number;
}

/**
 * Every distinct state in the order of discovery, folded into two words ({@link Tree}), and an index to find one again.
 *
 * A packed state is handed about as *nodes*: its words, and behind them the numbers of its pairs.
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
    { allocate = ownWords, shares = 1, statesMax = 2 ** 30 }: StoreOptions = {},
  ) {
    this.#slots = slots;
    this.#allocate = allocate;
    this.#statesMax = statesMax;
    this.layout = new Layout(slots);
    this.tree = Tree.of(this.layout.width);
    this.pairs = Pairs.empty(allocate);
    this.states = allocate(2 << 10);
    this.visited = new Visited(shares, allocate, statesMax);
  }

  /** What states, pairs and index take, in bytes. */
  get bytes(): number {
    return 8 * this.count + (this.tree.size > this.layout.width ? this.pairs.bytes : 0) + this.visited.bytes;
  }

  /** The stored states as they can be written down; they are not copied. */
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

  /** Takes up the states of another search, whose slots have been taken up already. */
  restore({ count, layout, pairs, unused, states }: SavedStore): void {
    this.layout = new Layout(this.#slots, layout);
    this.tree = Tree.of(this.layout.width);
    this.pairs = Pairs.empty(this.#allocate);
    this.pairs.restore(pairs, unused, this.#allocate);
    this.count = 0;
    this.prepare(count);
    this.states.set(states);
    this.count = count;
    this.reindex();
  }

  /** Makes room for `more` states. */
  prepare(more: number): void {
    const length = 2 * (this.count + more);
    if (length > this.states.length)
      this.states = grown(this.states, length, this.#allocate, 2 * this.#statesMax);
  }

  /** An array for the nodes of a packed state. */
  nodes(): Int32Array {
    return new Int32Array(this.tree.size);
  }

  /** Puts state `number` into `nodes`, its words and its pairs. */
  load(number: number, nodes: Int32Array): void {
    const { states, tree, pairs } = this;
    tree.unfold(states[2 * number] as number, states[2 * number + 1] as number, nodes, pairs);
  }

  /** The slots' value numbers of state `number`. */
  unpack(number: number, into: Int32Array): void {
    const nodes = this.nodes();
    this.load(number, nodes);
    this.layout.unpack(nodes, 0, into);
  }

  /**
   * Stores the state whose words stand at the beginning of `nodes` if it is new.
   *
   * @returns its number if it is new, -1 if it is known
   */
  add(nodes: Int32Array): number {
    this.fold(nodes);
    const first = nodes[this.tree.first] as number;
    const second = nodes[this.tree.second] as number;
    if (this.visited.find(first, second, this.states) >= 0) return -1;
    if (this.visited.isShort([1])) this.reindex([1]);
    this.prepare(1);
    const number = this.count++;
    this.states[2 * number] = first;
    this.states[2 * number + 1] = second;
    this.visited.add(first, second, number);
    return number;
  }

  /** Numbers the pairs of the state whose words stand at the beginning of `nodes`. */
  fold(nodes: Int32Array): void {
    for (;;) {
      this.tree.fold(nodes, this.pairs);
      if (!this.pairs.isFull) return;
      this.pairs.enlarge(this.#allocate);
    }
  }

  /** Gives the pairs more room where they have little left. */
  makeRoom(): void {
    if (this.pairs.isFull || 3 * this.pairs.count > this.pairs.members.length)
      this.pairs.enlarge(this.#allocate);
  }

  /** The number of the state whose words stand at the beginning of `nodes`; -1 where it is not stored. */
  find(nodes: Int32Array): number {
    this.fold(nodes);
    const { tree, visited } = this;
    return visited.find(nodes[tree.first] as number, nodes[tree.second] as number, this.states);
  }

  /** The number of the state with these value numbers; -1 where it is not stored. */
  numberOf(numbers: Int32Array): number {
    const nodes = this.nodes();
    this.layout.pack(numbers, nodes, 0);
    return this.find(nodes);
  }

  /** Every stored state, whole, in the order of discovery. */
  *all(): Generator<object> {
    const numbers = new Int32Array(this.#slots.length);
    for (let number = 0; number < this.count; number++) {
      this.unpack(number, numbers);
      yield stateOf(this.#slots, numbers);
    }
  }

  /**
   * Gives slots that have outgrown their bits another place, in every state.
   *
   * @returns whether states are folded otherwise than before: then the index is to be filled anew
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

  /** Fills the index anew, with room for so many more states of each share. */
  reindex(more: readonly number[] = []): void {
    const { visited } = this;
    visited.recount(this.states, this.count);
    visited.enlarge(more);
    for (const share of visited.tables.keys()) fill(visited, share, this.states, this.count);
  }
}

/** Moves slots of a packed state from a layout to its successor, in place. */
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
