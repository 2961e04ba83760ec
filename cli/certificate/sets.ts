/** The two forms of a certificate's set of states: a list, and a decision diagram. */
import { CertificateError, type End, type Levels, type StateSet } from './verifier.ts';

const wordsMax = 2 ** 31;

type Chosen = ReturnType<StateSet['chosen']>;

/** A list: rows of numbers, and an index by open addressing. Rows are compared whole. */
export class StateList implements StateSet {
  count = 0;
  readonly #ends: readonly End[];
  readonly #max: number;
  readonly #row: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #table: Int32Array;

  constructor(ends: readonly End[], max: number) {
    if (max * ends.length > wordsMax)
      throw new CertificateError(`it is too large (got ${max} states of ${ends.length} ends)`);
    this.#ends = ends;
    this.#max = max;
    this.#row = new Uint32Array(ends.length);
    this.#rows = new Uint32Array(ends.length * max);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * max + 1)));
  }

  /** Adds a state: pairs of what differs from the one before. */
  read(changes: unknown): void {
    const number = this.count;
    if (number === this.#max) throw new CertificateError(`it has more than the ${number} states it says`);
    if (!Array.isArray(changes) || changes.length % 2 !== 0)
      throw new CertificateError(`state ${number} is no list of pairs`);
    for (let i = 0; i < changes.length; i += 2) {
      const end = this.#ends[changes[i]];
      if (!end) throw new CertificateError(`state ${number} has an end ${changes[i]}, which no state has`);
      this.#row[changes[i]] = end.add(changes[i + 1]);
    }
    if (this.#ends.some(({ values }) => values.length === 0))
      throw new CertificateError('state 0 does not say all of its ends');
    if (this.has(this.#row)) throw new CertificateError(`state ${number} is listed twice`);
    this.#rows.set(this.#row, this.#ends.length * this.count);
    this.#table[this.#placeOf(this.#row)] = ++this.count;
  }

  has(row: Uint32Array): boolean {
    return this.#table[this.#placeOf(row)] !== 0;
  }

  /** All states; each sample of the same size is equally likely. */
  *chosen(sample: number | null, random: () => number): Chosen {
    const { count } = this;
    let wanted = Math.min(sample ?? count, count);
    for (let number = 0; number < count; number++) {
      const isInSample = random() * (count - number) < wanted;
      if (isInSample) wanted--;
      yield { row: this.#rowAt(number).slice(), isInSample };
    }
  }

  #rowAt(number: number): Uint32Array {
    const width = this.#ends.length;
    return this.#rows.subarray(number * width, (number + 1) * width);
  }

  #placeOf(row: Uint32Array): number {
    let hash = 0;
    for (const number of row) hash = Math.imul(hash ^ number, 0x9e3779b1) ^ (hash >>> 13);
    for (let at = hash; ; at++) {
      at &= this.#table.length - 1;
      const entry = this.#table[at] as number;
      if (entry === 0 || this.#rowAt(entry - 1).every((number, i) => number === row[i])) return at;
    }
  }
}

/** No states, and the one state of no levels. */
const [none, unit] = [0, 1];

/**
 * A decision diagram with a level for each end that the steps change. A node says: the end has this value, and the rest is
 * in the node `down`; or the state is in the node `right`, whose values are larger. The last node has all states.
 */
export class Diagram implements StateSet {
  readonly #levels: Levels;
  readonly #row: Uint32Array;
  readonly #value: number[] = [-1, -1];
  readonly #down: number[] = [none, none];
  readonly #right: number[] = [none, none];
  /** How many levels there are from a node on, and how many states. */
  readonly #depth: number[] = [-1, 0];
  readonly #size: number[] = [0, 1];

  constructor(ends: readonly End[], levels: Levels) {
    this.#levels = levels;
    this.#row = new Uint32Array(ends.length);
    for (const [level, number] of levels.ends.entries()) {
      const values = levels.values[level] ?? [];
      for (const value of values) ends[number]?.add(value);
      if (ends[number]?.values.length !== values.length)
        throw new CertificateError(`level ${level} has no end of its own, or a value twice`);
    }
  }

  get count(): number {
    const isWhole = this.#depth.at(-1) === this.#levels.ends.length;
    return isWhole ? (this.#size.at(-1) as number) : 0;
  }

  /** Adds a node: a value, `down`, `right`. Nodes are numbered from 2 on, and name those before them. */
  read(node: unknown): void {
    const n = this.#value.length;
    const [value, down, right] = Array.isArray(node) && node.length === 3 ? node : [];
    const depth = (this.#depth[down] ?? -1) + 1;
    const values = this.#levels.values[this.#levels.ends.length - depth] ?? [];
    const isNode = depth > 0 && Number.isInteger(value) && value >= 0 && value < values.length;
    const isNext = this.#depth[right] === depth && (this.#value[right] as number) > value;
    if (!isNode || !(right === none || isNext))
      throw new CertificateError(
        `node ${n} is malformed (got ${JSON.stringify(node)}, allowed a value of its level and two nodes before it)`,
      );
    this.#value.push(value);
    this.#down.push(down);
    this.#right.push(right);
    this.#depth.push(depth);
    this.#size.push((this.#size[down] as number) + (this.#size[right] as number));
  }

  has(row: Uint32Array): boolean {
    let n = this.#value.length - 1;
    for (const end of this.#levels.ends) {
      const value = row[end] as number;
      while (n !== none && (this.#value[n] as number) < value) n = this.#right[n] as number;
      if (n === none || this.#value[n] !== value) return false;
      n = this.#down[n] as number;
    }
    return n === unit;
  }

  /** So many states at random, each equally likely each time; or all. */
  *chosen(sample: number | null, random: () => number): Chosen {
    const root = this.#value.length - 1;
    if (sample === null) yield* this.#all(root, 0);
    for (let i = 0; i < (sample ?? 0); i++) yield this.#pick(root, random);
  }

  #pick(root: number, random: () => number): { row: Uint32Array; isInSample: boolean } {
    let n = root;
    for (const end of this.#levels.ends) {
      let left = random() * (this.#size[n] as number);
      const below = (): number => this.#size[this.#down[n] as number] as number;
      for (; left >= below() && this.#right[n] !== none; n = this.#right[n] as number) left -= below();
      this.#row[end] = this.#value[n] as number;
      n = this.#down[n] as number;
    }
    return { row: this.#row, isInSample: true };
  }

  *#all(node: number, level: number): Chosen {
    const end = this.#levels.ends[level];
    if (end === undefined) yield { row: this.#row, isInSample: true };
    else
      for (let n = node; n !== none; n = this.#right[n] as number) {
        this.#row[end] = this.#value[n] as number;
        yield* this.#all(this.#down[n] as number, level + 1);
      }
  }
}
