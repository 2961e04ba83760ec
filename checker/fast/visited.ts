import { type Allocate, hashOf } from './words.ts';

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
  /** The low bits of an entry, which hold a state's number plus one; the rest are of its hash. */
  readonly numberMask: number;
}

/** The share that a state with this hash belongs to. */
export function shareOf(hash: number, shares: number): number {
  return ((hash & 0xffff) * shares) >>> 16;
}

/** Where the search for a state with this hash begins, in a table of `room` entries. */
export function homeOf(hash: number, room: number): number {
  return ((hash >>> 0) * (room / 0x1_0000_0000)) | 0;
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
 */
export class Visited implements VisitedArrays {
  tables: Int32Array[];
  numberMask: number = 2 ** 10 - 1;
  /** How many states each table has. */
  readonly counts: number[];
  readonly #allocate: Allocate;

  constructor(shares: number, allocate: Allocate) {
    this.#allocate = allocate;
    this.tables = Array.from({ length: shares }, () => allocate(roomMin));
    this.counts = Array<number>(shares).fill(0);
  }

  get bytes(): number {
    return this.tables.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The number of the state that two words stand for; -1 where it is not stored. */
  find(first: number, second: number, states: StoredStates): number {
    const hash = hashOf(first, second);
    const table = this.tables[shareOf(hash, this.tables.length)] as Int32Array;
    const { numberMask } = this;
    const tag = tagOf(hash, numberMask);
    for (let at = homeOf(hash, table.length); table[at] !== 0; at = at + 1 === table.length ? 0 : at + 1) {
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
    const share = shareOf(hash, this.tables.length);
    const table = this.tables[share] as Int32Array;
    const { numberMask } = this;
    enter(table, homeOf(hash, table.length), (tagOf(hash, numberMask) & ~numberMask) | (number + 1));
    (this.counts[share] as number)++;
  }

  /** Whether so many more states of each share would make a table too full. */
  isShort(more: readonly number[], count: number): boolean {
    return (
      count + Math.max(...more) >= this.numberMask ||
      this.tables.some((table, share) => this.#needs(share, more) > table.length)
    );
  }

  /** Makes empty tables with room for so many more; they have to be filled again by {@link fill}. */
  enlarge(more: readonly number[], count: number): void {
    const needed = Math.max(...this.counts.map((_, share) => this.#needs(share, more)));
    let room = this.tables[0]?.length ?? roomMin;
    while (needed > room) room = Math.ceil((room < smallMax ? 2 : growth) * room);
    const numbers = Math.max(room * this.tables.length, count + Math.max(0, ...more) + 1);
    this.numberMask = 2 ** Math.ceil(Math.log2(numbers + 1)) - 1;
    this.tables = this.tables.map(() => this.#allocate(room));
  }

  #needs(share: number, more: readonly number[]): number {
    return ((this.counts[share] as number) + (more[share] ?? 0)) / loadMax;
  }

  /** Counts the states of each share, which are others where states are laid out anew. */
  recount(states: StoredStates, count: number): void {
    this.counts.fill(0);
    const shares = this.counts.length;
    for (let at = 0; at < 2 * count; at += 2)
      (this.counts[shareOf(hashOf(states[at] as number, states[at + 1] as number), shares)] as number)++;
  }
}

/** States whose entries are touched before they are written: a miss of the cache need not wait for the one before it. */
const touchedAtOnce = 256;

/** Enters those of the first `count` states that belong to `share` in its table, which is empty. */
export function fill(
  { tables, numberMask }: VisitedArrays,
  share: number,
  states: StoredStates,
  count: number,
): void {
  const table = tables[share] as Int32Array;
  const shares = tables.length;
  const room = table.length;
  const homes = new Int32Array(touchedAtOnce);
  // It holds zeros already. Writing them makes the system give the memory now, and not piece by piece to whoever reads
  // first and writes then, which would interrupt the other threads each time.
  table.fill(0);
  const entries = new Int32Array(touchedAtOnce + 1);
  for (let next = 0; next < count; ) {
    let some = 0;
    let touched = 0;
    for (; next < count && some < touchedAtOnce; next++) {
      const hash = hashOf(states[2 * next] as number, states[2 * next + 1] as number);
      if (shares > 1 && shareOf(hash, shares) !== share) continue;
      const home = homeOf(hash, room);
      homes[some] = home;
      entries[some++] = (tagOf(hash, numberMask) & ~numberMask) | (next + 1);
      touched ^= table[home] as number;
    }
    // What was touched means nothing: it is kept, so that the reading is not optimised away.
    entries[some] = touched;
    for (let i = 0; i < some; i++) enter(table, homes[i] as number, entries[i] as number);
  }
}

function enter(table: Int32Array, home: number, entry: number): void {
  let at = home;
  while (table[at] !== 0) at = at + 1 === table.length ? 0 : at + 1;
  table[at] = entry;
}
