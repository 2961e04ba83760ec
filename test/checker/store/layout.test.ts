import { describe, expect, it } from 'vitest';
import { bitsFor, Layout } from '../../../checker/store/layout.ts';
import { slotsOf } from '../../../checker/store/slots.ts';
import { fc, test } from '../../random.ts';
import { expectOwnBits, pack, slotsWith } from './packed.ts';

/** Slot sizes, and a few states' value numbers that fit them. */
const sizesAndStates: fc.Arbitrary<{ sizes: number[]; states: number[][] }> = fc
  .array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40, size: 'max' })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      states: fc.array(fc.tuple(...sizes.map((size) => fc.nat(size - 1))), { minLength: 1, maxLength: 5 }),
    }),
  );

function unpacked(layout: Layout, words: Int32Array, from: number): number[] {
  const into = new Int32Array(layout.word.length);
  layout.unpack(words, from, into);
  return [...into];
}

describe('bitsFor', () => {
  it('numbers that many values and no more', () => {
    expect([0, 1, 2, 3, 4, 5, 8, 9, 256, 257, 2 ** 31].map(bitsFor)).toEqual([
      0, 0, 1, 2, 2, 3, 3, 4, 8, 9, 31,
    ]);
  });
});

describe('Layout', () => {
  test.prop([sizesAndStates])('gives back what it packed, wherever that stands', ({ sizes, states }) => {
    const layout = new Layout(slotsWith(sizes));
    const words = new Int32Array(layout.width * states.length).fill(-1);
    for (const [i, state] of states.entries()) pack(layout, Int32Array.from(state), words, i * layout.width);
    for (const [i, state] of states.entries())
      expect(unpacked(layout, words, i * layout.width)).toEqual(state);
  });

  test.prop([sizesAndStates])('puts no slot across two words, and no two on one bit', ({ sizes }) => {
    const slots = slotsWith(sizes);
    expectOwnBits(new Layout(slots), slots);
  });

  test.prop([sizesAndStates])('holds every value that has been seen', ({ sizes }) => {
    const layout = new Layout(slotsWith(sizes));
    for (const [slot, size] of sizes.entries()) {
      expect(layout.holds(slot, size - 1)).toBe(true);
      expect(layout.holds(slot, 2 ** bitsFor(size))).toBe(false);
    }
  });

  it('fills a word to its last bit, and needs no bit for what never changes', () => {
    expect(new Layout([]).width).toBe(1);
    expect(new Layout(slotsWith([1, 1, 1])).width).toBe(1);
    const full = new Layout(slotsWith([...Array<number>(4).fill(2 ** 16), 1, 2]));
    expect(full.width).toBe(3);
    const words = new Int32Array(3);
    const values = [...Array<number>(4).fill(2 ** 16 - 1), 0, 1];
    pack(full, Int32Array.from(values), words, 0);
    expect([...words]).toEqual([-1, -1, 1]);
    expect(unpacked(full, words, 0)).toEqual(values);
  });

  it('leaves a slot the bit that it may grow into, and goes to the second word before it takes that', () => {
    const slots = slotsWith(Array<number>(16).fill(2));
    const before = new Layout(slots);
    expect(before.width).toBe(1);
    const more = slotsWith([...Array<number>(16).fill(2), 2]);
    const wider = new Layout(more);
    expect(wider.width).toBe(2);
    for (const slot of slots) slot.numberOf('a third');
    const after = new Layout(slots, before);
    expect(after.movedSince(before)).toEqual([]);
    expect(after.width).toBe(1);
  });

  it('leaves nothing to a slot that has been true and false', () => {
    const slots = slotsOf(Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`flag ${i}`, false])));
    for (const slot of slots) slot.numberOf(true);
    expect(new Layout(slots).width).toBe(1);
  });
});
