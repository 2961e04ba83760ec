import { type Allocate, ample, hashOf } from './words.ts';

/** A table is enlarged when it is fuller than this, and how much larger it becomes. */
const loadMax = 0.8;
const growth = 1.5;
/** A table smaller than this is doubled: nobody misses its memory. */
const smallMax = 1 << 23;
const roomMin = 1 << 10;

/** Two words for each stored state, by its number. */
export type StoredStates = Int32Array;

/** What {@link Visited} keeps, as other threads need it. */
export interface VisitedArrays {
  /** One table for each share of the states; a state's share is told by its hash. */
  readonly tables: readonly Int32Array[];
  /** See {@link shape}. */
  readonly shape: Int32Array;
}

/** What all tables have in common: how many entries are in use, from the beginning, and how many were before they grew. */
export const shape = { room: 0, roomBefore: 1 } as const;

/** The low bits of an entry, which hold a state's number plus one; the rest are of its hash. No table is ever full. */
export function numberMaskOf(room: number, shares: number): number {
  return 2 ** Math.ceil(Math.log2(room * shares)) - 1;
}

/** The share that a state with this hash belongs to: the first bits of the hash tell. */
export function shareOf(hash: number, shares: number): number {
  return ((hash >>> 0) * (shares / 0x1_0000_0000)) | 0;
}

/** Where the search for a state with this hash begins, among the `room` entries of its share: the bits after those tell. */
export function homeOf(hash: number, shares: number, room: number): number {
  return ((Math.imul(hash, shares) >>> 0) * (room / 0x1_0000_0000)) | 0;
}

/** What an entry holds besides the number. */
export function tagOf(hash: number, numberMask: number): number {
  return Math.imul(hash, numberMask + 1);
}

/**
 * The index of the visited states: open addressing, an entry of 32 bits for a state.
 *
 * An entry is 0, or a state's number plus one and above it as many bits of the state's hash as there is room for, which
 * spares most looks at states that differ. States are compared whole: no hash decides.
 *
 * A large table is given all the memory that it may ever need, none of which is taken from the system before it is written,
 * and grows in its place.
 */
export class Visited implements VisitedArrays {
  tables: Int32Array[];
  readonly shape: Int32Array;
  /** How many states each table has. */
  readonly counts: number[];
  readonly #allocate: Allocate;
  readonly #roomMax: number;

  /** @param statesMax no more states than this are ever entered */
  constructor(shares: number, allocate: Allocate, statesMax: number = Infinity) {
    this.#allocate = allocate;
    // Shares differ a little, and the records of a block ask for room before it is known which are new.
    this.#roomMax = Math.ceil((growth * statesMax) / shares / loadMax);
    this.tables = Array.from({ length: shares }, () => allocate(roomMin));
    this.shape = allocate(2);
    this.shape[shape.room] = roomMin;
    this.counts = Array<number>(shares).fill(0);
  }

  get room(): number {
    return this.shape[shape.room] as number;
  }

  get numberMask(): number {
    return numberMaskOf(this.room, this.tables.length);
  }

  get bytes(): number {
    return 4 * this.room * this.tables.length;
  }

  /** The number of the state that two words stand for; -1 where it is not stored. */
  find(first: number, second: number, states: StoredStates): number {
    const hash = hashOf(first, second);
    const shares = this.tables.length;
    const table = this.tables[shareOf(hash, shares)] as Int32Array;
    const { numberMask, room } = this;
    const tag = tagOf(hash, numberMask);
    for (let at = homeOf(hash, shares, room); table[at] !== 0; at = at + 1 === room ? 0 : at + 1) {
      const entry = table[at] as number;
      if (((entry ^ tag) & ~numberMask) !== 0) continue;
      const state = 2 * ((entry & numberMask) - 1);
      if (states[state] === first && states[state + 1] === second) return state / 2;
    }
    return -1;
  }

  /** Notes that state `number`, which is new, is the one that two words stand for. */
  add(first: number, second: number, number: number): void {
    const hash = hashOf(first, second);
    const shares = this.tables.length;
    const share = shareOf(hash, shares);
    const { numberMask, room } = this;
    const entry = (tagOf(hash, numberMask) & ~numberMask) | (number + 1);
    enter(this.tables[share] as Int32Array, room, homeOf(hash, shares, room), entry);
    (this.counts[share] as number)++;
  }

  /** Whether so many more states of each share would make a table too full. */
  isShort(more: readonly number[]): boolean {
    return this.#needs(more) > this.room;
  }

  /**
   * Makes room for so many more states of each share.
   *
   * @returns how the entries get to their new places: by {@link spread}, or by {@link fill}, for the tables are new ones
   */
  enlarge(more: readonly number[]): 'spread' | 'fill' {
    const needed = this.#needs(more);
    let { room } = this;
    while (needed > room) room = Math.ceil((room < smallMax ? 2 : growth) * room);
    this.shape.set([room, this.room]);
    if (room <= (this.tables[0]?.length ?? 0)) return 'spread';
    this.tables = this.tables.map(() => ample(room, this.#allocate, this.#roomMax));
    return 'fill';
  }

  /** Counts the states of each share, which are others where states are laid out anew. */
  recount(states: StoredStates, count: number): void {
    this.counts.fill(0);
    const shares = this.counts.length;
    for (let at = 0; at < 2 * count; at += 2)
      (this.counts[shareOf(hashOf(states[at] as number, states[at + 1] as number), shares)] as number)++;
  }

  #needs(more: readonly number[]): number {
    return Math.max(...this.counts.map((count, share) => (count + (more[share] ?? 0)) / loadMax));
  }
}

/** Puts an entry at its home, or at the first place behind it that is free. */
export function enter(table: Int32Array, room: number, home: number, entry: number): void {
  let at = home;
  while (table[at] !== 0) at = at + 1 === room ? 0 : at + 1;
  table[at] = entry;
}
