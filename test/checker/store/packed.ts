import { expect } from 'vitest';
import { bitsFor, type Layout } from '../../../checker/store/layout.ts';
import { Slot } from '../../../checker/store/slots.ts';

/** Slots that have had `sizes[i]` values each. */
export function slotsWith(sizes: readonly number[]): Slot[] {
  return sizes.map((size, index) => {
    const slot = new Slot([`s${index}`]);
    for (let value = 0; value < size; value++) slot.numberOf(value);
    return slot;
  });
}

/** Writes every slot of a state to `words` from `from` on: the reverse of `unpack`. */
export function pack(layout: Layout, numbers: Int32Array, words: Int32Array, from: number): void {
  words.fill(0, from, from + layout.width);
  for (const [slot, number] of numbers.entries()) {
    const at = from + (layout.word[slot] ?? 0);
    words[at] = (words[at] ?? 0) | (number << (layout.shift[slot] ?? 0));
  }
}

/** Asserts that no slot stands across two words, and no two on one bit. */
export function expectOwnBits(layout: Layout, slots: readonly Slot[]): void {
  const taken = Array.from({ length: layout.width }, () => 0n);
  for (const [index, { size }] of slots.entries()) {
    const word = layout.word[index] ?? -1;
    const end = (layout.shift[index] ?? 0) + bitsFor(size);
    const own = ((1n << BigInt(bitsFor(size))) - 1n) << BigInt(layout.shift[index] ?? 0);
    expect(end).toBeLessThanOrEqual(32);
    expect((taken[word] ?? -1n) & own).toBe(0n);
    taken[word] = (taken[word] ?? 0n) | own;
  }
}
