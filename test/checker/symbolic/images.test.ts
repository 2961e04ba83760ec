import { describe, expect, it } from 'vitest';
import { Diagrams } from '../../../checker/symbolic/diagrams.ts';
import { Images } from '../../../checker/symbolic/images.ts';
import type { LevelOrder } from '../../../checker/symbolic/level-order.ts';
import { Relations } from '../../../checker/symbolic/relations.ts';

/** Levels whose values are their codes. */
const order = {
  matches: (_: number, value: number, seen: number) => seen < 0 || seen === value,
  valueAfter: (_: number, value: number, write: number) => (write < 0 ? value : write),
} as unknown as LevelOrder;

describe('leadsInto', () => {
  it('says of each set within three levels what the image says', () => {
    const sets = new Diagrams(() => undefined);
    const relations = new Relations();
    const images = new Images(sets, order, relations);
    const tuples = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => sets.single([n & 1, (n >> 1) & 1, n >> 2]));
    const setOf = (bits: number): number =>
      tuples.reduce((all, tuple, i) => ((bits >> i) & 1 ? sets.union(all, tuple) : all), 0);
    const steps = [
      relations.cube(new Map([[1, 0]]), new Map([[1, 1]])),
      relations.union(
        relations.cube(new Map([[0, 1]]), new Map([[2, 0]])),
        relations.cube(new Map([[2, 1]]), new Map([[0, 0]])),
      ),
    ];
    const outcomes = new Set<boolean>();
    for (const relation of steps)
      for (let bits = 0; bits < 256; bits++)
        for (const into of [bits, bits ^ 37, 255 - bits]) {
          const isInside = sets.minus(images.image(setOf(bits), relation), setOf(into)) === 0;
          expect(images.leadsInto(setOf(bits), relation, setOf(into))).toBe(isInside);
          outcomes.add(isInside);
        }
    expect(outcomes.size).toBe(2);
  });
});
