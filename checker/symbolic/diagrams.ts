import { together, touch } from '../store/prefetch.ts';
import { ample, grown, hashOf, ownWords } from '../store/words.ts';

/** The set without elements. */
export const none = 0;
/** Below the last level: the set whose only element is the empty tuple. */
const unit = 1;

/** Told now and then, as nodes are made; throws to end what goes on. */
export type Watch = (sets: Diagrams) => void;

const uniting = 1;
const subtracting = 2;

const watchEvery = 1 << 16;

/** How many results are kept for each node that there is room for, and how many at most. */
const cachedPerNode = 16;
const cacheMax = 1 << 26;
/** With so many nodes at most, all of them are where they were at first. */
const nodesMax = 1 << 26;

/**
 * Sets of tuples of numbers, as decision diagrams: a node says "the first number is `value`, and the rest is in
 * `down`; or the tuple is in `right`", values ascending to the right. Equal sets are equal numbers.
 *
 * @source https://doi.org/10.1007/978-3-540-73368-3_28 (Blom, van de Pol: list decision diagrams)
 */
export class Diagrams {
  /** A node is four integers side by side, so that one line of the cache has it: value, down, right, and the next of the same hash. */
  #nodes: Int32Array = new Int32Array(4 << 12);
  /** Nodes that there is room for, and entries of the table that are in use. */
  #room = 1 << 12;
  #table: Int32Array = new Int32Array(1 << 12);
  #count = 2;
  /** What operations came to: four integers each, the later one in the place of an earlier one. */
  #cache: Int32Array = new Int32Array(1 << 18);
  #cacheMask = (1 << 16) - 1;
  #operations = 0;
  /** Pairs of values and what is below them, of nodes that are being made. A search nests; a stack of calls would not hold them. */
  #pending: Int32Array = new Int32Array(1 << 12);
  #pendingEnd = 0;
  readonly #watch: Watch;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  get count(): number {
    return this.#count;
  }

  /** Forgets every set, and keeps the memory: a page that is new is dear. */
  clear(): void {
    this.#count = 2;
    this.#table.fill(0, 0, this.#room);
    this.#cache.fill(0, 0, 4 * (this.#cacheMask + 1));
    this.#pendingEnd = 0;
  }

  get bytes(): number {
    return 20 * this.#room + 16 * (this.#cacheMask + 1);
  }

  /** The set of the tuples that begin with `value` and go on in `down`, and of those in `right`, which begin with more. */
  node(value: number, down: number, right: number): number {
    if (down === none) return right;
    const nodes = this.#nodes;
    const at = this.#hash(value, down, right);
    for (let n = this.#table[at] as number; n !== 0; n = nodes[4 * n + 3] as number) {
      if (nodes[4 * n] === value && nodes[4 * n + 1] === down && nodes[4 * n + 2] === right) return n;
    }
    return this.#add(value, down, right, at);
  }

  /** The first number of the tuples that begin at a node. */
  value(node: number): number {
    return this.#nodes[4 * node] as number;
  }

  /** What comes after it. */
  down(node: number): number {
    return this.#nodes[4 * node + 1] as number;
  }

  /** The tuples that begin with a larger number. */
  right(node: number): number {
    return this.#nodes[4 * node + 2] as number;
  }

  #hash(value: number, down: number, right: number): number {
    return hashOf(Math.imul(value, 0x2545f491) ^ down, right) & (this.#room - 1);
  }

  #add(value: number, down: number, right: number, at: number): number {
    const n = this.#count++;
    if (n >= this.#room) {
      this.#grow();
      at = this.#hash(value, down, right);
    }
    const nodes = this.#nodes;
    nodes[4 * n] = value;
    nodes[4 * n + 1] = down;
    nodes[4 * n + 2] = right;
    this.#enter(n, at);
    return n;
  }

  #enter(n: number, at: number): void {
    this.#nodes[4 * n + 3] = this.#table[at] as number;
    this.#table[at] = n;
  }

  #grow(): void {
    const { length } = this.#table;
    this.#room *= 2;
    if (4 * this.#room > this.#nodes.length)
      this.#nodes = grown(this.#nodes, 4 * this.#room, ownWords, 4 * nodesMax);
    if (this.#room > length) this.#table = ample(this.#room, ownWords, nodesMax);
    else this.#table.fill(0, 0, this.#room / 2);
    this.#growCache(Math.min(cacheMax, cachedPerNode * this.#room));
    const places = new Int32Array(together);
    for (let begin = 2; begin < this.#count - 1; begin += together) {
      const some = Math.min(together, this.#count - 1 - begin);
      for (let k = 0; k < some; k++) {
        const n = begin + k;
        places[k] = this.#hash(this.value(n), this.down(n), this.right(n));
      }
      touch(this.#table, places, some);
      for (let k = 0; k < some; k++) this.#enter(begin + k, places[k] as number);
    }
  }

  /** Gives the cache more entries, in its place where there is room. */
  #growCache(entries: number): void {
    const before = this.#cache;
    const end = 4 * (this.#cacheMask + 1);
    if (4 * entries <= end) return;
    if (4 * entries > before.length) this.#cache = ample(4 * entries, ownWords, 4 * cacheMax);
    this.#cacheMask = entries - 1;
    const after = this.#cache;
    for (let from = 0; from < end; from += 4) {
      const operation = before[from] as number;
      if (operation === 0) continue;
      const to = this.#slot(operation, before[from + 1] as number, before[from + 2] as number);
      if (before === after && to === from) continue;
      for (let i = 0; i < 4; i++) after[to + i] = before[from + i] as number;
      before[from] = 0;
    }
  }

  /** Where an operation on `a` and `b` is remembered. */
  #slot(operation: number, a: number, b: number): number {
    return (hashOf(Math.imul(a, 0x9e3779b1) ^ operation, b) & this.#cacheMask) << 2;
  }

  /** What `operation` on `a` and `b` came to; -1 where that is not remembered. */
  recall(operation: number, a: number, b: number): number {
    const cache = this.#cache;
    const slot = this.#slot(operation, a, b);
    return cache[slot] === operation && cache[slot + 1] === a && cache[slot + 2] === b
      ? (cache[slot + 3] as number)
      : -1;
  }

  remember(operation: number, a: number, b: number, result: number): number {
    if (++this.#operations % watchEvery === 0) this.#watch(this);
    const cache = this.#cache;
    const slot = this.#slot(operation, a, b);
    cache[slot] = operation;
    cache[slot + 1] = a;
    cache[slot + 2] = b;
    cache[slot + 3] = result;
    return result;
  }

  union(a: number, b: number): number {
    if (a === b || b === none) return a;
    if (a === none) return b;
    if (a > b) return this.union(b, a);
    const known = this.recall(uniting, a, b);
    return known >= 0 ? known : this.remember(uniting, a, b, this.#unite(a, b));
  }

  #unite(a: number, b: number): number {
    const begin = this.#pendingEnd;
    let [x, y] = [a, b];
    while (x !== none && y !== none) {
      const [vx, vy] = [this.value(x), this.value(y)];
      if (vx < vy) this.put(vx, this.down(x));
      else if (vx > vy) this.put(vy, this.down(y));
      else this.put(vx, this.union(this.down(x), this.down(y)));
      if (vx <= vy) x = this.right(x);
      if (vx >= vy) y = this.right(y);
    }
    return this.take(begin, x === none ? y : x);
  }

  /** The tuples of `a` that are not in `b`. */
  minus(a: number, b: number): number {
    if (a === none || a === b) return none;
    if (b === none) return a;
    const known = this.recall(subtracting, a, b);
    return known >= 0 ? known : this.remember(subtracting, a, b, this.#subtract(a, b));
  }

  #subtract(a: number, b: number): number {
    const begin = this.#pendingEnd;
    let [x, y] = [a, b];
    while (x !== none && y !== none) {
      const [vx, vy] = [this.value(x), this.value(y)];
      if (vx < vy) this.put(vx, this.down(x));
      else if (vx === vy) this.put(vx, this.minus(this.down(x), this.down(y)));
      if (vx <= vy) x = this.right(x);
      if (vx >= vy) y = this.right(y);
    }
    return this.take(begin, x);
  }

  /** Where the next {@link put} goes; to be told to {@link take}. */
  get pending(): number {
    return this.#pendingEnd;
  }

  /** Notes a value, larger than those noted before, and what comes below it, for a node to be made by {@link take}. */
  put(value: number, down: number): void {
    if (this.#pendingEnd + 2 > this.#pending.length)
      this.#pending = grown(this.#pending, this.#pendingEnd + 2, ownWords);
    this.#pending[this.#pendingEnd++] = value;
    this.#pending[this.#pendingEnd++] = down;
  }

  /** The set of what was noted since `begin`, and of `right`. */
  take(begin: number, right: number): number {
    let set = right;
    while (this.#pendingEnd > begin) {
      const down = this.#pending[--this.#pendingEnd] as number;
      const value = this.#pending[--this.#pendingEnd] as number;
      set = this.node(value, down, set);
    }
    return set;
  }

  /** The set of one tuple. */
  single(tuple: ArrayLike<number>): number {
    let set = unit;
    for (let i = tuple.length - 1; i >= 0; i--) set = this.node(tuple[i] as number, set, none);
    return set;
  }

  /** Every tuple of a set. The same array each time. */
  *tuples(
    set: number,
    depth: number,
    level: number = 0,
    tuple: Int32Array = new Int32Array(depth),
  ): Iterable<Int32Array> {
    if (level === depth && set !== none) yield tuple;
    for (let n = level === depth ? none : set; n !== none; n = this.right(n)) {
      tuple[level] = this.value(n);
      yield* this.tuples(this.down(n), depth, level + 1, tuple);
    }
  }

  /** The tuples that are in both. */
  both(a: number, b: number): number {
    return this.minus(a, this.minus(a, b));
  }

  /** How many nodes a set is written with. */
  nodesOf(set: number): number {
    const seen = new Set<number>();
    const open = [set];
    for (let n = open.pop(); n !== undefined; n = open.pop()) {
      if (n <= unit || seen.has(n)) continue;
      seen.add(n);
      open.push(this.down(n), this.right(n));
    }
    return seen.size;
  }

  /** How many tuples a set has; exact up to 2^53. @param known what was counted before */
  size(set: number, known: Map<number, number> = new Map()): number {
    if (set <= unit) return set;
    const before = known.get(set);
    if (before !== undefined) return before;
    let sum = 0;
    for (let n = set; n !== none; n = this.right(n)) sum += this.size(this.down(n), known);
    known.set(set, sum);
    return sum;
  }
}
