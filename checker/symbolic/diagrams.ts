import { batchSize, prefetch } from '../store/prefetch.ts';
import { allocateUpTo, grown, hashOf, ownWords } from '../store/words.ts';

/** The set without elements. */
export const none = 0;
/** Below the last level: the set whose only element is the empty tuple. */
const unit = 1;

/** Called now and then as nodes are made; throws to end the search. */
export type LimitCheck = (sets: Diagrams) => void;

/** The codes of the operations whose results are cached: see {@link Diagrams.recall}. */
const unionCode = 1;
const minusCode = 2;
export const saturateCode = 3;
export const stepCode = 4;
export const imageCode = 5;
export const coverCode = 6;
export const afterCode = 8;
export const beforeCode = 9;
export const withinCode = 10;
/** These two plus 8 times a relation, which is at least 2. */
export const preimageCode = 7;
export const intoCode = 0;

/** Results that are cached between two checks of the limits. */
const checkEvery = 1 << 16;

/** Cached results for each node that fits. */
const cachedPerNode = 4;
/** Cached results at most. */
const cacheMax = 1 << 26;
/** Up to so many nodes the array of nodes grows in its place. */
const nodesMax = 1 << 26;

/**
 * Sets of tuples of numbers, as list decision diagrams. A node says "the first number is `value`, and the rest is in
 * `down`; or the tuple is in `right`". Values ascend to the right. A set is the number of a node; equal sets have equal
 * numbers.
 *
 * @source https://doi.org/10.1007/978-3-540-73368-3_28 (Blom, van de Pol: list decision diagrams)
 */
export class Diagrams {
  /** For each node four integers, side by side in one line of the CPU's cache: value, down, right, next node of the same hash. */
  #nodes: Int32Array = new Int32Array(4 << 12);
  /** Nodes that fit, and entries of the hash table that are in use. */
  #capacity = 1 << 12;
  #table: Int32Array = new Int32Array(1 << 12);
  #count = 2;
  /** Cached results of operations: four integers each. A later result overwrites an earlier one. */
  #cache: Int32Array = new Int32Array(1 << 18);
  #cacheMask = (1 << 16) - 1;
  #operations = 0;
  /** A stack of nodes that are being made: pairs of value and `down`. It grows; the stack of calls would overflow. */
  #pending: Int32Array = new Int32Array(1 << 12);
  #pendingEnd = 0;
  readonly #checkLimits: LimitCheck;

  constructor(watch: LimitCheck) {
    this.#checkLimits = watch;
  }

  get count(): number {
    return this.#count;
  }

  /** Drops every set and keeps the memory: new pages take time. */
  clear(): void {
    this.#count = 2;
    this.#table.fill(0, 0, this.#capacity);
    this.#cache.fill(0, 0, 4 * (this.#cacheMask + 1));
    this.#pendingEnd = 0;
  }

  get bytes(): number {
    return 20 * this.#capacity + 16 * (this.#cacheMask + 1);
  }

  /** The tuples that begin with `value` and go on in `down`, and those in `right`, which begin with larger numbers. */
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

  /** The rest of the tuples that begin with {@link value}. */
  down(node: number): number {
    return this.#nodes[4 * node + 1] as number;
  }

  /** The tuples that begin with a larger number. */
  right(node: number): number {
    return this.#nodes[4 * node + 2] as number;
  }

  #hash(value: number, down: number, right: number): number {
    return hashOf(Math.imul(value, 0x2545f491) ^ down, right) & (this.#capacity - 1);
  }

