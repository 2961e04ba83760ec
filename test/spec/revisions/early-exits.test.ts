import { describe, expect, it } from 'vitest';
import { always, explore, replay, sometimes } from '../../../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  reduce,
  revisions,
  type Service,
  tracedModelOf,
} from '../../../spec/index.ts';
import { bound } from '../bounds.ts';

const revision = revisions.find(({ slug }) => slug === 'early-exits') ?? expect.fail('no such revision');

/** The shortest counterexample. */
function counterexample(b: Bound, name: string): readonly AnyAction[] {
  const model = modelOf(revision, b);
  const result = explore(model).report.results.find(({ property }) => property.name === name);
  expect(result?.verdict).toBe('violated');
  return result?.trace ?? [];
}

describe('early-exits', () => {
  it('violates "no deadlock" (containerd#9103): an early exit in Create', () => {
    const trace = counterexample(bound(1, 0), 'no deadlock');
    expect(trace.map(labelOf)).toEqual([
      'ClientCreates(create c1)',
      'ShimLocksService(create c1)',
      'ShimSubscribes(create c1)',
      'RuncForks(create c1, 100)',
      'RuncReturns(create c1)',
      'ShimPublishesCreate(create c1)',
      'ProcessExits(c1)',
      'KernelReaps(c1)',
      'ShimReceivesExit',
      'ShimHandlesStarted(create c1)',
    ]);
  });

  it('violates "an init\'s exit is the last of its container" (containerd#9719)', () => {
    const trace = counterexample(bound(1, 1), "an init's exit is the last of its container");
    expect(trace).toHaveLength(39);
    const last = replay(tracedModelOf(revision, bound(1, 1)), trace).at(-1)?.after;
    expect(last?.events?.map(({ topic, process }) => `${topic} ${process}`)).toEqual([
      'create c1',
      'start c1',
      'exec-added c1/e1',
      'exit c1',
      'exec-started c1/e1',
    ]);
  });

  it('keeps the order of start and exit where no call is doubled and no pid is used again', () => {
    const b = bound(1, 1, 'delete', 'wait', 'kill', 'sharedPidNamespace', 'runcFails');
    const { report } = explore(modelOf(revision, b));
    const verdict = (name: string): string | undefined =>
      report.results.find(({ property }) => property.name === name)?.verdict;
    expect(report.stoppedBy).toBe(null);
    expect(verdict('start precedes exit')).toBe('holds');
    expect(verdict('at most one exit per process')).toBe('holds');
  });
});

/** Asserts `check` in every state within the bound; returns how often `when` held, against vacuity. */
function everywhere(b: Bound, when: (s: Service) => boolean, check: (s: Service) => boolean): number {
  const model = {
    ...modelOf(revision, b),
    properties: [always('check', (s: Service) => !when(s) || check(s)), sometimes('when', when)],
  };
  const [checked, reached] = explore(model).report.results;
  expect(checked?.verdict, `after ${checked?.trace?.map(labelOf)}`).toBe('holds');
  return reached?.verdict === 'holds' ? 1 : 0;
}

describe('the environment', () => {
  const status = (s: Service, p: string): string | undefined => s.kernel[p]?.status;

  it('reaps the init of a private pid namespace last, and lets no process outlive it', () => {
    const reached = everywhere(
      bound(1, 1),
      (s) => status(s, 'c1') === 'reaped',
      (s) => ['none', 'reaped'].includes(status(s, 'c1/e1') ?? ''),
    );
    expect(reached).toBe(1);
  });

  it('lets an exec of a shared pid namespace outlive the init', () => {
    const b = bound(1, 1, 'sharedPidNamespace');
    const outlives = (s: Service): boolean => status(s, 'c1') === 'reaped' && status(s, 'c1/e1') === 'alive';
    expect(everywhere(b, outlives, () => true)).toBe(1);
  });

  it('gives no pid to two living processes, and reuses one only after it was reaped', () => {
    const b = bound(1, 1, 'reparented', 'pidReuse', 'sharedPidNamespace');
    const living = (s: Service): number[] =>
      Object.values(s.kernel).flatMap((p) => (p.status === 'alive' || p.status === 'zombie' ? [p.pid] : []));
    everywhere(
      b,
      () => true,
      (s) => new Set(living(s)).size === living(s).length,
    );
    expect(
      everywhere(
        b,
        (s) => s.kernel['c1/e1']?.pid === s.kernel.c1?.pid && s.kernel.c1?.pid === 100,
        () => true,
      ),
    ).toBe(1);
  });

  it('starts an exec of a created container only where that is switched on', () => {
    const early = (s: Service): boolean =>
      s.calls['start c1']?.pc === 'idle' && s.calls['exec c1/e1']?.pc !== 'idle';
    expect(everywhere(bound(1, 1), early, () => true)).toBe(0);
    expect(everywhere(bound(1, 1, 'execOnCreated'), early, () => true)).toBe(1);
  });

  it('fails runc without a cause only where that is switched on', () => {
    const crashes = (b: Bound): boolean => revision.actions(b).some(({ type }) => type === 'RuncCrashes');
    expect([crashes(bound(1, 1)), crashes(bound(1, 1, 'runcFails'))]).toEqual([false, true]);
  });

  it('kills by pid, whoever has it now: a Kill of an exec can reach another process once its pid is used again', () => {
    const b = bound(1, 2, 'kill', 'pidReuse');
    const model = modelOf(revision, b);
    const kill = { type: 'ShimKills', call: 'kill c1/e1' };
    const isReused = (s: Service): boolean => {
      if (status(s, 'c1/e1') !== 'reaped' || status(s, 'c1/e2') !== 'alive') return false;
      const after = reduce(revision, s, kill);
      return after !== null && status(after, 'c1/e2') === 'zombie';
    };
    let found = false;
    for (const state of explore(model, { limits: { statesMax: 60_000 } }).states()) {
      found = isReused(state);
      if (found) break;
    }
    expect(found).toBe(true);
  });
});

describe('reduce', () => {
  it('leaves the state it is given alone, and says null for what is not enabled', () => {
    const before = revision.initial(bound(1, 1));
    const text = JSON.stringify(before);
    const after = reduce(revision, before, { type: 'ClientCreates', call: 'create c1' });
    expect(JSON.stringify(before)).toBe(text);
    expect(after?.calls['create c1']?.pc).toBe('called');
    expect(reduce(revision, before, { type: 'ShimReceivesExit' })).toBe(null);
  });

  it('throws Impossible for an action of another bound', () => {
    const state = revision.initial(bound(1, 0));
    expect(() => reduce(revision, state, { type: 'ClientCreates', call: 'create c7' })).toThrow(
      'no entry create c7 (got create c7, allowed create c1, start c1)',
    );
  });
});
