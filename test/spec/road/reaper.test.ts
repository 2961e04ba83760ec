import { describe, expect, it } from 'vitest';
import { explore, type Report } from '../../../checker/index.ts';
import { wholeModel } from '../../../checker/whole-model.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  type Service,
} from '../../../spec/index.ts';
import { bound } from '../bounds.ts';
import { check, revisionOfSlug, unmet } from './reports.ts';

const [main, bigLock, proposed] = ['main', 'big-lock', 'proposed'].map(revisionOfSlug) as [
  Revision,
  Revision,
  Revision,
];
const stall = 'no call waits for a timer';

/** The last steps of the shortest way to a stall. */
function wayToStall({ results }: Report<Service, AnyAction>, last: number): string[] {
  const { trace } = results.find(({ property }) => property.name === stall) ?? {};
  return (trace ?? [])
    .slice(-last)
    .map((action, i, all) => `${(trace?.length ?? 0) - all.length + i + 1} ${labelOf(action)}`);
}

/** Whether the exit loop is left for good somewhere where the second of `Reap` never passes. */
function hangs(revision: Revision, b: Bound): boolean {
  const model = modelOf(revision, b);
  const actions = model.actions.filter(({ type }) => type !== 'ReaperTimesOut');
  const properties = wholeModel(model)
    .properties.filter(({ name }) => name === 'no deadlock')
    .map((property) => ({ ...property, subjects: ['processExits'] }));
  return explore({ ...model, actions, properties }).report.results[0]?.verdict === 'violated';
}

describe('the reaper', () => {
  const full = check(main, bound(1, 0, 'sharedPidNamespace', 'reaper'));

  it('containerd#13814: KillAll waits for a timer where s.ec has no room', () => {
    expect(wayToStall(full, 8)).toMatchInlineSnapshot(`
      [
        "21 ShimStartsProcess(start c1)",
        "22 RuncEnds(start c1)",
        "23 ReaperNotifies",
        "24 ReaperReapsRunc(start c1)",
        "25 ReaperBegins",
        "26 ReaperNotifies",
        "27 RuncFails(start c1)",
        "28 RuncKillsAll(processExits)",
      ]
    `);
    expect(unmet(check(main, bound(1, 0, 'sharedPidNamespace', 'reaperTwo')))).not.toContain(stall);
    expect(unmet(check(main, bound(1, 0, 'reaper')))).not.toContain(stall);
  });

  it('finding 12: in big-lock the exit loop waits for a Start that waits for its runc', () => {
    const report = check(bigLock, bound(1, 1, 'reaper'));
    expect(wayToStall(report, 8)).toMatchInlineSnapshot(`
      [
        "31 ShimReplies(exec c1/e1)",
        "32 ClientStarts(start c1/e1)",
        "33 ShimFindsContainer(start c1/e1)",
        "34 ShimLocksEvents(start c1/e1)",
        "35 ShimFindsProcess(start c1/e1)",
        "36 ShimStartsProcess(start c1/e1)",
        "37 ShimLocksForExit",
        "38 RuncEnds(start c1/e1)",
      ]
    `);
    expect(unmet(check(bigLock, bound(1, 0, 'reaper')))).not.toContain(stall);
    expect(unmet(check(main, bound(1, 1, 'reaper')))).not.toContain(stall);
  });

  it('lets Kill and Delete of an init wait for a timer in main, in a pid namespace of its own', () => {
    for (const call of ['kill', 'delete'] as const) {
      expect(unmet(check(main, bound(1, 0, call, 'reaper')))).toContain(stall);
      expect(hangs(main, bound(1, 0, call, 'reaper'))).toBe(true);
    }
  });

  it('leaves such a stall by the timer alone', () => {
    expect(hangs(main, bound(1, 0, 'sharedPidNamespace', 'reaper'))).toBe(true);
    expect(hangs(main, bound(1, 0, 'sharedPidNamespace', 'reaperTwo'))).toBe(false);
    expect(hangs(main, bound(1, 1, 'reaper'))).toBe(false);
    expect(hangs(bigLock, bound(1, 1, 'reaper'))).toBe(true);
    expect(hangs(bigLock, bound(1, 0, 'reaper'))).toBe(false);
  });

  it("lets an init's exit overtake that of an exec, which big-lock does not wait for", () => {
    const name = "an init's exit is the last of its container";
    expect(unmet(check(bigLock, bound(1, 1)))).not.toContain(name);
    expect(unmet(check(bigLock, bound(1, 1, 'reaper')))).toContain(name);
  });

  it('breaks no rule of the log in main that it keeps without', () => {
    const without = unmet(check(main, bound(1, 1, 'sharedPidNamespace')));
    expect(unmet(check(main, bound(1, 1, 'sharedPidNamespace', 'reaper')))).toEqual([
      ...without,
      stall,
      'no zombie waits for the exit loop',
    ]);
  });

  it('is no part of proposed, which reaps by pid into no channel', () => {
    const { initial, actions } = modelOf(proposed, bound(1, 1, 'reaper', 'sharedPidNamespace'));
    expect(initial).not.toHaveProperty('reaper');
    expect(actions).toEqual(modelOf(proposed, bound(1, 1, 'sharedPidNamespace')).actions);
  });
});
