import type { Effects } from './effects.ts';
import type { Layout } from './layout.ts';
import type { Symmetry } from './symmetry.ts';

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

  /** Puts the state after `leaf` at the end, which `count` does not count yet. @returns whether it is another one */
  write(current: Int32Array, width: number, { begin, end, ops }: Effects, leaf: number): boolean {
    const from = this.count * width;
    const { words } = this;
    for (let k = 0; k < width; k++) words[from + k] = current[k] as number;
    let changed = 0;
    for (let i = begin[leaf] as number; i < (end[leaf] as number); i += 3) {
      const word = from + (ops[i] as number);
      const before = words[word] as number;
      const after = (before & (ops[i + 1] as number)) | (ops[i + 2] as number);
      words[word] = after;
      changed |= before ^ after;
    }
    return changed !== 0;
  }

  /**
   * Packs the representative of the state at the end where it will be stored.
   *
   * @param numbers a place for its value numbers
   */
  represent<S extends object, A>(symmetry: Symmetry<S, A>, layout: Layout, numbers: Int32Array): void {
    const from = this.count * layout.width;
    layout.unpack(this.words, from, numbers);
    symmetry.canonicalize(numbers);
    layout.pack(numbers, this.stored, from);
    this.orbits[this.count] = symmetry.orbit;
  }
}
