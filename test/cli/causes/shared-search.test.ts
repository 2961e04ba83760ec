import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explore, replay } from '../../../checker/index.ts';
import { violationsOf } from '../../../checker/replay.ts';
import { searchShared } from '../../../cli/causes/shared-search.ts';
import { modelOf, noOptions, type Options, revisions } from '../../../spec/index.ts';
import { isDeep } from '../../depth.ts';
import { setsWithin } from './brute-force.ts';

const everyOption = Object.fromEntries(
  Object.keys(noOptions).map((name) => [name, true]),
) as unknown as Options;
const cases = isDeep ? revisions : revisions.filter(({ slug }) => ['early-exits', 'main'].includes(slug));
const sampled = isDeep ? 10 : 5;
const statesMax = isDeep ? 5_000 : 2_000;
const never = (): boolean => false;

describe('searchShared', () => {
  it.each(cases.map((revision) => [revision.slug, revision] as const))(
    'finds of %s what explore finds of each set, whatever was searched before',
    (_, revision) => {
      const sets = fc.sample(fc.constantFrom(...setsWithin({ ...everyOption, containers: 1, execs: 1 })), {
        numRuns: sampled,
        seed: 7,
      });
      let breaches = 0;
      for (const bound of sets) {
        const found = searchShared(revision, bound, { statesMax }, never);
        const model = modelOf(revision, bound);
        const { report } = explore(model, { limits: { statesMax } });
        expect([found.states, found.stoppedBy]).toEqual([report.states, report.stoppedBy]);
        for (const { property, verdict, depth } of report.results) {
          if (property.kind === 'sometimes') continue;
          const trace = found.breaches.get(property.name)?.trace;
          // Of its last level, a search that is cut off may look at some states more or less.
          if (report.stoppedBy === null)
            expect([property.name, trace !== undefined]).toEqual([property.name, verdict === 'violated']);
          if (!trace) continue;
          breaches++;
          if (verdict === 'violated') expect([property.name, trace.length]).toEqual([property.name, depth]);
          const broken = violationsOf(model, replay(model, trace));
          expect(broken.find((each) => each.property.name === property.name)?.step).toBe(trace.length);
        }
      }
      if (revision.slug !== 'proposed') expect(breaches).toBeGreaterThan(sampled / 5);
    },
  );

  it('says the same of a set after others and before them', () => {
    const [revision] = cases;
    if (!revision) throw new Error('there is no revision');
    const sets = [['delete'], ['delete', 'kill', 'again'], ['shutdown'], ['delete']].map((names) => ({
      ...{ ...noOptions, containers: 1, execs: 1 },
      ...Object.fromEntries(names.map((name) => [name, true])),
    }));
    const [first, , , again] = sets.map((bound) => searchShared(revision, bound, { statesMax }, never));
    expect(again).toEqual(first);
  });
});