  #add(value: number, down: number, right: number, at: number): number {
    const n = this.#count++;
    if (n >= this.#capacity) {
      this.#grow();
      at = this.#hash(value, down, right);
    }
    const nodes = this.#nodes;
    nodes[4 * n] = value;
    nodes[4 * n + 1] = down;
    nodes[4 * n + 2] = right;
    this.#insert(n, at);
    return n;
  }

  #insert(n: number, at: number): void {
    this.#nodes[4 * n + 3] = this.#table[at] as number;
    this.#table[at] = n;
  }

  #grow(): void {
    const { length } = this.#table;
    this.#capacity *= 2;
    if (4 * this.#capacity > this.#nodes.length)
      this.#nodes = grown(this.#nodes, 4 * this.#capacity, ownWords, 4 * nodesMax);
    if (this.#capacity > length) this.#table = allocateUpTo(this.#capacity, ownWords, nodesMax);
    else this.#table.fill(0, 0, this.#capacity / 2);
    this.#growCache(Math.min(cacheMax, cachedPerNode * this.#capacity));
    const positions = new Int32Array(batchSize);
    for (let begin = 2; begin < this.#count - 1; begin += batchSize) {
      const count = Math.min(batchSize, this.#count - 1 - begin);
      for (let k = 0; k < count; k++) {
        const n = begin + k;
        positions[k] = this.#hash(this.value(n), this.down(n), this.right(n));
      }
      prefetch(this.#table, positions, count);
      for (let k = 0; k < count; k++) this.#insert(begin + k, positions[k] as number);
    }
  }

  /** Gives the cache more entries, in its place where the array is long enough. */
  #growCache(entries: number): void {
    const before = this.#cache;
    const end = 4 * (this.#cacheMask + 1);
    if (4 * entries <= end) return;
    if (4 * entries > before.length) this.#cache = allocateUpTo(4 * entries, ownWords, 4 * cacheMax);
    this.#cacheMask = entries - 1;
    const after = this.#cache;
    for (let from = 0; from < end; from += 4) {
      const operation = before[from] as number;
      if (operation === 0) continue;
      const to = this.#cacheEntryOf(operation, before[from + 1] as number, before[from + 2] as number);
      if (before === after && to === from) continue;
      for (let i = 0; i < 4; i++) after[to + i] = before[from + i] as number;
      before[from] = 0;
    }
  }

  /** Where the result of an operation on `a` and `b` is cached. */
  #cacheEntryOf(operation: number, a: number, b: number): number {
    return (hashOf(Math.imul(a, 0x9e3779b1) ^ operation, b) & this.#cacheMask) << 2;
  }

  /** The cached result of `operation` on `a` and `b`; -1 where there is none. */
  recall(operation: number, a: number, b: number): number {
    const cache = this.#cache;
    const slot = this.#cacheEntryOf(operation, a, b);
    return cache[slot] === operation && cache[slot + 1] === a && cache[slot + 2] === b
      ? (cache[slot + 3] as number)
      : -1;
  }

  /** Caches a result. @returns the result */
  remember(operation: number, a: number, b: number, result: number): number {
    if (++this.#operations % checkEvery === 0) this.#checkLimits(this);
    const cache = this.#cache;
    const slot = this.#cacheEntryOf(operation, a, b);
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
    const known = this.recall(unionCode, a, b);
    return known >= 0 ? known : this.remember(unionCode, a, b, this.#unite(a, b));
  }

  #unite(a: number, b: number): number {
    const begin = this.#pendingEnd;
    let [x, y] = [a, b];
    while (x !== none && y !== none) {
      const [vx, vy] = [this.value(x), this.value(y)];
      if (vx < vy) this.pushPending(vx, this.down(x));
      else if (vx > vy) this.pushPending(vy, this.down(y));
      else this.pushPending(vx, this.union(this.down(x), this.down(y)));
      if (vx <= vy) x = this.right(x);
      if (vx >= vy) y = this.right(y);
    }
    return this.buildPending(begin, x === none ? y : x);
  }

  /** The tuples of `a` that are not in `b`. */
  minus(a: number, b: number): number {
    if (a === none || a === b) return none;
    if (b === none) return a;
    const known = this.recall(minusCode, a, b);
    return known >= 0 ? known : this.remember(minusCode, a, b, this.#subtract(a, b));
  }

  #subtract(a: number, b: number): number {
    const begin = this.#pendingEnd;
    let [x, y] = [a, b];
    while (x !== none && y !== none) {
      const [vx, vy] = [this.value(x), this.value(y)];
      if (vx < vy) this.pushPending(vx, this.down(x));
      else if (vx === vy) this.pushPending(vx, this.minus(this.down(x), this.down(y)));
      if (vx <= vy) x = this.right(x);
      if (vx >= vy) y = this.right(y);
    }
    return this.buildPending(begin, x);
  }

  /** The top of the stack of pending nodes, for {@link buildPending}. */
  get pendingEnd(): number {
    return this.#pendingEnd;
  }

  /** Pushes a node to be made by {@link buildPending}. Its value has to be larger than those pushed before. */
  pushPending(value: number, down: number): void {
    if (this.#pendingEnd + 2 > this.#pending.length)
      this.#pending = grown(this.#pending, this.#pendingEnd + 2, ownWords);
    this.#pending[this.#pendingEnd++] = value;
    this.#pending[this.#pendingEnd++] = down;
  }

  /** The set of the nodes pushed since `begin`, and of `right`. */
  buildPending(begin: number, right: number): number {
    let set = right;
    while (this.#pendingEnd > begin) {
      const down = this.#pending[--this.#pendingEnd] as number;
      const value = this.#pending[--this.#pendingEnd] as number;
      set = this.node(value, down, set);
    }
    return set;
  }

  /** The set of the same first values, with other rests. */
  mapped(set: number, restOf: (node: number) => number): number {
    const begin = this.#pendingEnd;
    for (let n = set; n !== none; n = this.right(n)) this.pushPending(this.value(n), restOf(n));
    return this.buildPending(begin, none);
  }

  /** The rest of the tuples of `set` that begin with `value`. */
  below(set: number, value: number): number {
    let n = set;
    while (n !== none && this.value(n) < value) n = this.right(n);
    return n !== none && this.value(n) === value ? this.down(n) : none;
  }

  /** The set of one tuple. */
  single(tuple: ArrayLike<number>): number {
    let set = unit;
    for (let i = tuple.length - 1; i >= 0; i--) set = this.node(tuple[i] as number, set, none);
    return set;
  }

  /** The set of the first tuple of a set that is not empty. */
  first(set: number): number {
    return set <= unit ? set : this.node(this.value(set), this.first(this.down(set)), none);
  }

  /** Every tuple of a set; each in the same array. */
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

  /** The tuples that are in both sets. */
  intersection(a: number, b: number): number {
    return this.minus(a, this.minus(a, b));
  }

  /** How many nodes a set has. */
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

  /** The nodes of a set, each behind those that it names, which are counted from 2 on. */
  *nodesUpTo(set: number): Iterable<readonly [value: number, down: number, right: number]> {
    const numbers = new Map([
      [none, none],
      [unit, unit],
    ]);
    const open = [set];
    for (let n = open.at(-1); n !== undefined; n = open.at(-1)) {
      const missing = [this.down(n), this.right(n)].filter((each) => !numbers.has(each));
      if (missing.length > 0) open.push(...missing);
      else {
        open.pop();
        if (numbers.has(n)) continue;
        numbers.set(n, numbers.size);
        yield [this.value(n), numbers.get(this.down(n)) as number, numbers.get(this.right(n)) as number];
      }
    }
  }

  /** How many tuples a set has; exact up to 2^53. @param known the sizes of other nodes, counted before */
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
