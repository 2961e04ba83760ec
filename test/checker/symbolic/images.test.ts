import { describe, expect, it } from 'vitest';
import { AnyStep } from '../../../checker/symbolic/any-step.ts';
import { Diagrams } from '../../../checker/symbolic/diagrams.ts';
import { Images } from '../../../checker/symbolic/images.ts';
import type { LevelOrder } from '../../../checker/symbolic/level-order.ts';
import { Relations } from '../../../checker/symbolic/relations.ts';

/** Levels whose values are their codes. */
const order = {
  matches: (_: number, value: number, seen: number) => seen < 0 || seen === value,
  valueAfter: (_: number, value: number, write: number) => (write < 0 ? value : write),
} as unknown as LevelOrder;

/** Every set within three levels beside some others, and relations that begin at each of the levels. */
function fixture() {
  const sets = new Diagrams(() => undefined);
  const relations = new Relations();
  const tuples = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => sets.single([n & 1, (n >> 1) & 1, n >> 2]));
  const setOf = (bits: number): number =>
    tuples.reduce((all, tuple, i) => ((bits >> i) & 1 ? sets.union(all, tuple) : all), 0);
  const pairs = Array.from({ length: 256 }, (_, bits) =>
    [bits, bits ^ 37, 255 - bits].map((other) => [setOf(bits), setOf(other)] as const),
  ).flat();
  const steps: [number, number, number, number] = [
    relations.union(
      relations.cube(new Map([[0, 1]]), new Map([[2, 0]])),
      relations.cube(new Map([[2, 1]]), new Map([[0, 0]])),
    ),
    relations.cube(new Map([[0, 0]]), new Map([[0, 1]])),
    relations.cube(new Map([[1, 0]]), new Map([[1, 1]])),
    relations.cube(new Map([[2, 0]]), new Map([[2, 1]])),
  ];
  return { sets, relations, images: new Images(sets, order, relations), pairs, steps };
}

describe('leadsInto', () => {
  it('says of each set within three levels what the image says', () => {
    const { sets, images, pairs, steps } = fixture();
    const outcomes = new Set<boolean>();
    for (const relation of steps)
      for (const [set, into] of pairs) {
        const isInside = sets.minus(images.image(set, relation), into) === 0;
        expect(images.leadsInto(set, relation, into)).toBe(isInside);
        outcomes.add(isInside);
      }
    expect(outcomes.size).toBe(2);
  });
});

describe('a step of any action', () => {
  // 0 is an action that was never enabled, 1 one that changes nothing.
  it.each([
    ['none', () => []],
    ['one that is never enabled', () => [0]],
    ['one of the last level', ([, , , last]) => [last]],
    ['two of the first and one of the last', ([a, b, , c]) => [a, b, c]],
    ['all, and one that changes nothing', (steps) => [...steps, 1]],
  ] satisfies [string, (steps: [number, number, number, number]) => number[]][])(
    'is one of the steps of: %s',
    (_, chosen) => {
      const { sets, relations, images, pairs, steps } = fixture();
      const effects = chosen(steps);
      const any = new AnyStep(sets, images, relations, effects);
      const united = (stepOf: (effect: number) => number): number =>
        effects.reduce((sum, effect) => sets.union(sum, stepOf(effect)), 0);
      for (const [set, other] of pairs) {
        expect(any.after(set)).toBe(united((effect) => images.image(set, effect)));
        expect(any.before(set, other)).toBe(united((effect) => images.preimage(set, effect, other)));
        expect(any.leadsInto(set, other)).toBe(
          effects.every((effect) => images.leadsInto(set, effect, other)),
        );
      }
    },
  );
});
