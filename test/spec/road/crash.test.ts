import { describe, expect, it } from 'vitest';
import { type Engine, explore, type Report } from '../../../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  erased,
  modelOf,
  proposed,
  type Revision,
  revisionOf,
  revisions,
  type Service,
} from '../../../spec/index.ts';
import { bound } from '../bounds.ts';
import { check as checkWithin, shortest, unmet } from './reports.ts';

const once = 'a process is published as ended once, whoever publishes it';
const ended = 'a task that has lost its shim is published as ended';

function check(revision: Revision, within = bound(1, 0, 'crash')): Report<Service, AnyAction> {
  return checkWithin(revision, within);
}

describe('a crash of the shim', () => {
  const main = revisions.find(({ slug }) => slug === 'main') ?? expect.fail('no main');

  it('containerd#4769: makes containerd publish a second exit', () => {
    expect(shortest(check(main), once)?.slice(-6)).toMatchInlineSnapshot(`
      [
        "ShimForwards(forward)",
        "ListenerServes(forward)",
        "ShimForwards(forward)",
        "ListenerServes(forward)",
        "ShimCrashes",
        "ContainerdCleansUp(c1)",
      ]
    `);
  });

  it('makes it repeat the first exit, where the shim has kept it', () => {
    const report = check(erased(proposed), bound(1, 1, 'crash', 'delete'));
    expect(unmet(report)).toEqual(['delivered: every event']);
    const forgetful = revisionOf({ ...proposed, release: { ...proposed.release, recordsExits: false } });
    expect(unmet(check(erased(forgetful)))).toContain(once);
  });

  it('loses what is queued, in every shim, and the exits of execs', () => {
    for (const revision of [main, erased(proposed)]) {
      const report = check(revision, bound(1, 1, 'crash', 'sharedPidNamespace'));
      expect(shortest(report, 'delivered: every event')?.at(-1)).toBe('ShimCrashes');
    }
  });

  it('is nobody’s to tell where containerd has restarted meanwhile', () => {
    for (const revision of [main, erased(proposed)]) {
      const steps = shortest(check(revision, bound(1, 0, 'crash', 'publisher')), ended);
      expect(steps?.filter((step) => /^Shim(?:Crashes|Ends)|^Listener|^Containerd/.test(step))).toEqual([
        'ShimCrashes',
        'ListenerGoesAway',
        'ListenerComesBack',
        'ContainerdCleansUp(c1)',
      ]);
      expect(unmet(check(revision))).not.toContain(ended);
    }
  });
});

describe('the parts of the road', () => {
  const parts: readonly Bound[] = [
    bound(1, 0, 'oom'),
    bound(1, 0, 'oomV1', 'channel'),
    bound(1, 0, 'crash'),
    bound(1, 0, 'shutdown', 'channel'),
  ];

  it('mean the same to every engine', () => {
    const found = (revision: Revision, within: Bound, engine: Engine): unknown => {
      const { states, transitions, quiescent, results } = explore(modelOf(revision, within), {
        engine,
      }).report;
      const verdicts = results.map(({ property, verdict }) => [property.name, verdict]);
      return { states, transitions, quiescent, verdicts };
    };
    for (const within of parts) {
      const fast = found(erased(proposed), within, 'fast');
      for (const engine of ['plain', 'symbolic'] as const)
        expect(found(erased(proposed), within, engine)).toEqual(fast);
    }
  });

  it('are off unless they are named', () => {
    for (const revision of revisions) {
      const { initial, actions } = modelOf(revision, bound(1, 1, 'delete', 'shutdown'));
      expect(initial).not.toHaveProperty('road');
      expect(initial).not.toHaveProperty('oom');
      expect(
        actions.filter(({ type }) =>
          /^(?:Watcher|Containerd|Outbox|Shutdown|ShimEnds$|ShimCrashes|KernelKills)/.test(type),
        ),
      ).toEqual([]);
    }
  });
});
