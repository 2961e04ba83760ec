/** Makes an array of zeros. Threads that search together need one that they can share. */
export type Allocate = (length: number) => Int32Array;

/** An array of this thread alone. */
export const ownWords: Allocate = (length) => new Int32Array(length);

/** An array that other threads can be given. */
export const sharedWords: Allocate = (length) => new Int32Array(new SharedArrayBuffer(4 * length));

/** Above so many words, an array is made as large as it may ever become: to copy it would be dear. */
const copiedMax = 1 << 20;

/**
 * An array of `length` words at least, with as many as it may ever need where it is large: memory that is never written is
 * never taken from the system.
 */
export function ample(length: number, allocate: Allocate, lengthMax: number): Int32Array {
  if (length <= copiedMax || lengthMax === Infinity) return allocate(length);
  try {
    return allocate(Math.max(length, lengthMax));
  } catch (error) {
    // The system does not promise so much.
    if (error instanceof RangeError) return allocate(length);
    throw error;
  }
}

/**
 * An array with the same beginning and room for `length` words at least.
 *
 * @param lengthMax more are never asked for
 */
export function grown(
  array: Int32Array,
  length: number,
  allocate: Allocate,
  lengthMax: number = Infinity,
): Int32Array {
  let room = array.length;
  while (room < length) room *= 2;
  const larger = ample(room, allocate, lengthMax);
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
