import { grown, hashOf, ownWords } from '../store/words.ts';
import { anything, unchanged } from './value-codes.ts';

/**
 * Relations between tuples before and after a step, as decision diagrams. An edge says: at `level`, a value of which `read`
 * is seen becomes `write` (codes of `ValueCodes`), and `down` relates the rest; or the edge to the `right` applies. A level
 * without an edge stays as it is. 0 relates nothing, 1 relates each tuple to itself.
 */
export class Relations {
  level: Int32Array = new Int32Array(1 << 12);
  read: Int32Array = new Int32Array(1 << 12);
  write: Int32Array = new Int32Array(1 << 12);
  down: Int32Array = new Int32Array(1 << 12);
  right: Int32Array = new Int32Array(1 << 12);
  #next: Int32Array = new Int32Array(1 << 12);
  #table: Int32Array = new Int32Array(1 << 12);
  #count = 2;
  readonly #unions = new Map<number, number>();

  constructor() {
    this.level.fill(0x7fffffff, 0, 2);
  }

  node(level: number, read: number, write: number, down: number, right: number): number {
    if (down === 0) return right;
    if (read === anything && write === unchanged && right === 0) return down;
    let at = this.#hash(level, read, write, down, right);
    for (let n = this.#table[at] as number; n !== 0; n = this.#next[n] as number) {
      if (
        this.level[n] === level &&
        this.read[n] === read &&
        this.write[n] === write &&
        this.down[n] === down &&
        this.right[n] === right
      )
        return n;
    }
    const n = this.#count++;
    if (n >= this.level.length) {
      this.#grow();
      at = this.#hash(level, read, write, down, right);
    }
    this.level[n] = level;
    this.read[n] = read;
    this.write[n] = write;
    this.down[n] = down;
    this.right[n] = right;
    this.#next[n] = this.#table[at] as number;
    this.#table[at] = n;
    return n;
  }

  #hash(level: number, read: number, write: number, down: number, right: number): number {
    return (
      hashOf(
        Math.imul(level, 0x2545f491) ^ Math.imul(read, 0x85ebca6b) ^ down,
        Math.imul(write, 0x9e3779b1) ^ right,
      ) &
      (this.#table.length - 1)
    );
  }

  #grow(): void {
    const length = 2 * this.level.length;
    for (const key of ['level', 'read', 'write', 'down', 'right'] as const)
      this[key] = grown(this[key], length, ownWords);
    this.#next = new Int32Array(length);
    this.#table = new Int32Array(length);
    for (let n = 2; n < this.#count - 1; n++) {
      const at = this.#hash(
        this.level[n] as number,
        this.read[n] as number,
        this.write[n] as number,
        this.down[n] as number,
        this.right[n] as number,
      );
      this.#next[n] = this.#table[at] as number;
      this.#table[at] = n;
    }
  }

  union(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    if (a > b) return this.union(b, a);
    const key = a * 2 ** 26 + b;
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const level = Math.min(this.level[a] as number, this.level[b] as number);
    const edges = new Map<string, RelationEdge>();
    for (const [read, write, down] of [...this.#edges(level, a), ...this.#edges(level, b)]) {
      const before = edges.get(`${read},${write}`);
      edges.set(`${read},${write}`, [read, write, before ? this.union(before[2], down) : down]);
    }
    const result = this.#chain(level, [...edges.values()]);
    this.#unions.set(key, result);
    return result;
  }

  /** The edges of a level; where it has none, the edge that changes nothing. */
  #edges(level: number, relation: number): RelationEdge[] {
    if (this.level[relation] !== level) return [[anything, unchanged, relation]];
    const edges: RelationEdge[] = [];
    for (let n = relation; n !== 0; n = this.right[n] as number)
      edges.push([this.read[n] as number, this.write[n] as number, this.down[n] as number]);
    return edges;
  }

  /** Puts edges in order: those that read nothing or a part of a value come before those that read a whole value. */
  #chain(level: number, edges: readonly RelationEdge[]): number {
    // The edge that changes nothing comes first: as the last edge, `node` would drop it together with its level.
    const rank = (code: number): number => (code === anything ? -Infinity : code);
    const descending = (x: number, y: number): number => (x === y ? 0 : rank(x) < rank(y) ? 1 : -1);
    const sorted = [...edges].sort((x, y) => descending(x[0], y[0]) || descending(x[1], y[1]));
    return sorted.reduce((right, [read, write, down]) => this.node(level, read, write, down, right), 0);
  }

  /** Relates the tuples of which `seen` is seen to the same tuples with `written` in them. Both are by level. */
  cube(seen: ReadonlyMap<number, number>, written: ReadonlyMap<number, number>): number {
    const levels = [...new Set([...seen.keys(), ...written.keys()])].sort((a, b) => b - a);
    return levels.reduce(
      (down, level) =>
        this.node(level, seen.get(level) ?? anything, written.get(level) ?? unchanged, down, 0),
      1,
    );
  }
}

type RelationEdge = readonly [read: number, write: number, down: number];
