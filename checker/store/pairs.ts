import { type Allocate, grown, hashOf } from './words.ts';

/** One less than how many pairs a thread remembers. */
const recentMask = (1 << 12) - 1;

/** What {@link Pairs} keeps, as other threads need it. */
export interface PairArrays {
  /** An entry is 0, or the number of a pair plus one. */
  readonly table: Int32Array;
  /** Pair `n` stands at `2n` and `2n + 1`. */
  readonly members: Int32Array;
  /** `[0]`: how many numbers have been given. */
  readonly given: Int32Array;
}

/**
 * Numbers pairs of words, the same pair always the same.
 *
 * Several threads may do so at once: an entry is claimed by an exchange, and whoever comes too late takes the number
 * that is there. Which number a pair gets depends on who was first; that it has one, and no other pair has it, does not.
 */
export class Pairs implements PairArrays {
  table: Int32Array;
  members: Int32Array;
  readonly given: Int32Array;
  /** The pairs that this thread met last, with their numbers plus one: in a core's own cache, unlike the table. */
  readonly #recent: Int32Array = new Int32Array(3 * (recentMask + 1));
  /** A pair has found no room. What was numbered since is worth nothing, until {@link enlarge}. */
  isFull = false;

  constructor({ table, members, given }: PairArrays) {
    this.table = table;
    this.members = members;
    this.given = given;
  }

  static empty(allocate: Allocate): Pairs {
    const room = 1 << 10;
    return new Pairs({ table: allocate(room), members: allocate(2 * room), given: allocate(1) });
  }

  /** How many pairs have a number. */
  get count(): number {
    return Math.min(this.given[0] as number, this.#countMax);
  }

  /** The table is never full: who looks for a pair that is not there comes to an end. */
  get #countMax(): number {
    return 0.875 * this.table.length;
  }

  /** What the pairs take, in bytes. */
  get bytes(): number {
    return this.table.byteLength + this.members.byteLength;
  }

  numberOf(first: number, second: number): number {
    const recent = this.#recent;
    const hash = hashOf(first, second);
    const place = 3 * ((hash >>> 7) & recentMask);
    if (recent[place] === first && recent[place + 1] === second && recent[place + 2] !== 0)
      return (recent[place + 2] as number) - 1;
    const number = this.#find(first, second, hash);
    recent[place] = first;
    recent[place + 1] = second;
    recent[place + 2] = this.isFull ? 0 : number + 1;
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

  /** The numbers that were given and are no pair's: two threads came upon the same pair at once. */
  unused(): number[] {
    const isUsed = new Uint8Array(this.count);
    for (const entry of this.table) if (entry > 0) isUsed[entry - 1] = 1;
    return [...isUsed.keys()].filter((number) => isUsed[number] === 0);
  }

  /** Makes room for as many pairs again. Nobody may be numbering meanwhile. */
  enlarge(allocate: Allocate): void {
    const { count } = this;
    const before = this.table;
    this.members = grown(this.members, 2 * this.members.length, allocate);
    this.table = allocate(2 * before.length);
    this.given[0] = count;
    this.isFull = false;
    for (const entry of before) if (entry > 0) this.#enter(entry - 1);
  }

  /** Takes up the pairs of another search. */
  restore(members: Int32Array, unused: readonly number[], allocate: Allocate): void {
    while (members.length / 2 > this.#countMax) this.enlarge(allocate);
    this.members.set(members);
    this.given[0] = members.length / 2;
    const isUnused = new Set(unused);
    for (let number = 0; number < this.count; number++) if (!isUnused.has(number)) this.#enter(number);
  }

  #enter(number: number): void {
    const { table, members } = this;
    const mask = table.length - 1;
    let at = hashOf(members[2 * number] as number, members[2 * number + 1] as number) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = number + 1;
  }
}
