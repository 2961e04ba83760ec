import { describe, expect, it } from 'vitest';
import { explore } from '../../../checker/index.ts';
import {
  type Bound,
  modelOf,
  noOptions,
  type Options,
  type Revision,
  revisions,
} from '../../../spec/index.ts';
import { passiveOptions } from '../../../spec/options/passive-options.ts';
import { isDeep } from '../../depth.ts';

/** What they are tried beside; in the deep suite all sets of these. */
const beside: readonly (readonly (keyof Options)[])[] = isDeep
  ? [
      ['delete', 'shutdown', 'runcFails', 'sharedPidNamespace'],
      ['reparented', 'pidReuse', 'delete'],
    ]
  : [['delete', 'shutdown']];
const cases = isDeep ? revisions : revisions.filter(({ slug }) => ['main', 'proposed'].includes(slug));
const statesMax = 150_000;

function boundWith(on: readonly (keyof Options)[]): Bound {
  return { ...noOptions, ...Object.fromEntries(on.map((each) => [each, true])), containers: 1, execs: 0 };
}

/** Of each rule whether it holds, or after how many steps not; without those that the search could not judge. */
function verdictsOf(revision: Revision, bound: Bound): Map<string, string> {
  const { results } = explore(modelOf(revision, bound), { limits: { statesMax } }).report;
  return new Map(
    results
      .filter(({ property, verdict }) => property.kind !== 'sometimes' && verdict !== 'unknown')
      .map(({ property, verdict, depth }) => [
        property.name,
        verdict === 'violated' ? `violated ${depth}` : 'holds',
      ]),
  );
}

describe('passiveOptions', () => {
  it.each(cases.map((revision) => [revision.slug, revision] as const))(
    '%s: change no verdict',
    (_, revision) => {
      let compared = 0;
      for (const options of beside)
        for (let set = 0; set < 2 ** options.length; set++) {
          const on = options.filter((__, i) => (set >> i) % 2 === 1);
          const without = verdictsOf(revision, boundWith(on));
          for (const option of ['kill', 'wait'] as const)
            for (const [rule, verdict] of verdictsOf(revision, boundWith([...on, option]))) {
              const isPassive = passiveOptions(revision, boundWith([...on, option]), rule).includes(option);
              if (!isPassive || !without.has(rule)) continue;
              compared++;
              expect([on, option, rule, verdict]).toEqual([on, option, rule, without.get(rule)]);
            }
        }
      expect(compared).toBeGreaterThan(100);
    },
  );

  it('are none for a rule about them, and none in a file of a user', () => {
    const [main] = revisions.filter(({ slug }) => slug === 'main') as [Revision];
    const bound = boundWith(['kill', 'wait', 'delete']);
    expect(passiveOptions(main, bound, 'every Wait returns')).toEqual(['kill']);
    expect(passiveOptions(main, bound, 'no exit is lost')).toEqual(['kill', 'wait']);
    expect(passiveOptions({ ...main, file: './mine.mjs' }, bound, 'no exit is lost')).toEqual([]);
  });
});
