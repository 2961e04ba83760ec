/** Successors that a batch holds at most. */
export const batchSize = 256;

/**
 * Successors on their way into the store.
 *
 * A look-up in a table of many million states misses the processor's caches. Looking up one successor after
 * the other would wait for each miss in turn; a batch lets the store touch all the places first, so that the
 * misses overlap, and decide afterwards.
 */
export class Batch {
  count = 0;
  readonly words: Int32Array;
  /** What is to be stored: `words` again, or with symmetry the representatives of the states there. */
  readonly stored: Int32Array;
  /** How many states each of `stored` stands for. */
  readonly orbits: Float64Array = new Float64Array(batchSize).fill(1);
  readonly hashes: Int32Array = new Int32Array(batchSize);
  readonly parents: Uint32Array = new Uint32Array(batchSize);
  readonly actions: Uint16Array = new Uint16Array(batchSize);
  readonly leaves: Int32Array = new Int32Array(batchSize);
  /** How many transitions had been taken, this one included. */
  readonly ordinals: Float64Array = new Float64Array(batchSize);

  /** @param width words of a packed state */
  constructor(width: number, hasRepresentatives: boolean) {
    this.words = new Int32Array(batchSize * width);
    this.stored = hasRepresentatives ? new Int32Array(batchSize * width) : this.words;
  }
}
