import { afterAll, describe, expect, it } from 'vitest';
import type { Exploration, Model, SearchOptions } from '../../../checker/index.ts';
// A thread is a file of JavaScript, so these are the built ones.
import { explore } from '../../../dist/checker/index.js';
import { startCrew } from '../../../dist/checker/threads/index.js';
import { twoPhaseCommit } from '../../../examples/two-phase-commit.ts';
import { modelOf, noOptions, revisions } from '../../../spec/index.ts';
import { isDeep, runs } from '../../depth.ts';
import { counters } from '../../models/counters.ts';
import { fc, test } from '../../random.ts';
import { findingsOf, naiveFindings } from '../compare.ts';
import { randomModel } from '../random-model.ts';

/** Crews that take part in nearly every block, however small. */
const crew = startCrew(2, 3);
const crews = [crew, startCrew(3, 4)];
afterAll(() => {
  for (const each of crews) each.dismiss();
});

/** A search but for what time and chance decide: how long it took, and how many bytes. */
function outcomeOf<S extends object>({ report, states }: Exploration<S>): object {
  const { elapsedMs: _elapsedMs, bytes: _bytes, results, ...rest } = report;
  const told = results.map(({ property, ...result }) => ({ ...result, name: property.name }));
  return { ...rest, results: told, states: [...states()] };
}

function expectSame<S extends object, A>(model: Model<S, A>, options: SearchOptions = {}): object {
  const alone = outcomeOf(explore(model, options));
  for (const each of crews) expect(outcomeOf(explore(model, { ...options, crew: each }))).toEqual(alone);
  return alone;
}

describe('the fast engine with several threads', () => {
  test.prop([randomModel], { numRuns: runs(15, 200) })('sees what the plainest search sees', (model) => {
    const expected = naiveFindings(model);
    for (const each of crews) expect(findingsOf(explore(model, { crew: each }))).toEqual(expected);
  });

  test.prop([randomModel], { numRuns: runs(15, 200) })(
    'has the same states in the same order, counts, verdicts and traces as one thread',
    (model) => void expectSame(model),
  );

  // At most as many states as one block of these crews has: what has been expanded beside the last state depends on it.
  test.prop([randomModel, fc.nat(6), fc.integer({ min: 1, max: 90 })], { numRuns: runs(8, 100) })(
    'stops where one thread stops',
    (model, depthMax, statesMax) => {
      expectSame(model, { limits: { depthMax } });
      expectSame(model, { limits: { statesMax } });
      expectSame(model, { limits: { stopAtViolation: true } });
    },
  );

  for (const { slug } of revisions) {
    it(`${slug}: the same outcome to the last trace`, () => {
      const revision = revisions.find((each) => each.slug === slug);
      if (!revision) throw new Error(slug);
      const bound = { ...noOptions, containers: 1, execs: 1, delete: isDeep, kill: isDeep };
      expectSame(modelOf(revision, bound) as Model<object, unknown>);
    });
  }

  it('grows its tables, folds wide states and fills its blocks as one thread does', () => {
    expectSame(twoPhaseCommit(6));
    const { report } = explore(counters(6, 7), { crew });
    expect(report).toMatchObject({ states: 8 ** 6, transitions: 6 * 7 * 8 ** 5, depth: 42, stoppedBy: null });
  });

  it('goes on from a snapshot of one thread, and the reverse', () => {
    const model = twoPhaseCommit(5);
    const whole = outcomeOf(explore(model));
    for (const [first, second] of [
      [{ crew }, {}],
      [{}, { crew }],
    ]) {
      let resume: SearchOptions['resume'];
      explore(model, {
        ...first,
        limits: { depthMax: 7 },
        onLevel: (snapshot) => {
          const saved = snapshot();
          if (saved.depth === 6) resume = structuredClone({ ...saved, depthWasReached: false });
        },
      });
      if (!resume) throw new Error('no snapshot');
      expect(outcomeOf(explore(model, { ...second, resume }))).toEqual(whole);
    }
  });

  it('throws what a model throws, and goes on with the next', () => {
    const broken: Model<{ n: number }, number> = {
      ...counters(1, 1),
      initial: { n: 0 },
      actions: [1],
      properties: [],
      label: String,
      progress: () => true,
      step: (s) => {
        if (s.n > 600) throw new Error('no more');
        s.n++;
        return true;
      },
    };
    expect(() => explore(broken, { crew })).toThrow(/no more/);
    expect(explore(twoPhaseCommit(3), { crew }).report.states).toBe(288);
  });
});
