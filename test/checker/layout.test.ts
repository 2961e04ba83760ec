import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { bitsFor, Layout } from '../../checker/fast/layout.ts';
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
    expect(new Layout(slotsWith(Array<number>(4).fill(256))).width).toBe(1);
    const full = new Layout(slotsWith([...Array<number>(4).fill(256), 1, 2]));
    expect(full.width).toBe(2);
    const words = new Int32Array(2);
    pack(full, Int32Array.of(255, 255, 255, 255, 0, 1), words, 0);
    expect([...words]).toEqual([-1, 1]);
    expect(unpacked(full, words, 0)).toEqual([255, 255, 255, 255, 0, 1]);
  });
});
