import type { Slot } from './slots.ts';

/** Bits that number the values `0 … size-1`; a slot that never changes takes none. */
export function bitsFor(size: number): number {
  return size <= 1 ? 0 : 32 - Math.clz32(size - 1);
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
export class Layout {
  /** Words of a packed state; at least 1. */
  readonly width: number;
  readonly word: Int32Array;
  readonly shift: Int32Array;
  /** `2^bits - 1`, so also the largest value number that fits. */
  readonly mask: Int32Array;

  constructor(slots: readonly Slot[]) {
    this.word = new Int32Array(slots.length);
    this.shift = new Int32Array(slots.length);
    this.mask = new Int32Array(slots.length);
    const used: number[] = [0];
    for (const [index, slot] of slots.entries()) {
      const bits = bitsFor(slot.size);
      let word = used.findIndex((taken) => taken + bits <= 32);
      if (word < 0) word = used.push(0) - 1;
      this.word[index] = word;
      this.shift[index] = used[word] ?? 0;
      this.mask[index] = 2 ** bits - 1;
      used[word] = (used[word] ?? 0) + bits;
    }
    this.width = used.length;
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

  /** Writes every slot of a state to `words` from `from` on. */
  pack(numbers: Int32Array, words: Int32Array, from: number): void {
    const { word, shift } = this;
    words.fill(0, from, from + this.width);
    for (let s = 0; s < numbers.length; s++) {
      const at = from + (word[s] as number);
      words[at] = (words[at] as number) | ((numbers[s] as number) << (shift[s] as number));
    }
  }
}
