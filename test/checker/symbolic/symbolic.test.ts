import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../checker/canonical.ts';
import { type Exploration, explore, type Model } from '../../../checker/index.ts';
import { erased, modelOf, revisions } from '../../../spec/index.ts';
import { mainRevision } from '../../../spec/revisions/main.ts';
import { isDeep, runs } from '../../depth.ts';
import { test } from '../../random.ts';
import { bound } from '../../spec/bounds.ts';
import { expectTracesDecide } from '../compare.ts';
import { randomModel } from '../random-model.ts';
import { randomRing } from '../random-ring.ts';
import { toys } from '../toy-manifest.ts';

/** What a search says that does not depend on its order; rules about steps, which only some engines judge, left out. */
function saidBy<S extends object>({ report }: Exploration<S>): object {
  const { states, transitions, quiescent, taken, results, stoppedBy } = report;
  const verdicts = results
    .filter(({ property }) => property.kind !== 'step')
    .map(({ property, verdict, trace }) => [property.name, verdict, trace?.length]);
  return { states, transitions, quiescent, taken, verdicts, stoppedBy };
}

function statesOf<S extends object>(search: Exploration<S>): string[] {
  return [...search.states()].map(canonicalJson).sort();
}

function expectSame<S extends object, A>(model: Model<S, A>): void {
  const symbolic = explore(model, { engine: 'symbolic', shortest: true });
  const fast = explore(model);
  expect(saidBy(symbolic)).toEqual(saidBy(fast));
  expect(statesOf(symbolic)).toEqual(statesOf(fast));
  expectTracesDecide(symbolic);
}

interface Logger {
  at: number;
  log: number[];
  seen: { last: number; count: number };
}

/** Goes round a clock of three hours, and notes each hour in a log. */
function logger(readsLog: boolean): Model<Logger, 'ticks'> {
  return {
    name: 'logger',
    initial: { at: 0, log: [], seen: { last: 0, count: 0 } },
    actions: ['ticks'],
    step: (s) => {
      if (s.log.length >= 4 && readsLog) return false;
      s.at = (s.at + 1) % 3;
      s.seen.last = 1;
      if (readsLog) s.log.push(s.at);
      return true;
    },
    label: (action) => action,
    progress: () => true,
    properties: [],
  };
}

describe('the symbolic engine', () => {
  test.prop([randomModel], { numRuns: runs(30, 400) })('finds the states of every random model', expectSame);

  test.prop([randomRing], { numRuns: runs(5, 60) })(
    'finds the states of random rings, which are symmetric',
    expectSame,
  );

  test.prop([randomModel], { numRuns: runs(30, 400) })(
    'judges the same without variables that are never read',
    (model) => {
      const search = explore(model, { engine: 'symbolic', reduction: 'unread', shortest: true });
      const fast = explore(model);
      expect(search.report.states).toBeLessThanOrEqual(fast.report.states);
      const verdicts = (results: typeof fast.report.results): unknown[] =>
        results.flatMap(({ property: { kind, name }, verdict, trace }) =>
          kind === 'step' ? [] : [[name, verdict, trace?.length]],
        );
      expect(verdicts(search.report.results)).toEqual(verdicts(fast.report.results));
      expectTracesDecide(search);
      expectTracesDecide(explore(model, { engine: 'symbolic', reduction: 'unread' }));
    },
  );

  it.each(toys.map((toy) => [toy.name, toy] as const))('finds the states of %s', (_, toy) => {
    const { states, transitions, quiescent, verdicts } = toy;
    const { report } = toy.explore('symbolic');
    expect(report).toMatchObject({ engine: 'symbolic', states, transitions, quiescent, stoppedBy: null });
    for (const { property, verdict } of report.results)
      expect(verdict).toBe(property.kind === 'step' ? 'unknown' : verdicts[property.name]?.[0]);
  });

  it.each(revisions.map((revision) => [revision.slug, revision] as const))(
    'finds the states of %s, 1 container × 1 exec, one option at a time',
    (_, revision) => {
      const options = ['sharedPidNamespace', 'delete', 'runcFails', 'wait', 'pidReuse'] as const;
      for (const option of isDeep ? options : options.slice(0, 1))
        expectSame(modelOf(revision, bound(1, 1, option)));
    },
  );

  it('leaves out variables that are never read, however it is written', () => {
    expect(explore(logger(false), { engine: 'symbolic' }).report.states).toBe(4);
    expect(explore(logger(false), { engine: 'symbolic', reduction: 'unread' }).report.states).toBe(3);
    expect(explore(logger(true), { engine: 'symbolic', reduction: 'unread' }).report.states).toBe(5);
  });

  it('does not judge rules about steps', () => {
    const property = {
      name: 'time goes on',
      kind: 'step',
      class: 'safety',
      sentence: '',
      source: '',
    } as const;
    const { report } = explore(
      {
        ...logger(false),
        properties: [{ ...property, subjects: ['clock'], check: () => true }],
      },
      { engine: 'symbolic' },
    );
    expect(report.results[0]?.verdict).toBe('unknown');
  });

  it('says that it knows nothing where time or memory run out', () => {
    const model = modelOf(erased(mainRevision), bound(2, 2, 'delete'));
    for (const [limits, stoppedBy] of [
      [{ timeoutMs: 1 }, 'time'],
      [{ memoryMaxBytes: 1 }, 'memory'],
    ] as const) {
      const search = explore(model, { engine: 'symbolic', limits });
      expect(search.report.stoppedBy).toBe(stoppedBy);
      expect(new Set(search.report.results.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
      expect([...search.states()]).toEqual([]);
    }
  });

  it('throws for a recipe that tells what it is given from a list', () => {
    const step: Model<Logger, 'ticks'>['step'] = (s) => {
      if (s.at === 1) return false;
      s.at = s.log.push(1) === 1 ? 1 : 2;
      return true;
    };
    expect(() => explore({ ...logger(false), step }, { engine: 'symbolic' })).toThrow(
      'than with a view of it',
    );
  });

  it('throws for a recipe that breaks its rules', () => {
    const broken =
      (step: Model<Logger, 'ticks'>['step']): (() => unknown) =>
      () =>
        explore({ ...logger(false), step }, { engine: 'symbolic' });
    expect(
      broken(() => {
        throw new Error('no');
      }),
    ).toThrow('a step or property failed (no)');
    expect(
      broken((s) => {
        s.at = 7;
        return false;
      }),
    ).toThrow('is not enabled and yet writes');
    expect(
      broken((s) => {
        s.log.push(undefined as never);
        return true;
      }),
    ).toThrow('got undefined');
  });
});
