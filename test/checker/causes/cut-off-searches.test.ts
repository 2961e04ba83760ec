import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleFinding } from '../../../checker/causes/known-verdicts.ts';
import { type Causes, findCauses, type SetFindings } from '../../../checker/causes/minimal-causes.ts';
import { isWithin, singlesOf, subsetsOf } from '../../../checker/causes/option-sets.ts';
import { runs } from '../../depth.ts';

const bits = 6;
const universe = 2 ** bits - 1;
const every = Array.from({ length: universe + 1 }, (_, set) => set);
const anySet = fc.integer({ min: 0, max: universe });

/** A world with sets that are too large, and counterexamples at several depths. */
interface World {
  /** The smallest sets that are too large to search whole. */
  readonly tooLarge: readonly number[];
  readonly rules: Readonly<Record<string, Rule>>;
}

interface Rule {
  /** Options that change no verdict on it. */
  readonly passive: number;
  /** A search that is cut off finds a cause where the set has at most `reach` options more; never where it is -1. */
  readonly causes: readonly { readonly set: number; readonly reach: number }[];
}

const rule = fc
  .record({
    passive: fc.oneof(fc.constant(0), anySet),
    causes: fc.array(fc.record({ set: anySet, reach: fc.integer({ min: -1, max: bits }) }), { maxLength: 5 }),
  })
  .map(({ passive, causes }) => ({
    passive,
    causes: causes.map(({ set, reach }) => ({ set: set & ~passive, reach })),
  }));

const worlds: fc.Arbitrary<World> = fc.record({
  tooLarge: fc.uniqueArray(anySet, { maxLength: 6 }),
  rules: fc.dictionary(fc.constantFrom('a', 'b', 'c'), rule, { minKeys: 1 }),
});

const sizeOf = (set: number): number => singlesOf(set).length;
const isTooLarge = ({ tooLarge }: World, set: number): boolean =>
  tooLarge.some((each) => isWithin(each, set));

/** What the search of a set says of a rule. */
function findingIn(world: World, { causes }: Rule, set: number): RuleFinding<number> {
  const isCutOff = isTooLarge(world, set);
  const met = causes.find(
    (cause) => isWithin(cause.set, set) && (!isCutOff || sizeOf(set) - sizeOf(cause.set) <= cause.reach),
  );
  if (met) return { verdict: 'violated', used: met.set, evidence: met.set };
  return { verdict: isCutOff ? 'unknown' : 'holds' };
}

function searchIn(world: World, set: number): SetFindings<number> {
  const found = Object.entries(world.rules).map(
    ([name, each]) => [name, findingIn(world, each, set)] as const,
  );
  return { rules: new Map(found), end: isTooLarge(world, set) ? 'limit' : 'whole' };
}

function causesIn(world: World): { found: Causes<number>; searched: number[] } {
  const searched: number[] = [];
  const search = (set: number): SetFindings<number> => {
    searched.push(set);
    return searchIn(world, set);
  };
  const passive = (name: string): number => world.rules[name]?.passive ?? 0;
  return { found: findCauses({ universe, search, passive }), searched };
}

function verdictIn(found: Causes<number>, name: string, set: number): string {
  const { causes, holding } = found.rules.get(name) ?? { causes: [], holding: [] };
  if (causes.some((cause) => isWithin(cause.set, set))) return 'violated';
  return holding.some((each) => isWithin(set, each)) ? 'holds' : 'unknown';
}

const truth = ({ causes }: Rule, set: number): string =>
  causes.some((cause) => isWithin(cause.set, set)) ? 'violated' : 'holds';

describe('findCauses, with searches that are cut off', () => {
  it('judges every set that can be searched, and calls no other one by a wrong verdict', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { found, searched } = causesIn(world);
        expect(new Set(searched).size).toBe(searched.length);
        const wrong = Object.entries(world.rules).flatMap(([name, each]) =>
          every.filter((set) => {
            const verdict = verdictIn(found, name, set);
            const isLeftOpen = verdict === 'unknown' && isTooLarge(world, set);
            return verdict !== truth(each, set) && !isLeftOpen;
          }),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: runs(300, 20_000), seed: 21 },
    );
  });

  it('finds what the search of any set of at most two options finds', () => {
    let cutOff = 0;
    fc.assert(
      fc.property(worlds, (world) => {
        const { found } = causesIn(world);
        for (const [name, each] of Object.entries(world.rules)) {
          const broken = subsetsOf(universe & ~each.passive, 2).filter(
            (set) => findingIn(world, each, set).verdict === 'violated',
          );
          cutOff += broken.filter((set) => isTooLarge(world, set)).length;
          expect(broken.filter((set) => verdictIn(found, name, set) !== 'violated')).toEqual([]);
        }
      }),
      { numRuns: runs(300, 20_000), seed: 21 },
    );
    expect(cutOff).toBeGreaterThan(100);
  });

  it('searches a small set below those that are too large, which have hidden its cause', () => {
    // As `early-exits` in a shared pid namespace: no larger set comes deep enough.
    const world: World = {
      tooLarge: [0b000001],
      rules: { r: { passive: 0, causes: [{ set: 0b000011, reach: 0 }] } },
    };
    const [cause] = causesIn(world).found.rules.get('r')?.causes ?? [];
    expect(cause).toEqual({ set: 0b000011, evidence: 0b000011, isMinimal: false });
  });
});

describe('subsetsOf', () => {
  it('has every subset of at most so many options once, smaller ones first', () => {
    fc.assert(
      fc.property(anySet, fc.integer({ min: 0, max: bits }), (set, sizeMax) => {
        const subsets = subsetsOf(set, sizeMax);
        const wanted = every.filter((each) => isWithin(each, set) && sizeOf(each) <= sizeMax);
        expect(subsets.toSorted((a, b) => a - b)).toEqual(wanted);
        expect(subsets.map(sizeOf)).toEqual(subsets.map(sizeOf).toSorted((a, b) => a - b));
      }),
      { numRuns: runs(100, 5_000), seed: 21 },
    );
  });
});
