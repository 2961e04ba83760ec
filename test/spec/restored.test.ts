import { describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { type Bound, modelOf, type Options, revisions } from '../../spec/index.ts';
import { bound } from './bounds.ts';

/** With the distinct states, the depth, and the states at rest. */
const searches: readonly [on: readonly (keyof Options)[], execs: number, figures: readonly number[]][] = [
  [['delete'], 1, [593, 32, 30]],
  [['wait', 'delete', 'kill'], 0, [534, 21, 9]],
  [['delete', 'runcFails', 'execOnCreated', 'shutdown'], 1, [3_175, 33, 61]],
  [['sharedPidNamespace', 'delete', 'runcFails', 'kill'], 1, [9_894, 38, 41]],
  [['pidReuse', 'reparented', 'runcFails'], 1, [333, 26, 50]],
  [['delete', 'runcFails', 'again'], 0, [2_163, 21, 38]],
];

function restoredModel(b: Bound): ReturnType<typeof modelOf> {
  const proposed = revisions.find(({ slug }) => slug === 'proposed') ?? expect.fail('no revision');
  return modelOf(proposed, { ...b, restored: true });
}

describe('proposed, of containers that come from a checkpoint', () => {
  for (const [on, execs, figures] of searches) {
    it(`keeps every rule with ${on.join(', ')}`, () => {
      const { report } = explore(restoredModel(bound(1, execs, ...on)));
      const broken = report.results.filter(({ verdict }) => verdict === 'violated');
      expect(broken.map(({ property }) => property.name)).toEqual([]);
      expect([report.stoppedBy, report.states, report.depth, report.quiescent]).toEqual([null, ...figures]);
    });
  }

  it('forks at Start, and publishes the pid there', () => {
    const model = restoredModel(bound(1, 0));
    const { report } = explore(model);
    const taken = model.actions.filter((_, i) => (report.taken[i] ?? 0) > 0);
    const forks = taken.filter(({ type }) => ['RuncForks', 'RuncReleasesInit'].includes(type));
    expect(forks).toEqual([{ type: 'RuncForks', call: 'start c1', pid: 100 }]);
  });
});
