import { type Allocate, grown, hashOf } from './words.ts';

/** One less than the entries of a thread's cache. */
const recentMask = (1 << 12) - 1;

/** The arrays of {@link Pairs}, which threads share. */
export interface PairArrays {
  /** A hash table. An entry is 0, or the number of a pair plus one. */
  readonly table: Int32Array;
  /** The words of pair `n`, at `2n` and `2n + 1`. */
  readonly members: Int32Array;
  /** At `[0]`: how many numbers have been given. */
  readonly given: Int32Array;
}

/**
 * Gives each pair of words a number of its own.
 *
 * Several threads may do so at once. A thread claims an entry by an atomic exchange; a thread that comes too late takes
 * the number that is there. So which number a pair gets depends on the threads, but each pair has one number of its own.
 */
export class Pairs implements PairArrays {
  table: Int32Array;
  members: Int32Array;
  readonly given: Int32Array;
  /** The pairs that this thread met last, and their numbers plus one. This fits into a core's own cache; the table does not. */
  readonly #recent: Int32Array = new Int32Array(3 * (recentMask + 1));
  /** A pair found no free entry. Numbers that were given since are placeholders, until {@link enlarge}. */
  isFull = false;

  constructor({ table, members, given }: PairArrays) {
    this.table = table;
    this.members = members;
    this.given = given;
  }

  static empty(allocate: Allocate): Pairs {
    const entries = 1 << 10;
    return new Pairs({ table: allocate(entries), members: allocate(2 * entries), given: allocate(1) });
  }

  /** How many pairs have a number. */
  get count(): number {
    return Math.min(this.given[0] as number, this.#countMax);
  }

  /** Some entries always stay empty, so that the search for a missing pair ends. */
  get #countMax(): number {
    return 0.875 * this.table.length;
  }

  /** The memory of the pairs, in bytes: the system provides none for members that were never written. */
  get bytes(): number {
    return this.table.byteLength + 8 * this.count;
  }

  /** The number of a pair, a new one where it has none; a placeholder where {@link isFull}. */
  numberOf(first: number, second: number): number {
    const recent = this.#recent;
    const hash = hashOf(first, second);
    const position = 3 * ((hash >>> 7) & recentMask);
    if (recent[position] === first && recent[position + 1] === second && recent[position + 2] !== 0)
      return (recent[position + 2] as number) - 1;
    const number = this.#find(first, second, hash);
    recent[position] = first;
    recent[position + 1] = second;
    recent[position + 2] = this.isFull ? 0 : number + 1;
    return number;
  }

  #find(first: number, second: number, hash: number): number {
    const { table, members } = this;
    const mask = table.length - 1;
    let at = hash & mask;
    for (let entry = table[at] as number; entry !== 0; entry = table[at] as number) {
      const member = 2 * (entry - 1);
      if (members[member] === first && members[member + 1] === second) return entry - 1;
      at = (at + 1) & mask;
    }
    return this.#add(first, second, at);
  }

  #add(first: number, second: number, from: number): number {
    const { table, members } = this;
    const mask = table.length - 1;
    const number = Atomics.add(this.given, 0, 1);
    if (number >= this.#countMax) {
      this.isFull = true;
      return 0;
    }
    members[2 * number] = first;
    members[2 * number + 1] = second;
    for (let at = from; ; at = (at + 1) & mask) {
      const entry = Atomics.compareExchange(table, at, 0, number + 1);
      if (entry === 0) return number;
      const member = 2 * (entry - 1);
      if (members[member] === first && members[member + 1] === second) return entry - 1;
    }
  }

  /** Numbers that belong to no pair: two threads took a number each for the same pair at once. */
  unused(): number[] {
    const isUsed = new Uint8Array(this.count);
    for (const entry of this.table) if (entry > 0) isUsed[entry - 1] = 1;
    return [...isUsed.keys()].filter((number) => isUsed[number] === 0);
  }

  /** Doubles the table. No other thread may number pairs meanwhile. */
  enlarge(allocate: Allocate): void {
    const { count } = this;
    const before = this.table;
    this.members = grown(this.members, 2 * this.members.length, allocate);
    this.table = allocate(2 * before.length);
    this.given[0] = count;
    this.isFull = false;
    for (const entry of before) if (entry > 0) this.#insert(entry - 1);
  }

  /** Continues with the pairs of another search. */
  restore(members: Int32Array, unused: readonly number[], allocate: Allocate): void {
    while (members.length / 2 > this.#countMax) this.enlarge(allocate);
    this.members.set(members);
    this.given[0] = members.length / 2;
    const isUnused = new Set(unused);
    for (let number = 0; number < this.count; number++) if (!isUnused.has(number)) this.#insert(number);
  }

  #insert(number: number): void {
    const { table, members } = this;
    const mask = table.length - 1;
    let at = hashOf(members[2 * number] as number, members[2 * number + 1] as number) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = number + 1;
  }
}
