import type { Slot } from './slots.ts';

/** Bits that number the values `0 … size-1`; a slot that never changes takes none. */
export function bitsFor(size: number): number {
  return size <= 1 ? 0 : 32 - Math.clz32(size - 1);
}

/** Where each slot stands: its word, how far it is shifted, and its bits. */
export interface Places {
  readonly word: Int32Array;
  readonly shift: Int32Array;
  /** `2^bits - 1`, so also the largest value number that fits. */
  readonly mask: Int32Array;
}

/** A layout as it can be written down. */
export interface SavedLayout {
  readonly word: ArrayLike<number>;
  readonly shift: ArrayLike<number>;
  readonly mask: ArrayLike<number>;
  /** For each word the bits that slots have taken. */
  readonly taken: readonly number[];
}

/**
 * Where each slot's value number stands in a packed state: `width` words of 32 bits, no slot across two.
 *
 * ```text
 *  word 0                            word 1
 * ┌───────────┬──────┬────┬───────┐ ┌─────────────── …
 * │ slot 3    │slot 2│ 1  │ slot 0│ │ slot 4
 * └───────────┴──────┴────┴───────┘ └─────────────── …
 *  31       shift[3]             0
 * ```
 */
export class Layout implements Places, SavedLayout {
  readonly word: Int32Array;
  readonly shift: Int32Array;
  readonly mask: Int32Array;
  /** For each word the bits that slots have taken. */
  readonly #taken: number[];
  /** For each word the bits that slots may grow into, which others take last. */
  readonly #spare: number[] = [];

  constructor(slots: readonly Slot[], before?: SavedLayout) {
    this.word = before ? Int32Array.from(before.word) : new Int32Array(slots.length);
    this.shift = before ? Int32Array.from(before.shift) : new Int32Array(slots.length);
    this.mask = before ? Int32Array.from(before.mask) : new Int32Array(slots.length);
    this.#taken = before ? [...before.taken] : [0];
    for (const [index, { mayGrow }] of slots.entries()) if (mayGrow) this.#spareAbove(index);
    for (const [index, { size, mayGrow }] of slots.entries()) {
      if (this.holds(index, size - 1)) continue;
      this.#place(index, bitsFor(size), mayGrow);
      if (mayGrow) this.#spareAbove(index);
    }
  }

  get taken(): readonly number[] {
    return this.#taken;
  }

  /** Words of a packed state; at least 1. */
  get width(): number {
    return this.#taken.length;
  }

  /** Notes that the bit above a slot's place should be left to it. */
  #spareAbove(slot: number): void {
    const word = this.word[slot] as number;
    const mask = this.mask[slot] as number;
    if (mask !== 0)
      this.#spare[word] = (this.#spare[word] ?? 0) | ((mask + 1) << (this.shift[slot] as number));
  }

  /** Gives a slot its first place or, when it has outgrown it, more bits there or another place. */
  #place(slot: number, bits: number, mayGrow: boolean): void {
    const own = this.word[slot] as number;
    const from = this.shift[slot] as number;
    this.#taken[own] = (this.#taken[own] ?? 0) & ~((this.mask[slot] as number) << from);
    const mask = 2 ** bits - 1;
    if (this.mask[slot] !== 0 && from + bits <= 32 && ((this.#taken[own] as number) & (mask << from)) === 0) {
      this.#taken[own] = (this.#taken[own] as number) | (mask << from);
      this.mask[slot] = mask;
      return;
    }
    // A state is stored as two words at least: the second costs nothing. With more of them, there are no spare bits to keep.
    const words = Math.max(2, this.width);
    const spares = words === 2;
    const isPlaced =
      (mayGrow && this.#fits(slot, mask, { room: 2 * mask + 1, spares, words })) ||
      this.#fits(slot, mask, { room: mask, spares, words }) ||
      this.#fits(slot, mask, { room: mask, spares: false, words });
    if (!isPlaced) this.#fits(slot, mask, { room: mask, spares: false, words: words + 1 });
  }

  /**
   * Puts a slot where all bits of `room` are free, in one of the first `words` words.
   *
   * @param spares whether bits that others may grow into are left to them
   * @returns whether there is such a place
   */
  #fits(
    slot: number,
    mask: number,
    { room, spares, words }: { room: number; spares: boolean; words: number },
  ): boolean {
    const bits = bitsFor(room + 1);
    for (let word = 0; word < words; word++) {
      const taken = this.#taken[word] ?? 0;
      const kept = spares ? taken | (this.#spare[word] ?? 0) : taken;
      for (let shift = 0; shift + bits <= 32; shift++) {
        if ((kept & (room << shift)) !== 0) continue;
        this.#taken[word] = taken | (mask << shift);
        this.word[slot] = word;
        this.shift[slot] = shift;
        this.mask[slot] = mask;
        return true;
      }
    }
    return false;
  }

  /** The slots whose bits stand elsewhere than in `before`; one that had none there has the value 0 here as it is. */
  movedSince(before: Layout): number[] {
    return [...this.mask.keys()].filter(
      (slot) =>
        before.mask[slot] !== 0 &&
        (this.word[slot] !== before.word[slot] || this.shift[slot] !== before.shift[slot]),
    );
  }

  /** Whether value `number` of `slot` still fits. */
  holds(slot: number, number: number): boolean {
    return number <= (this.mask[slot] ?? 0);
  }

  /** Reads every slot of the state that begins at `from` in `words`. */
  unpack(words: Int32Array, from: number, into: Int32Array): void {
    const { word, shift, mask } = this;
    for (let s = 0; s < into.length; s++) {
      into[s] =
        ((words[from + (word[s] as number)] as number) >>> (shift[s] as number)) & (mask[s] as number);
    }
  }

  /** Writes every slot of the state that begins at `at` in `words`: the reverse of {@link unpack}. */
  pack(numbers: ArrayLike<number>, words: Int32Array, at: number): void {
    const { word, shift, width } = this;
    for (let k = at; k < at + width; k++) words[k] = 0;
    for (let s = 0; s < numbers.length; s++) {
      const k = at + (word[s] as number);
      words[k] = (words[k] as number) | ((numbers[s] as number) << (shift[s] as number));
    }
  }
}
