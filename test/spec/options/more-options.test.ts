import { describe, expect, it } from 'vitest';
import { explore, type Model, quiescent, type Report } from '../../../checker/index.ts';
import { next } from '../../../checker/step.ts';
import { isBoundToHappen } from '../../../spec/environment.ts';
import {
  type AnyAction,
  type Bound,
  modelOf,
  noOptions,
  type Options,
  type Revision,
  revisions,
  type Service,
} from '../../../spec/index.ts';
import { optionsUsed } from '../../../spec/options/options-used.ts';
import { isDeep } from '../../depth.ts';

const names = Object.keys(noOptions) as (keyof Options)[];
const adding = names.filter((name) => name !== 'sharedPidNamespace');
const cases = isDeep ? revisions : revisions.filter(({ slug }) => ['main', 'proposed'].includes(slug));

/** What each option is tried beside: in the deep suite something that it meets. */
const beside = (option: keyof Options): (keyof Options)[] =>
  isDeep ? [option === 'delete' ? 'runcFails' : 'delete'] : [];

function withOptions(options: readonly (keyof Options)[]): Options {
  return { ...noOptions, ...Object.fromEntries(options.map((option) => [option, true])) };
}

/** The larger bound's model without the actions of one option, which must be the smaller bound's. */
function withoutActions(revision: Revision, bound: Bound, option: keyof Options): Model<Service, AnyAction> {
  const whole = modelOf(revision, bound);
  const own = whole.actions.filter((action) => optionsUsed([action]).includes(option));
  const urgent = own.filter(isBoundToHappen);
  expect(own.length).toBeGreaterThan(0);
  return {
    ...whole,
    actions: whole.actions.filter((action) => !own.includes(action)),
    properties: [
      ...(whole.properties ?? []),
      quiescent('rest stays rest', (s) => urgent.every((action) => next(whole, s, action) === null)),
    ],
  };
}

/** Of each rule whether it holds, or after how many steps not. */
function verdictsOf({ results }: Report<Service, AnyAction>): Map<string, string> {
  const rules = results.filter(({ property }) => property.kind !== 'sometimes');
  return new Map(
    rules.map(({ property, verdict, depth }) => [
      property.name,
      `${verdict} ${verdict === 'violated' ? depth : ''}`,
    ]),
  );
}

describe.each(cases.map((revision) => [revision.slug, revision] as const))(
  'more options: %s',
  (_, revision) => {
    it.each(adding)('%s adds runs, takes none away, and leaves what is at rest at rest', (option) => {
      for (const sharedPidNamespace of [false, true]) {
        const others = withOptions(beside(option));
        const extent = { containers: 1, execs: option === 'again' || option === 'earlyCalls' ? 0 : 1 };
        const small: Bound = { ...others, sharedPidNamespace, ...extent };
        const large: Bound = { ...small, [option]: true };
        const less = explore(modelOf(revision, small), { engine: 'plain' }).report;
        const same = explore(withoutActions(revision, large, option), { engine: 'plain' }).report;
        expect([same.states, same.transitions, same.quiescent]).toEqual([
          less.states,
          less.transitions,
          less.quiescent,
        ]);
        const verdicts = verdictsOf(same);
        expect(verdicts.get('rest stays rest')).toBe('holds ');
        for (const [rule, verdict] of verdictsOf(less))
          expect([rule, verdicts.get(rule)]).toEqual([rule, verdict]);
      }
    });
  },
);
