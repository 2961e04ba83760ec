import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleFinding } from '../../../checker/causes/known-verdicts.ts';
import { findCauses, type SetFindings } from '../../../checker/causes/minimal-causes.ts';
import { hittingSetsOf, isWithin, maximalOf, minimalOf } from '../../../checker/causes/option-sets.ts';
import { runs } from '../../depth.ts';

const bits = 6;
const universe = 2 ** bits - 1;
const every = Array.from({ length: universe + 1 }, (_, set) => set);
const sets = fc.uniqueArray(fc.integer({ min: 0, max: universe }), { maxLength: 5 });

/** Of one rule the sets that break it: those that contain one of its minimal causes. */
const rules = fc.dictionary(fc.constantFrom('a', 'b', 'c'), sets, { minKeys: 1 });

/** A search; a loose one names the whole set where a part would do. */
function searchOf(
  causes: Readonly<Record<string, readonly number[]>>,
  isLoose: boolean,
): { search: (set: number) => SetFindings<number>; searched: number[] } {
  const searched: number[] = [];
  const search = (set: number): SetFindings<number> => {
    searched.push(set);
    const found = Object.entries(causes).map(([rule, minimal]): [string, RuleFinding<number>] => {
      const cause = minimal.find((each) => isWithin(each, set));
      if (cause !== undefined)
        return [rule, { verdict: 'violated', used: isLoose ? set : cause, evidence: cause }];
      return [rule, { verdict: 'holds' }];
    });
    return { rules: new Map(found), end: 'whole' };
  };
  return { search, searched };
}

const truth = (minimal: readonly number[], set: number): string =>
  minimal.some((cause) => isWithin(cause, set)) ? 'violated' : 'holds';

const sorted = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);

describe('findCauses', () => {
  it('finds what trying every set finds, and searches no set twice', () => {
    fc.assert(
      fc.property(rules, fc.boolean(), (causes, isLoose) => {
        const { search, searched } = searchOf(causes, isLoose);
        const found = findCauses({ universe, search });
        expect(new Set(searched).size).toBe(searched.length);
        expect(found.searches).toBe(searched.length);
        for (const [rule, minimal] of Object.entries(causes)) {
          const of = found.rules.get(rule);
          expect(sorted(of?.causes.map(({ set }) => set) ?? [])).toEqual(sorted(minimalOf(minimal)));
          expect(of?.causes.every(({ isMinimal }) => isMinimal)).toBe(true);
          const holding = every.filter((set) => truth(minimal, set) === 'holds');
          expect(sorted(of?.holding ?? [])).toEqual(sorted(maximalOf(holding)));
        }
      }),
      { numRuns: runs(100, 5_000), seed: 21 },
    );
  });

  it('needs far fewer searches than there are sets', () => {
    const { search, searched } = searchOf({ a: [0b000011], b: [0b000100], c: [] }, false);
    findCauses({ universe, search });
    expect(searched.length).toBeLessThan(16);
  });

  it('takes a rule that a small set does not have as not broken there', () => {
    const found = findCauses({
      universe: 0b11,
      search: (set): SetFindings<null> => ({
        rules: new Map(
          isWithin(0b01, set) ? [['r', { verdict: 'violated', used: set, evidence: null }]] : [],
        ),
        end: 'whole',
      }),
    });
    expect(found.rules.get('r')).toEqual({
      causes: [{ set: 0b01, evidence: null, isMinimal: true }],
      holding: [0b10],
    });
  });

  it('stops where it is told to, with what it has', () => {
    const { search, searched } = searchOf({ a: [0b000011, 0b001100] }, true);
    const found = findCauses({ universe, search, isCancelled: () => searched.length >= 3 });
    expect(searched.length).toBe(3);
    expect(found.rules.get('a')?.causes.length).toBe(1);
    expect(found.rules.get('a')?.causes[0]?.isMinimal).toBe(false);
  });
});

describe('hittingSetsOf', () => {
  it('has every minimal set that meets all, and no other', () => {
    fc.assert(
      fc.property(sets, (given) => {
        const hits = every.filter((set) => given.every((each) => (each & set) !== 0));
        expect(sorted(hittingSetsOf(given))).toEqual(sorted(minimalOf(hits)));
      }),
      { numRuns: runs(100, 5_000), seed: 21 },
    );
  });
});
