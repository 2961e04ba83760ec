import { grown, hashOf, ownWords } from '../fast/words.ts';

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

/**
 * Sets of tuples of numbers, as decision diagrams: a node says "the first number is `value`, and the rest is in
 * `down`; or the tuple is in `right`", values ascending to the right. Equal sets are equal numbers.
 *
 * @source https://doi.org/10.1007/978-3-540-73368-3_28 (Blom, van de Pol: list decision diagrams)
 */
export class Diagrams {
  value: Int32Array = new Int32Array(1 << 12);
  down: Int32Array = new Int32Array(1 << 12);
  right: Int32Array = new Int32Array(1 << 12);
  #next: Int32Array = new Int32Array(1 << 12);
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
    this.#table.fill(0);
    this.#cache.fill(0);
    this.#pendingEnd = 0;
  }

  get bytes(): number {
    return 16 * this.value.length + 4 * this.#table.length + 4 * this.#cache.length;
  }

  /** The set of the tuples that begin with `value` and go on in `down`, and of those in `right`, which begin with more. */
  node(value: number, down: number, right: number): number {
    if (down === none) return right;
    const at = this.#hash(value, down, right);
    for (let n = this.#table[at] as number; n !== 0; n = this.#next[n] as number) {
      if (this.value[n] === value && this.down[n] === down && this.right[n] === right) return n;
    }
    return this.#add(value, down, right, at);
  }

  #hash(value: number, down: number, right: number): number {
    return hashOf(Math.imul(value, 0x2545f491) ^ down, right) & (this.#table.length - 1);
  }

  #add(value: number, down: number, right: number, at: number): number {
    const n = this.#count++;
    if (n >= this.value.length) {
      this.#grow();
      at = this.#hash(value, down, right);
    }
    this.value[n] = value;
    this.down[n] = down;
    this.right[n] = right;
    this.#next[n] = this.#table[at] as number;
    this.#table[at] = n;
    return n;
  }

  #grow(): void {
    const length = 2 * this.value.length;
    for (const key of ['value', 'down', 'right'] as const) this[key] = grown(this[key], length, ownWords);
    this.#next = new Int32Array(length);
    this.#table = new Int32Array(length);
    this.#growCache(Math.min(cacheMax, cachedPerNode * length));
    for (let n = 2; n < this.#count - 1; n++) {
      const at = this.#hash(this.value[n] as number, this.down[n] as number, this.right[n] as number);
      this.#next[n] = this.#table[at] as number;
      this.#table[at] = n;
    }
  }

  #growCache(entries: number): void {
    if (4 * entries <= this.#cache.length) return;
    const before = this.#cache;
    this.#cache = new Int32Array(4 * entries);
    this.#cacheMask = entries - 1;
    for (let from = 0; from < before.length; from += 4) {
      if (before[from] === 0) continue;
      const to = this.#slot(before[from] as number, before[from + 1] as number, before[from + 2] as number);
      for (let i = 0; i < 4; i++) this.#cache[to + i] = before[from + i] as number;
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
      const [vx, vy] = [this.value[x] as number, this.value[y] as number];
      if (vx < vy) this.put(vx, this.down[x] as number);
      else if (vx > vy) this.put(vy, this.down[y] as number);
      else this.put(vx, this.union(this.down[x] as number, this.down[y] as number));
      if (vx <= vy) x = this.right[x] as number;
      if (vx >= vy) y = this.right[y] as number;
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
      const [vx, vy] = [this.value[x] as number, this.value[y] as number];
      if (vx < vy) this.put(vx, this.down[x] as number);
      else if (vx === vy) this.put(vx, this.minus(this.down[x] as number, this.down[y] as number));
      if (vx <= vy) x = this.right[x] as number;
      if (vx >= vy) y = this.right[y] as number;
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
    for (let n = level === depth ? none : set; n !== none; n = this.right[n] as number) {
      tuple[level] = this.value[n] as number;
      yield* this.tuples(this.down[n] as number, depth, level + 1, tuple);
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
      open.push(this.down[n] as number, this.right[n] as number);
    }
    return seen.size;
  }

  /** How many tuples a set has; exact up to 2^53. @param known what was counted before */
  size(set: number, known: Map<number, number> = new Map()): number {
    if (set <= unit) return set;
    const before = known.get(set);
    if (before !== undefined) return before;
    let sum = 0;
    for (let n = set; n !== none; n = this.right[n] as number)
      sum += this.size(this.down[n] as number, known);
    known.set(set, sum);
    return sum;
  }
}
