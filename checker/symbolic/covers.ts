import { type Diagrams, none } from './diagrams.ts';
import { anArray, anything } from './values.ts';

const covering = 6;

/** What is seen of a value at a level by its first element. */
export type HeadOf = (level: number, value: number) => number;

/** A node: what comes after each value that is named, after what is seen of a value, and after any other. */
interface Node {
  readonly level: number;
  readonly named: ReadonlyMap<number, number>;
  readonly others: number;
}

/**
 * Sets of tuples of which only some levels matter, and of those perhaps only what is seen of the value. 0 is nothing,
 * 1 everything.
 */
export class Covers {
  readonly #nodes: Node[] = [
    { level: Infinity, named: new Map(), others: 0 },
    { level: Infinity, named: new Map(), others: 0 },
  ];
  readonly #known = new Map<string, number>();
  readonly #unions = new Map<number, number>();
  readonly #headOf: HeadOf;

  constructor(headOf: HeadOf) {
    this.#headOf = headOf;
  }

  level(cover: number): number {
    return (this.#nodes[cover] as Node).level;
  }

  #make(level: number, others: number, named: Map<number, number>): number {
    for (const key of [...named.keys()].sort((a, b) => b - a))
      if (named.get(key) === this.#above(level, others, named, key)) named.delete(key);
    if (named.size === 0) return others;
    const entries = [...named].sort(([a], [b]) => a - b);
    const key = `${level},${others},${entries.join(' ')}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#nodes.length);
    return this.#nodes.push({ level, others, named: new Map(entries) }) - 1;
  }

  /** What comes after `key` where it is not named itself. */
  #above(level: number, others: number, named: ReadonlyMap<number, number>, key: number): number {
    if (key === anArray) return others;
    const head = key >= 0 ? this.#headOf(level, key) : key;
    if (head === anything) return others;
    return (key >= 0 ? named.get(head) : undefined) ?? named.get(anArray) ?? others;
  }

  #after({ level, named, others }: Node, key: number): number {
    return named.get(key) ?? this.#above(level, others, named, key);
  }

  union(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    if (a === 1 || b === 1) return 1;
    if (a > b) return this.union(b, a);
    const key = a * 2 ** 26 + b;
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const level = Math.min(this.level(a), this.level(b));
    const [one, two] = [this.#at(level, a), this.#at(level, b)];
    const named = new Map<number, number>();
    for (const key of [...one.named.keys(), ...two.named.keys()])
      if (!named.has(key)) named.set(key, this.union(this.#after(one, key), this.#after(two, key)));
    const result = this.#make(level, this.union(one.others, two.others), named);
    this.#unions.set(key, result);
    return result;
  }

  #at(level: number, cover: number): Node {
    const node = this.#nodes[cover] as Node;
    return node.level === level ? node : { level, named: new Map(), others: cover };
  }

  cube(seen: ReadonlyMap<number, number>): number {
    let cover = 1;
    for (const [level, key] of [...seen].sort(([x], [y]) => y - x))
      cover = this.#make(level, 0, new Map([[key, cover]]));
    return cover;
  }

  /** A tuple of `set` that is not in `cover`, written into `tuple` from `level` on. @returns false where there is none */
  findOutside(sets: Diagrams, set: number, cover: number, level: number, tuple: Int32Array): boolean {
    if (set === none || cover === 1) return false;
    if (level === tuple.length) return true;
    if (sets.recall(covering, set, cover) >= 0) return false;
    const node = this.#nodes[cover] as Node;
    for (let n = set; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      const next = node.level === level ? this.#after(node, value) : cover;
      tuple[level] = value;
      if (this.findOutside(sets, sets.down(n), next, level + 1, tuple)) return true;
    }
    sets.remember(covering, set, cover, 1);
    return false;
  }
}
