import { describe, expect, it } from 'vitest';
import { Diagrams, none } from '../../../checker/symbolic/diagrams.ts';
import { Layers } from '../../../checker/symbolic/layers.ts';
import { sift } from '../../../checker/symbolic/sifting.ts';
import { fc, test } from '../../random.ts';

const depth = 5;
const tuples = fc.array(fc.array(fc.nat(2), { minLength: depth, maxLength: depth }), {
  minLength: 1,
  maxLength: 40,
});

/** The set of tuples whose places are put into an order. */
function layersOf(all: readonly (readonly number[])[], order: readonly number[]): Layers {
  const sets = new Diagrams(() => undefined);
  const set = all.reduce(
    (some, tuple) => sets.union(some, sets.single(order.map((place) => tuple[place] as number))),
    none,
  );
  return new Layers(sets, set, order.length);
}

const inOrder = (length: number): number[] => Array.from({ length }, (_, place) => place);

describe('Layers', () => {
  test.prop([tuples, fc.array(fc.nat(depth - 2), { maxLength: 20 })])(
    'are those of the exchanged tuples after each exchange',
    (all, exchanges) => {
      const layers = layersOf(all, inOrder(depth));
      const order = inOrder(depth);
      for (const level of exchanges) {
        const before = layers.size;
        const added = layers.exchange(level);
        [order[level], order[level + 1]] = [order[level + 1] as number, order[level] as number];
        const made = layersOf(all, order);
        expect(layers.size).toBe(before + added);
        for (const at of order) expect(layers.sizeAt(at)).toBe(made.sizeAt(at));
      }
    },
  );
});

describe('sift', () => {
  test.prop([tuples])('finds an order that is no worse, and says which', (all) => {
    const before = layersOf(all, inOrder(depth)).size;
    const layers = layersOf(all, inOrder(depth));
    const order = sift(layers, [inOrder(depth)]);
    expect(order.toSorted((a, b) => a - b)).toEqual(inOrder(depth));
    expect(layers.size).toBe(layersOf(all, order).size);
    expect(layers.size).toBeLessThanOrEqual(before);
  });

  it('puts what an action touches side by side and down, where the size of the set leaves the choice', () => {
    const bits = [0, 1];
    const all = bits.flatMap((a) => bits.flatMap((b) => bits.flatMap((c) => bits.map((d) => [a, b, c, d]))));
    const order = sift(layersOf(all, inOrder(4)), [[0, 2]]);
    expect(order.slice(2).toSorted()).toEqual([0, 2]);
  });

  it('puts levels that depend on each other side by side', () => {
    const pairs = 6;
    const all = Array.from({ length: 2 ** pairs }, (_, bits) => {
      const half = inOrder(pairs).map((i) => (bits >> i) & 1);
      return [...half, ...half];
    });
    const layers = layersOf(all, inOrder(2 * pairs));
    expect(layers.size).toBeGreaterThan(2 ** pairs);
    const order = sift(layers, [inOrder(2 * pairs)]);
    expect(layers.size).toBe(4 * pairs);
    for (const place of inOrder(pairs)) {
      const partner = order.indexOf(place + pairs);
      expect(Math.abs(order.indexOf(place) - partner)).toBe(1);
    }
  });
});
