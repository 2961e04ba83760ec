import { describe, expect, it } from 'vitest';
import { explore, type Report } from '../../../checker/index.ts';
import { wholeModel } from '../../../checker/whole-model.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  revisions,
  type Service,
} from '../../../spec/index.ts';
import { bound } from '../bounds.ts';

const main = revisions.find(({ slug }) => slug === 'main') ?? expect.fail('no main');
const proposed = revisions.find(({ slug }) => slug === 'proposed') ?? expect.fail('no proposed');
const stall = 'no call waits for a timer';

function check(b: Bound): Report<Service, AnyAction> {
  return explore(modelOf(main, b)).report;
}

function broken({ results }: Report): string[] {
  return results.flatMap(({ verdict, property }) => (verdict === 'holds' ? [] : [property.name]));
}

describe('the reaper', () => {
  const full = check(bound(1, 2, 'sharedPidNamespace', 'reaper'));

  it('containerd#13814: KillAll waits for a timer where one exec more has died than s.ec has room for', () => {
    const { trace } = full.results.find(({ property }) => property.name === stall) ?? {};
    expect(trace).toHaveLength(51);
    expect(trace?.slice(40).map(labelOf)).toMatchInlineSnapshot(`
      [
        "ProcessExits(c1)",
        "KernelReaps(c1)",
        "ProcessExits(c1/e1)",
        "KernelReaps(c1/e1)",
        "ProcessExits(c1/e2)",
        "KernelReaps(c1/e2)",
        "ReaperBegins",
        "ReaperNotifies",
        "ShimReceivesExit",
        "RuncKillsAll",
        "ReaperNotifies",
      ]
    `);
    expect(broken(check(bound(1, 2, 'sharedPidNamespace', 'reaperTwo')))).not.toContain(stall);
    expect(broken(check(bound(1, 1, 'sharedPidNamespace', 'reaper')))).not.toContain(stall);
  });

  /** Whether the exit loop is left in KillAll for good where the second of `Reap` never passes. */
  function hangs(b: Bound): boolean {
    const model = modelOf(main, b);
    const actions = model.actions.filter(({ type }) => type !== 'ReaperTimesOut');
    const properties = wholeModel(model)
      .properties.filter(({ name }) => name === 'no deadlock')
      .map((property) => ({ ...property, subjects: ['processExits'] }));
    return explore({ ...model, actions, properties }).report.results[0]?.verdict === 'violated';
  }

  it('leaves such a stall by the timer alone', () => {
    expect(hangs(bound(1, 2, 'sharedPidNamespace', 'reaper'))).toBe(true);
    expect(hangs(bound(1, 2, 'sharedPidNamespace', 'reaperTwo'))).toBe(false);
    expect(hangs(bound(1, 2, 'reaper'))).toBe(false);
  });

  it('lets an exit overtake another, and breaks no rule of the log by that', () => {
    expect(
      full.results.find(({ property }) => property.name === 'the reaper goes on after a second')?.verdict,
    ).toBe('holds');
    const without = broken(check(bound(1, 2, 'sharedPidNamespace')));
    expect(broken(full)).toEqual([...without, stall]);
  });

  it('is no part of proposed, which reaps by pid into no channel', () => {
    const { initial, actions } = modelOf(proposed, bound(1, 1, 'reaper', 'sharedPidNamespace'));
    expect(initial).not.toHaveProperty('reaper');
    expect(actions).toEqual(modelOf(proposed, bound(1, 1, 'sharedPidNamespace')).actions);
  });
});
