/** Makes an array of zeros. Threads that search together need arrays in shared memory. */
export type Allocate = (length: number) => Int32Array;

/** An array of this thread alone. */
export const ownWords: Allocate = (length) => new Int32Array(length);

/** An array in memory that threads share. */
export const sharedWords: Allocate = (length) => new Int32Array(new SharedArrayBuffer(4 * length));

/** An array with more words than this gets its largest size at once: a copy would take too long. */
const copiedMax = 1 << 20;

/**
 * An array of at least `length` words. A large one gets `lengthMax` words at once; the system provides no memory for the
 * part that is not written.
 */
export function allocateUpTo(length: number, allocate: Allocate, lengthMax: number): Int32Array {
  if (length <= copiedMax || lengthMax === Infinity) return allocate(length);
  try {
    return allocate(Math.max(length, lengthMax));
  } catch (error) {
    // The system grants no array of that size.
    if (error instanceof RangeError) return allocate(length);
    throw error;
  }
}

/**
 * A longer array with the same beginning and at least `length` words.
 *
 * @param lengthMax the most words that the array will ever need
 */
export function grown(
  array: Int32Array,
  length: number,
  allocate: Allocate,
  lengthMax: number = Infinity,
): Int32Array {
  let doubled = array.length;
  while (doubled < length) doubled *= 2;
  const larger = allocateUpTo(doubled, allocate, lengthMax);
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
