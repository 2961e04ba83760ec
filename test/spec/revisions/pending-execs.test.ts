import { describe, expect, it } from 'vitest';
import { explore, replay } from '../../../checker/index.ts';
import { labelOf, modelOf, revisions, type Service } from '../../../spec/index.ts';
import { bound } from '../bounds.ts';

const kept = 'nothing is kept of a deleted container';

/** The table of the two revisions that count the starts of execs in flight. */
type Counting = Service & { readonly pendingExecs: Readonly<Record<string, number | null>> };

describe('pendingExecs', () => {
  for (const slug of ['pending-execs', 'defer-init-only']) {
    it(`${slug}: has an entry for ever of a container that is deleted, although its count is 0`, () => {
      const revision = revisions.find((each) => each.slug === slug) ?? expect.fail(`no ${slug}`);
      const model = modelOf(revision, bound(1, 1, 'delete'));
      const properties = model.properties.filter(({ name }) => name === kept);
      const trace = explore({ ...model, properties }).report.results[0]?.trace ?? expect.fail('none is kept');
      expect([trace.length, trace.map(labelOf).at(-1)]).toEqual([42, 'ShimPublishesExit(processExits)']);
      const { after } = replay(model, trace).at(-1) ?? {};
      const { pendingExecs, containers } = after as Counting;
      expect([pendingExecs, containers]).toEqual([{ c1: 0 }, { c1: false }]);
    });
  }
});
