/** Makes an array of zeros. Threads that search together need one that they can share. */
export type Allocate = (length: number) => Int32Array;

/** An array of this thread alone. */
export const ownWords: Allocate = (length) => new Int32Array(length);

/** An array that other threads can be given. */
export const sharedWords: Allocate = (length) => new Int32Array(new SharedArrayBuffer(4 * length));

/** Where copying becomes dear; arrays above it are made as large as they may ever become. */
const copiedMax = 1 << 24;

/**
 * An array with the same beginning and room for `length` words at least.
 *
 * @param lengthMax more are never asked for: memory that is never written is never taken from the system
 */
export function grown(
  array: Int32Array,
  length: number,
  allocate: Allocate,
  lengthMax: number = Infinity,
): Int32Array {
  let room = array.length;
  while (room < length) room *= 2;
  const larger = allocate(room > copiedMax && lengthMax < Infinity ? lengthMax : room);
  larger.set(array);
  return larger;
}

/** A hash of two words. */
export function hashOf(first: number, second: number): number {
  let hash = Math.imul(first ^ (first >>> 15), 0x9e3779b1) ^ Math.imul(second ^ (second >>> 15), 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
