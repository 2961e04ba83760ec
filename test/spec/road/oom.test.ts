import { describe, expect, it } from 'vitest';
import type { Report } from '../../../checker/index.ts';
import { type AnyAction, revisions, type Service } from '../../../spec/index.ts';
import { bound } from '../bounds.ts';
import { check as checkWithin, revisionOfSlug, shortest, unmet } from './reports.ts';

const ordered = 'TaskOOM precedes the exit that it explains';

function check(slug: string, within = bound(1, 0, 'oom')): Report<Service, AnyAction> {
  return checkWithin(revisionOfSlug(slug), within);
}

describe('TaskOOM', () => {
  it('comes after the exit, or never, in every revision that is older than 2.3', () => {
    for (const { slug } of revisions.slice(0, -2)) {
      const report = check(slug);
      expect(shortest(report, ordered)?.at(-1)).toMatch(/^ShimPublishesExit/);
      expect(unmet(report)).not.toContain('the kernel kills an init that nobody watches yet');
    }
    expect(shortest(check('running-execs'), ordered)?.slice(-8)).toMatchInlineSnapshot(`
      [
        "KernelKillsForMemory(c1)",
        "KernelReaps(c1)",
        "ShimReceivesExit",
        "WatcherBegins(c1)",
        "ShimPublishesStart(start c1)",
        "ShimHandlesStarted(start c1)",
        "ShimSetsExited(start c1)",
        "ShimPublishesExit(start c1)",
      ]
    `);
  });

  it('containerd#8180: is lost where the init is killed before the watch begins', () => {
    const name = 'the kernel kills an init that nobody watches yet';
    expect(shortest(check('running-execs'), name)?.slice(-5)).toMatchInlineSnapshot(`
      [
        "ShimStartsProcess(start c1)",
        "RuncReleasesInit(start c1)",
        "RuncReturns(start c1)",
        "KernelKillsForMemory(c1)",
        "WatcherBegins(c1)",
      ]
    `);
    expect(check('main').results.some(({ property }) => property.name === name)).toBe(false);
  });

  it('8ac7e3c06: comes first in main, on cgroup v2 alone', () => {
    expect(shortest(check('main'), ordered)).toBeNull();
    expect(shortest(check('main', bound(1, 0, 'oomV1')), ordered)).toHaveLength(23);
  });

  it('is lost in main where a Delete passes between SetExited and the exit', () => {
    const steps = shortest(check('main', bound(1, 0, 'oom', 'delete')), ordered);
    expect(steps?.slice(-9)).toMatchInlineSnapshot(`
      [
        "ShimPublishesStart(start c1)",
        "KernelKillsForMemory(c1)",
        "KernelReaps(c1)",
        "ShimReceivesExit",
        "ShimHandlesStarted(start c1)",
        "ShimSetsExited(start c1)",
        "ShimDeletesProcess(delete c1)",
        "RuncReturns(delete c1)",
        "ShimPublishesExit(start c1)",
      ]
    `);
  });

  it('is published first in main, and delivered after the exit: a call of Publish is no delivery', () => {
    const report = check('main', bound(1, 0, 'oom', 'publisher'));
    expect(unmet(report)).not.toContain(ordered);
    expect(shortest(report, `delivered: ${ordered}`)?.slice(-8)).toMatchInlineSnapshot(`
      [
        "ShimReceivesExit",
        "ShimHandlesStarted(start c1)",
        "ShimSetsExited(start c1)",
        "WatcherPublishes(c1)",
        "ListenerRefuses(watcher)",
        "ShimPublishesExit(start c1)",
        "ShimForwards(forward)",
        "ListenerServes(forward)",
      ]
    `);
  });

  it('comes first in proposed, all the way', () => {
    for (const report of [
      check('proposed', bound(1, 1, 'oom', 'delete', 'sharedPidNamespace')),
      check('proposed', bound(1, 0, 'oomV1', 'again')),
      check('proposed', bound(1, 0, 'oom', 'publisher', 'delete')),
    ])
      expect([report.stoppedBy, unmet(report)]).toEqual([null, []]);
  });
});
