import { type Allocate, allocateUpTo, hashOf } from './words.ts';

/** A table that is fuller than this is enlarged. */
const loadMax = 0.8;
/** By which factor a table becomes larger. */
const growth = 1.5;
/** A table with fewer entries than this is doubled: it takes little memory. */
const smallMax = 1 << 18;
const capacityMin = 1 << 10;

/** Two words for each stored state, by its number. */
export type StoredStates = Int32Array;

/** The arrays of {@link Visited}, which threads share. */
export interface VisitedArrays {
  /** One table for each shard: see {@link shardOf}. */
  readonly tables: readonly Int32Array[];
  /** See {@link sizeField}. All tables have the same size. */
  readonly sizes: Int32Array;
}

/** The entries of a table that are in use, from the beginning; and how many were in use before the table grew. */
export const sizeField = { capacity: 0, capacityBefore: 1 } as const;

/** The low bits of an entry, which hold a state's number plus one. The other bits are the tag. */
export function numberMaskOf(capacity: number, shards: number): number {
  return -1 >>> Math.clz32(capacity * shards - 1);
}

/** The shard of a state with this hash: the first bits of the hash decide. */
export function shardOf(hash: number, shards: number): number {
  return ((hash >>> 0) * (shards / 0x1_0000_0000)) | 0;
}

/** The entry of its shard where a look-up of this hash begins: the bits after those for the shard decide. */
export function homeOf(hash: number, shards: number, capacity: number): number {
  return ((Math.imul(hash, shards) >>> 0) * (capacity / 0x1_0000_0000)) | 0;
}

/** The bits of the hash that an entry holds above the number. */
export function tagOf(hash: number, numberMask: number): number {
  return Math.imul(hash, numberMask + 1);
}

/**
 * The index of the visited states: open addressing, with an entry of 32 bits for each state.
 *
 * An entry is 0, or a state's number plus one, with as many bits of the state's hash above it as fit: the tag. A different
 * tag saves the comparison of two states. An equal tag decides nothing: states are compared whole.
 *
 * A large table is an array of the largest size that it may need, and grows in its place. The system provides no memory
 * for the part that is not written.
 */
export class Visited implements VisitedArrays {
  tables: Int32Array[];
  readonly sizes: Int32Array;
  /** How many states each shard has. */
  readonly counts: number[];
  readonly #allocate: Allocate;
  readonly #capacityMax: number;

  /** @param statesMax more states than this are never entered */
  constructor(shards: number, allocate: Allocate, statesMax: number = Infinity) {
    this.#allocate = allocate;
    // Shards differ a little in size, and a block reserves entries for all its records, new or not.
    this.#capacityMax = Math.ceil((growth * statesMax) / shards / loadMax);
    this.tables = Array.from({ length: shards }, () => allocate(capacityMin));
    this.sizes = allocate(2);
    this.sizes[sizeField.capacity] = capacityMin;
    this.counts = Array<number>(shards).fill(0);
  }

  get capacity(): number {
    return this.sizes[sizeField.capacity] as number;
  }

  get numberMask(): number {
    return numberMaskOf(this.capacity, this.tables.length);
  }

  get bytes(): number {
    return 4 * this.capacity * this.tables.length;
  }

  /** The number of the state with these two words; -1 where it is not stored. */
  find(first: number, second: number, states: StoredStates): number {
    const hash = hashOf(first, second);
    const shards = this.tables.length;
    const table = this.tables[shardOf(hash, shards)] as Int32Array;
    const { numberMask, capacity } = this;
    const tag = tagOf(hash, numberMask);
    for (let at = homeOf(hash, shards, capacity); table[at] !== 0; at = at + 1 === capacity ? 0 : at + 1) {
      const entry = table[at] as number;
      if (((entry ^ tag) & ~numberMask) !== 0) continue;
      const state = 2 * ((entry & numberMask) - 1);
      if (states[state] === first && states[state + 1] === second) return state / 2;
    }
    return -1;
  }

  /** Enters state `number`, which is new. */
  add(first: number, second: number, number: number): void {
    const hash = hashOf(first, second);
    const shards = this.tables.length;
    const shard = shardOf(hash, shards);
    const { numberMask, capacity } = this;
    const entry = (tagOf(hash, numberMask) & ~numberMask) | (number + 1);
    insertEntry(this.tables[shard] as Int32Array, capacity, homeOf(hash, shards, capacity), entry);
    (this.counts[shard] as number)++;
  }

  /** Whether a table would be too full with so many more states in each shard. */
  isTooSmallFor(more: readonly number[]): boolean {
    return this.#capacityFor(more) > this.capacity;
  }

  /**
   * Enlarges the tables for so many more states in each shard.
   *
   * @returns what the caller has to do next: move the entries, or enter all states into the new tables
   */
  enlargeFor(more: readonly number[]): 'rehash index' | 'rebuild index' {
    const needed = this.#capacityFor(more);
    let { capacity } = this;
    while (needed > capacity) capacity = Math.ceil((capacity < smallMax ? 2 : growth) * capacity);
    this.sizes.set([capacity, this.capacity]);
    if (capacity <= (this.tables[0]?.length ?? 0)) return 'rehash index';
    this.tables = this.tables.map(() => allocateUpTo(capacity, this.#allocate, this.#capacityMax));
    return 'rebuild index';
  }

  /** Counts the states of each shard anew: the words of the stored states have changed, and with them the hashes. */
  recount(states: StoredStates, count: number): void {
    this.counts.fill(0);
    const shards = this.counts.length;
    for (let at = 0; at < 2 * count; at += 2)
      (this.counts[shardOf(hashOf(states[at] as number, states[at + 1] as number), shards)] as number)++;
  }

  #capacityFor(more: readonly number[]): number {
    return Math.max(...this.counts.map((count, shard) => (count + (more[shard] ?? 0)) / loadMax));
  }
}

/** Writes an entry at its home, or at the first free position behind it. */
export function insertEntry(table: Int32Array, capacity: number, home: number, entry: number): void {
  let at = home;
  while (table[at] !== 0) at = at + 1 === capacity ? 0 : at + 1;
  table[at] = entry;
}
