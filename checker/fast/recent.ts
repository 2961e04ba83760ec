/** Entries for a block of one chunk; larger blocks have more. They have to stay in a core's own cache. */
const entriesFirst = 1 << 10;
const entriesMax = 1 << 15;

/**
 * The states that one thread met last. A breadth-first search meets most states several times within a short while,
 * and each look-up in a large index waits for memory; this spares three of four.
 *
 * A thread takes chunks in their order, so a state that it has met before was met at an earlier place: leaving it out
 * does not change by which step a state is found first.
 */
export class Recent {
  /** Two words for each entry, at a place that the state's hash names. */
  readonly #entries: Int32Array;
  readonly #mask: number;

  /** @param chunks of a block */
  constructor(chunks: number, hashOf: (first: number, second: number) => number) {
    const entries = Math.min(entriesMax, entriesFirst * chunks);
    this.#entries = new Int32Array(2 * entries);
    this.#mask = entries - 1;
    // Where the state of two zeros belongs, an empty entry would be taken for it.
    const zeros = this.#placeOf(hashOf(0, 0));
    let other = 1;
    while (this.#placeOf(hashOf(other, 0)) === zeros) other++;
    this.#entries[zeros] = other;
  }

  /** Notes a state. @returns whether it was noted before */
  has(first: number, second: number, hash: number): boolean {
    const entries = this.#entries;
    const place = this.#placeOf(hash);
    if (entries[place] === first && entries[place + 1] === second) return true;
    entries[place] = first;
    entries[place + 1] = second;
    return false;
  }

  #placeOf(hash: number): number {
    return 2 * ((hash >>> 7) & this.#mask);
  }
}
