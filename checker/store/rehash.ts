import { batchSize, prefetch, prefetchStates } from './prefetch.ts';
import {
  homeOf,
  insertEntry,
  numberMaskOf,
  type StoredStates,
  shardOf,
  sizeField,
  tagOf,
  type VisitedArrays,
} from './visited.ts';
import { hashOf } from './words.ts';

/** States on their way into a table: for each its number, its home and its entry. */
class RehashBatch {
  readonly numbers = new Int32Array(batchSize);
  readonly homes = new Int32Array(batchSize);
  readonly entries = new Int32Array(batchSize);
  size = 0;
  readonly #shards: number;
  readonly #capacity: number;
  readonly #numberMask: number;

  constructor({ tables, sizes: s }: VisitedArrays) {
    this.#shards = tables.length;
    this.#capacity = s[sizeField.capacity] as number;
    this.#numberMask = numberMaskOf(this.#capacity, this.#shards);
  }

  /** Computes homes and entries from the states' hashes. */
  computeEntries(states: StoredStates): void {
    for (let k = 0; k < this.size; k++) {
      const number = this.numbers[k] as number;
      const hash = hashOf(states[2 * number] as number, states[2 * number + 1] as number);
      this.homes[k] = homeOf(hash, this.#shards, this.#capacity);
      this.entries[k] = (tagOf(hash, this.#numberMask) & ~this.#numberMask) | (number + 1);
    }
  }
}

/** Clears the table of `shard`, and enters those of the first `count` states that belong to it. */
export function rebuildTable(
  visited: VisitedArrays,
  shard: number,
  states: StoredStates,
  count: number,
): void {
  const table = visited.tables[shard] as Int32Array;
  const shards = visited.tables.length;
  const capacity = visited.sizes[sizeField.capacity] as number;
  const batch = new RehashBatch(visited);
  table.fill(0, 0, capacity);
  for (let next = 0; next < count; ) {
    batch.size = 0;
    for (; next < count && batch.size < batchSize; next++) {
      const hash = hashOf(states[2 * next] as number, states[2 * next + 1] as number);
      if (shards === 1 || shardOf(hash, shards) === shard) batch.numbers[batch.size++] = next;
    }
    batch.computeEntries(states);
    prefetch(table, batch.homes, batch.size);
    for (let k = 0; k < batch.size; k++)
      insertEntry(table, capacity, batch.homes[k] as number, batch.entries[k] as number);
  }
}

/**
 * Moves the entries of a table that was enlarged in its place to their new homes.
 *
 * An entry's new home is further from the beginning, by about the factor that the table has grown by. So the last entries
 * move first: where they move to, no old entries are left.
 */
export function rehashInPlace(visited: VisitedArrays, shard: number, states: StoredStates): void {
  const table = visited.tables[shard] as Int32Array;
  const { sizes: s } = visited;
  const capacity = s[sizeField.capacity] as number;
  const batch = new RehashBatch(visited);
  /** Homes and entries that have to wait, since old entries may be there: a few near the beginning, or round the end. */
  const later: number[] = [];
  let end = s[sizeField.capacityBefore] as number;
  const maskBefore = numberMaskOf(end, visited.tables.length);
  // The memory is zero already. To write it makes the system provide it now. Else the system would provide each page at
  // the first write to it, and interrupt the other threads each time.
  table.fill(0, end, capacity);
  while (end > 0) {
    batch.size = 0;
    for (; end > 0 && batch.size < batchSize; end--) {
      const entry = table[end - 1] as number;
      if (entry === 0) continue;
      table[end - 1] = 0;
      batch.numbers[batch.size++] = (entry & maskBefore) - 1;
    }
    prefetchStates(states, batch.numbers, batch.size);
    batch.computeEntries(states);
    for (let k = 0; k < batch.size; k++) {
      const home = batch.homes[k] as number;
      const entry = batch.entries[k] as number;
      let at = home;
      if (at >= end) while (at < capacity && table[at] !== 0) at++;
      if (at >= end && at < capacity) table[at] = entry;
      else later.push(home, entry);
    }
  }
  for (let i = 0; i < later.length; i += 2)
    insertEntry(table, capacity, later[i] as number, later[i + 1] as number);
}
