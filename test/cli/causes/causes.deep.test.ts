import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bound, noOptions, type Options, revisions } from '../../../spec/index.ts';
import { causesOf, differences, searched, setsWithin } from './brute-force.ts';

const everyOption = Object.fromEntries(
  Object.keys(noOptions).map((name) => [name, true]),
) as unknown as Options;

/** With these a search at 1 × 0 takes minutes; the sample has them. */
const large = { again: false, earlyCalls: false, kill: false };
/** It adds nothing where there is no exec. */
const idle = { execOnCreated: false };
const statesMax = 5_000;
const sampled = 24;

/** The seed, upstream today, and ours: a revision takes a minute or more. */
const chosen = revisions.filter(({ slug }) => ['early-exits', 'main', 'proposed'].includes(slug));

describe.each(chosen.map((revision) => [revision.slug, revision] as const))('causes of %s', (_, revision) => {
  it('are what a search of each set says, at 1 × 0', async () => {
    const all: Bound = { ...everyOption, ...large, ...idle, containers: 1, execs: 0 };
    const report = await causesOf(revision, { bound: all, limits: {} });
    const wrong = setsWithin(all).flatMap((bound) => differences(report, bound, searched(revision, bound)));
    expect(wrong).toEqual([]);
  });

  it('contradict no search of a set, at 1 × 1 with every option', async () => {
    const all: Bound = { ...everyOption, containers: 1, execs: 1 };
    const report = await causesOf(revision, { bound: all, limits: { statesMax } });
    const sets = fc.sample(fc.constantFrom(...setsWithin(all)), { numRuns: sampled, seed: 21 });
    const wrong = sets.flatMap((bound) =>
      differences(report, bound, searched(revision, bound, 10 * statesMax)),
    );
    expect(wrong).toEqual([]);
  });
});
