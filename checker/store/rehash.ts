import { together, touch, touchStates } from './prefetch.ts';
import {
  enter,
  homeOf,
  numberMaskOf,
  type StoredStates,
  shape,
  shareOf,
  tagOf,
  type VisitedArrays,
} from './visited.ts';
import { hashOf } from './words.ts';

/** States on their way into a table: the number of each, the entry where the search for it begins, and what to enter. */
class Batch {
  readonly numbers = new Int32Array(together);
  readonly homes = new Int32Array(together);
  readonly entries = new Int32Array(together);
  size = 0;
  readonly #shares: number;
  readonly #room: number;
  readonly #numberMask: number;

  constructor({ tables, shape: s }: VisitedArrays) {
    this.#shares = tables.length;
    this.#room = s[shape.room] as number;
    this.#numberMask = numberMaskOf(this.#room, this.#shares);
  }

  /** Finds out where the states belong. */
  aim(states: StoredStates): void {
    for (let k = 0; k < this.size; k++) {
      const number = this.numbers[k] as number;
      const hash = hashOf(states[2 * number] as number, states[2 * number + 1] as number);
      this.homes[k] = homeOf(hash, this.#shares, this.#room);
      this.entries[k] = (tagOf(hash, this.#numberMask) & ~this.#numberMask) | (number + 1);
    }
  }
}

/** Enters those of the first `count` states that belong to `share` in its table, whatever that held. */
export function fill(visited: VisitedArrays, share: number, states: StoredStates, count: number): void {
  const table = visited.tables[share] as Int32Array;
  const shares = visited.tables.length;
  const room = visited.shape[shape.room] as number;
  const batch = new Batch(visited);
  table.fill(0, 0, room);
  for (let next = 0; next < count; ) {
    batch.size = 0;
    for (; next < count && batch.size < together; next++) {
      const hash = hashOf(states[2 * next] as number, states[2 * next + 1] as number);
      if (shares === 1 || shareOf(hash, shares) === share) batch.numbers[batch.size++] = next;
    }
    batch.aim(states);
    touch(table, batch.homes, batch.size);
    for (let k = 0; k < batch.size; k++)
      enter(table, room, batch.homes[k] as number, batch.entries[k] as number);
  }
}

/**
 * Moves the entries of a table that has become larger to their new places.
 *
 * A new place is about as many times further from the beginning as the table is larger, so the last entries go first:
 * where they go nobody is any more.
 */
export function spread(visited: VisitedArrays, share: number, states: StoredStates): void {
  const table = visited.tables[share] as Int32Array;
  const { shape: s } = visited;
  const room = s[shape.room] as number;
  const batch = new Batch(visited);
  /** Homes and entries of those whose new places are not free yet: a few next to the beginning, or round the end. */
  const later: number[] = [];
  let end = s[shape.roomBefore] as number;
  const maskBefore = numberMaskOf(end, visited.tables.length);
  // There are zeros already. To write them makes the system give the memory now, and not piece by piece to whoever reads
  // first and writes then, which would interrupt the other threads each time.
  table.fill(0, end, room);
  while (end > 0) {
    batch.size = 0;
    for (; end > 0 && batch.size < together; end--) {
      const entry = table[end - 1] as number;
      if (entry === 0) continue;
      table[end - 1] = 0;
      batch.numbers[batch.size++] = (entry & maskBefore) - 1;
    }
    touchStates(states, batch.numbers, batch.size);
    batch.aim(states);
    for (let k = 0; k < batch.size; k++) {
      const home = batch.homes[k] as number;
      const entry = batch.entries[k] as number;
      let at = home;
      if (at >= end) while (at < room && table[at] !== 0) at++;
      if (at >= end && at < room) table[at] = entry;
      else later.push(home, entry);
    }
  }
  for (let i = 0; i < later.length; i += 2) enter(table, room, later[i] as number, later[i + 1] as number);
}
