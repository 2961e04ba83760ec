import { coverCode, type Diagrams, none } from './diagrams.ts';
import { anArray, anything } from './value-codes.ts';

/** The code of an array's first element, for a value at a level: see `ValueCodes.headOf`. */
export type HeadOf = (level: number, value: number) => number;

/** The rest of the tuple after each code that is named, and after all other values. */
interface CoverNode {
  readonly level: number;
  readonly named: ReadonlyMap<number, number>;
  readonly others: number;
}

/**
 * Sets of the tuples that learnt cases cover. A case looks at few levels, and perhaps at a part of a value; the other
 * levels are not in the node. 0 is the empty set, 1 the set of all tuples.
 */
export class CoveredSets {
  readonly #nodes: CoverNode[] = [
    { level: Infinity, named: new Map(), others: 0 },
    { level: Infinity, named: new Map(), others: 0 },
  ];
  readonly #nodeByKey = new Map<string, number>();
  readonly #unions = new Map<number, number>();
  readonly #intersections = new Map<number, number>();
  readonly #headOf: HeadOf;

  constructor(headOf: HeadOf) {
    this.#headOf = headOf;
  }

  level(cover: number): number {
    return (this.#nodes[cover] as CoverNode).level;
  }

  #nodeFor(level: number, others: number, named: Map<number, number>): number {
    for (const key of [...named.keys()].sort((a, b) => b - a))
      if (named.get(key) === this.#fallback(level, others, named, key)) named.delete(key);
    if (named.size === 0) return others;
    const entries = [...named].sort(([a], [b]) => a - b);
    const key = `${level},${others},${entries.join(' ')}`;
    const known = this.#nodeByKey.get(key);
    if (known !== undefined) return known;
    this.#nodeByKey.set(key, this.#nodes.length);
    return this.#nodes.push({ level, others, named: new Map(entries) }) - 1;
  }

  /** The rest of the tuple after `key`, where `key` itself is not named. */
  #fallback(level: number, others: number, named: ReadonlyMap<number, number>, key: number): number {
    if (key === anArray) return others;
    const head = key >= 0 ? this.#headOf(level, key) : key;
    if (head === anything) return others;
    return (key >= 0 ? named.get(head) : undefined) ?? named.get(anArray) ?? others;
  }

  #after({ level, named, others }: CoverNode, key: number): number {
    return named.get(key) ?? this.#fallback(level, others, named, key);
  }

  /** The tuples that are in one of the sets at least. */
  union(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    if (a === 1 || b === 1) return 1;
    return this.#combined(a, b, this.#unions, (x, y) => this.union(x, y));
  }

  /** The tuples that are in both sets. */
  intersection(a: number, b: number): number {
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    if (a === 0 || b === 0) return 0;
    return this.#combined(a, b, this.#intersections, (x, y) => this.intersection(x, y));
  }

  #combined(
    a: number,
    b: number,
    results: Map<number, number>,
    combine: (a: number, b: number) => number,
  ): number {
    const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
    const known = results.get(key);
    if (known !== undefined) return known;
    const level = Math.min(this.level(a), this.level(b));
    const [one, two] = [this.#asNode(level, a), this.#asNode(level, b)];
    const named = new Map<number, number>();
    for (const key of [...one.named.keys(), ...two.named.keys()])
      if (!named.has(key)) named.set(key, combine(this.#after(one, key), this.#after(two, key)));
    const result = this.#nodeFor(level, combine(one.others, two.others), named);
    results.set(key, result);
    return result;
  }

  #asNode(level: number, cover: number): CoverNode {
    const node = this.#nodes[cover] as CoverNode;
    return node.level === level ? node : { level, named: new Map(), others: cover };
  }

  /** The tuples of which `seen` is seen, by level. */
  cube(seen: ReadonlyMap<number, number>): number {
    let cover = 1;
    for (const [level, key] of [...seen].sort(([x], [y]) => y - x))
      cover = this.#nodeFor(level, 0, new Map([[key, cover]]));
    return cover;
  }

  /** Whether the rest of a tuple from its first level in `cover` on is in it. */
  has(cover: number, tuple: ArrayLike<number>): boolean {
    let at = cover;
    while (at > 1) {
      const node = this.#nodes[at] as CoverNode;
      at = this.#after(node, tuple[node.level] as number);
    }
    return at === 1;
  }

  /** Writes a tuple of `set` that is not in `cover` into `tuple`, from `level` on. @returns false where there is none */
  findOutside(sets: Diagrams, set: number, cover: number, level: number, tuple: Int32Array): boolean {
    if (set === none || cover === 1) return false;
    if (level === tuple.length) return true;
    if (sets.recall(coverCode, set, cover) >= 0) return false;
    const node = this.#nodes[cover] as CoverNode;
    for (let n = set; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      const next = node.level === level ? this.#after(node, value) : cover;
      tuple[level] = value;
      if (this.findOutside(sets, sets.down(n), next, level + 1, tuple)) return true;
    }
    sets.remember(coverCode, set, cover, 1);
    return false;
  }
}
