import type { Slot } from './slots.ts';

/** How many bits number `size` values; a slot that never changes takes none. */
export function bitsFor(size: number): number {
  return size <= 1 ? 0 : 32 - Math.clz32(size - 1);
}

/** For each slot its word, how far it is shifted in the word, and its mask. */
export interface SlotPositions {
  readonly word: Int32Array;
  readonly shift: Int32Array;
  /** `2^bits - 1`, which is also the largest value number that fits. */
  readonly mask: Int32Array;
}

/** A layout in a snapshot. */
export interface SavedLayout {
  readonly word: ArrayLike<number>;
  readonly shift: ArrayLike<number>;
  readonly mask: ArrayLike<number>;
  /** For each word the bits that belong to slots. */
  readonly taken: readonly number[];
}

/**
 * Where the value number of each slot is in a packed state: `width` words of 32 bits, and no slot across two words.
 *
 * ```text
 *  word 0                            word 1
 * ┌───────────┬──────┬────┬───────┐ ┌─────────────── …
 * │ slot 3    │slot 2│ 1  │ slot 0│ │ slot 4
 * └───────────┴──────┴────┴───────┘ └─────────────── …
 *  31       shift[3]             0
 * ```
 */
export class Layout implements SlotPositions, SavedLayout {
  readonly word: Int32Array;
  readonly shift: Int32Array;
  readonly mask: Int32Array;
  /** For each word the bits that belong to slots. */
  readonly #taken: number[];
  /** For each word the bits that slots may grow into. Other slots get them last. */
  readonly #reserved: number[] = [];

  constructor(slots: readonly Slot[], before?: SavedLayout) {
    this.word = before ? Int32Array.from(before.word) : new Int32Array(slots.length);
    this.shift = before ? Int32Array.from(before.shift) : new Int32Array(slots.length);
    this.mask = before ? Int32Array.from(before.mask) : new Int32Array(slots.length);
    this.#taken = before ? [...before.taken] : [0];
    for (const [index, { mayGrow }] of slots.entries()) if (mayGrow) this.#reserveBitAbove(index);
    for (const [index, { size, mayGrow }] of slots.entries()) {
      if (this.holds(index, size - 1)) continue;
      this.#assignBits(index, bitsFor(size), mayGrow);
      if (mayGrow) this.#reserveBitAbove(index);
    }
  }

  get taken(): readonly number[] {
    return this.#taken;
  }

  /** Words of a packed state; at least 1. */
  get width(): number {
    return this.#taken.length;
  }

  /** Reserves the bit above a slot for that slot. */
  #reserveBitAbove(slot: number): void {
    const word = this.word[slot] as number;
    const mask = this.mask[slot] as number;
    if (mask !== 0)
      this.#reserved[word] = (this.#reserved[word] ?? 0) | ((mask + 1) << (this.shift[slot] as number));
  }

  /** Gives a slot its first bits; or, when it has outgrown them, more bits in the same place or another place. */
  #assignBits(slot: number, bits: number, mayGrow: boolean): void {
    const own = this.word[slot] as number;
    const from = this.shift[slot] as number;
    this.#taken[own] = (this.#taken[own] ?? 0) & ~((this.mask[slot] as number) << from);
    const mask = 2 ** bits - 1;
    if (this.mask[slot] !== 0 && from + bits <= 32 && ((this.#taken[own] as number) & (mask << from)) === 0) {
      this.#taken[own] = (this.#taken[own] as number) | (mask << from);
      this.mask[slot] = mask;
      return;
    }
    // A stored state has two words at least, so the second is free of charge. With more words, reserved bits cost memory.
    const words = Math.max(2, this.width);
    const keepsReserved = words === 2;
    const isPlaced =
      (mayGrow && this.#claimBits(slot, mask, { free: 2 * mask + 1, keepsReserved, words })) ||
      this.#claimBits(slot, mask, { free: mask, keepsReserved, words }) ||
      this.#claimBits(slot, mask, { free: mask, keepsReserved: false, words });
    if (!isPlaced) this.#claimBits(slot, mask, { free: mask, keepsReserved: false, words: words + 1 });
  }

  /**
   * Gives a slot the bits of `mask` where all bits of `free` are free, in one of the first `words` words.
   *
   * @param keepsReserved whether bits that are reserved for other slots count as taken
   * @returns whether there is such a place
   */
  #claimBits(
    slot: number,
    mask: number,
    { free, keepsReserved, words }: { free: number; keepsReserved: boolean; words: number },
  ): boolean {
    const bits = bitsFor(free + 1);
    for (let word = 0; word < words; word++) {
      const taken = this.#taken[word] ?? 0;
      const unavailable = keepsReserved ? taken | (this.#reserved[word] ?? 0) : taken;
      for (let shift = 0; shift + bits <= 32; shift++) {
        if ((unavailable & (free << shift)) !== 0) continue;
        this.#taken[word] = taken | (mask << shift);
        this.word[slot] = word;
        this.shift[slot] = shift;
        this.mask[slot] = mask;
        return true;
      }
    }
    return false;
  }

  /** The slots whose bits have moved since `before`. A slot that had no bits has not moved: its value is 0 in all states. */
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

  /** Reads the value number of every slot of the state that begins at `from` in `words`. */
  unpack(words: Int32Array, from: number, into: Int32Array): void {
    const { word, shift, mask } = this;
    for (let s = 0; s < into.length; s++) {
      into[s] =
        ((words[from + (word[s] as number)] as number) >>> (shift[s] as number)) & (mask[s] as number);
    }
  }

  /** Writes the state with these value numbers into `words`, from `at` on. */
  pack(numbers: ArrayLike<number>, words: Int32Array, at: number): void {
    const { word, shift, width } = this;
    for (let k = at; k < at + width; k++) words[k] = 0;
    for (let s = 0; s < numbers.length; s++) {
      const k = at + (word[s] as number);
      words[k] = (words[k] as number) | ((numbers[s] as number) << (shift[s] as number));
    }
  }
}
