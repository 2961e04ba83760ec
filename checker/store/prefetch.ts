/**
 * Reading what will be needed at once, so that one miss of the cache does not wait for the one before it. These loops do
 * nothing else: the less there is between two reads, the more of them a core has under way.
 */

/** How many places are touched before the first is looked at. */
export const together = 256;

/** Is read by nobody: keeps what was read from being optimised away. */
let _read = 0;

/** Reads words `places[0 … count-1]`. */
export function touch(words: Int32Array, places: Int32Array, count: number): void {
  let read = 0;
  for (let k = 0; k < count; k++) read ^= words[places[k] as number] as number;
  _read ^= read;
}

/** Reads the states with these numbers. */
export function touchStates(states: Int32Array, numbers: Int32Array, count: number): void {
  let read = 0;
  for (let k = 0; k < count; k++) read ^= states[2 * (numbers[k] as number)] as number;
  _read ^= read;
}
