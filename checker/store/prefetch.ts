/**
 * Reads words that are needed soon, so that the misses of the cache overlap. The loops do nothing else: the fewer
 * instructions are between two reads, the more reads a core has under way.
 *
 * @module
 */

/** How many words are prefetched before the first is used. */
export const batchSize = 256;

/** Nobody reads this. It keeps the compiler from dropping the loops. */
let _read = 0;

/** Prefetches the words at `positions[0 … count-1]`. */
export function prefetch(words: Int32Array, positions: Int32Array, count: number): void {
  let read = 0;
  for (let k = 0; k < count; k++) read ^= words[positions[k] as number] as number;
  _read ^= read;
}

/** Prefetches the states with these numbers. */
export function prefetchStates(states: Int32Array, numbers: Int32Array, count: number): void {
  let read = 0;
  for (let k = 0; k < count; k++) read ^= states[2 * (numbers[k] as number)] as number;
  _read ^= read;
}
