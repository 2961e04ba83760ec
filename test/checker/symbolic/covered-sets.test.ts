import { expect, it } from 'vitest';
import { CoveredSets } from '../../../checker/symbolic/covered-sets.ts';
import { Diagrams } from '../../../checker/symbolic/diagrams.ts';
import { anArray, anything } from '../../../checker/symbolic/value-codes.ts';

/** At each level 0 and 2 are arrays, with the codes -3 and -7 of their first elements; 1 is none. */
const headOf = (_: number, value: number): number => [-3, anything, -7][value] ?? anything;

/** Whether of `value` the code `key` is seen. */
const isSeen = (value: number, key: number): boolean =>
  key === value || (key < 0 && (key === anArray ? value !== 1 : headOf(0, value) === key));

const tuples = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2].map((c) => [a, b, c])));

it('covered sets are united and intersected tuple by tuple, whatever of a value a case has seen', () => {
  const covers = new CoveredSets(headOf);
  const sets = new Diagrams(() => undefined);
  const everything = tuples.reduce((all, tuple) => sets.union(all, sets.single(tuple)), 0);
  const seen = [0, 1, 2].flatMap((level) => [0, 1, 2, -3, -7, anArray].map((key) => ({ level, key })));
  const cubes = [0, 1, ...seen.map(({ level, key }) => covers.cube(new Map([[level, key]])))];
  const unions = cubes.flatMap((a) => cubes.map((b) => covers.union(a, b)));
  const isIn = (cover: number): boolean[] => tuples.map((tuple) => covers.has(cover, tuple));
  for (const [i, { level, key }] of seen.entries())
    expect(isIn(cubes[i + 2] as number)).toEqual(tuples.map((tuple) => isSeen(tuple[level] as number, key)));
  const all = [...new Set([...cubes, ...unions])];
  for (const a of all)
    for (const b of cubes) {
      const [inA, inB] = [isIn(a), isIn(b)];
      expect(isIn(covers.union(a, b))).toEqual(tuples.map((_, i) => inA[i] || inB[i]));
      const both = covers.intersection(a, b);
      expect(isIn(both)).toEqual(tuples.map((_, i) => inA[i] && inB[i]));
      const outside = new Int32Array(3);
      expect(covers.findOutside(sets, everything, both, 0, outside)).toBe(isIn(both).includes(false));
      if (isIn(both).includes(false)) expect(covers.has(both, outside)).toBe(false);
    }
  expect(all.length).toBeGreaterThan(80);
});
