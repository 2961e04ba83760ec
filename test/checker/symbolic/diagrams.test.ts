import { describe, expect, it } from 'vitest';
import { allocateUpTo, ownWords } from '../../../checker/store/words.ts';
import { Diagrams, none } from '../../../checker/symbolic/diagrams.ts';
import { fc, test } from '../../random.ts';

const tuples = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), { maxLength: 30 });

function setOf(sets: Diagrams, all: readonly (readonly number[])[]): number {
  return all.reduce((set, tuple) => sets.union(set, sets.single(tuple)), none);
}

const keysOf = (all: readonly (readonly number[])[]): string[] =>
  [...new Set(all.map((tuple) => tuple.join()))].sort();

describe('Diagrams', () => {
  test.prop([tuples, tuples])('are the sets that their tuples make', (a, b) => {
    const sets = new Diagrams(() => undefined);
    const [x, y] = [setOf(sets, a), setOf(sets, b)];
    const read = (set: number): string[] => Array.from(sets.tuples(set, 3), (tuple) => tuple.join()).sort();
    const inB = new Set(keysOf(b));
    expect(read(x)).toEqual(keysOf(a));
    expect(read(sets.union(x, y))).toEqual(keysOf([...a, ...b]));
    expect(read(sets.minus(x, y))).toEqual(keysOf(a).filter((key) => !inB.has(key)));
    expect(read(sets.intersection(x, y))).toEqual(keysOf(a).filter((key) => inB.has(key)));
    expect(sets.size(x)).toBe(keysOf(a).length);
    expect(setOf(sets, a.toReversed())).toBe(x);
  });

  it('have the same numbers, and remember what they came to, while they grow', () => {
    const sets = new Diagrams(() => undefined);
    const of = (i: number): number => sets.single([i, i ^ 5]);
    const made: number[] = [];
    for (const size of [300_000, 700_000]) {
      while (made.length < size) {
        made.push(of(made.length));
        sets.remember(9, made.length, 7, made.length % 11);
      }
      for (let i = 0; i < size; i++) if (of(i) !== made[i]) expect(of(i)).toBe(made[i]);
      let remembered = 0;
      for (let i = 1; i <= size; i++) {
        const result = sets.recall(9, i, 7);
        if (result >= 0) remembered++;
        if (result >= 0 && result !== i % 11) expect(result).toBe(i % 11);
      }
      expect(remembered / size).toBeGreaterThan(0.9);
    }
    sets.clear();
    expect(sets.count).toBe(2);
    expect(sets.recall(9, 1, 7)).toBe(-1);
    expect([...sets.tuples(of(3), 2)].map((tuple) => [...tuple])).toEqual([[3, 6]]);
  });
});

describe('ample', () => {
  it('makes a large array as large as it may become, or as it has to be where the system promises no more', () => {
    const large = 1 << 21;
    expect(allocateUpTo(100, ownWords, large)).toHaveLength(100);
    expect(allocateUpTo(large, ownWords, 2 * large)).toHaveLength(2 * large);
    const poor = (length: number): Int32Array => {
      if (length > large) throw new RangeError('Array buffer allocation failed');
      return ownWords(length);
    };
    expect(allocateUpTo(large, poor, 2 ** 31)).toHaveLength(large);
    const broken = (): Int32Array => {
      throw new TypeError('another error');
    };
    expect(() => allocateUpTo(large, broken, 2 ** 31)).toThrow('another error');
  });
});
