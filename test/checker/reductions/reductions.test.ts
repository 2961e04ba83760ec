import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../checker/canonical.ts';
import { type Exploration, explore, type Model, ModelError, replay } from '../../../checker/index.ts';
import { permutationsOf, rename, swapOfTexts } from '../../../checker/reductions/renaming.ts';
import { isQuiescent } from '../../../checker/step.ts';
import { wholeModel } from '../../../checker/whole-model.ts';
import { modelOf, revisions } from '../../../spec/index.ts';
import { isDeep, runs } from '../../depth.ts';
import { fc, test } from '../../random.ts';
import { bound } from '../../spec/bounds.ts';
import { expectTracesDecide } from '../compare.ts';
import { randomRing } from '../random-ring.ts';

/** Comparing the quiescent states one by one is for searches smaller than this. */
const statesToCompare = 9_000;

function isAtRest<S extends object, A>(model: Model<S, A>, state: S): boolean {
  // A step that is not enabled writes nothing, so one copy is enough for all.
  const copy = structuredClone(state);
  const { actions, progress, step } = wholeModel(model);
  return !actions.filter(progress).some((action) => step(copy, action));
}

/** The quiescent states and, where the model is symmetric, all that differ from them by names alone. */
function outcomes<S extends object, A>(model: Model<S, A>, states: Iterable<S>): Set<string> {
  const { types = [], twins = [] } = model.symmetry ?? {};
  const renamings = [...(permutationsOf(types, 1_000) ?? []), ...twins.map(swapOfTexts)];
  const found = new Set<string>();
  const pending: unknown[] = [...states].filter((state) => isAtRest(model, state));
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const key = canonicalJson(state);
    if (found.has(key)) continue;
    found.add(key);
    for (const renaming of renamings) pending.push(rename(renaming, state));
  }
  return found;
}

/** Asserts that a search with symmetry says what the full one says. */
function expectSame<S extends object, A>(model: Model<S, A>, full: Exploration<S, A>): void {
  const reduced = explore(model, { reduction: 'symmetry' });
  expect(reduced.report.stoppedBy).toBeNull();
  expect(reduced.report.states).toBeLessThanOrEqual(full.report.states);
  expect(reduced.report.represented).toBe(full.report.states);
  for (const [i, { property, verdict, trace, subject }] of reduced.report.results.entries()) {
    const expected = full.report.results[i];
    expect(verdict, property.name).toBe(expected?.verdict);
    expect(trace?.length, property.name).toBe(expected?.trace?.length);
    if (trace === null || subject === null) continue;
    const last = replay(model, trace).at(-1);
    const [before, after] = [last?.before ?? model.initial, last?.after ?? model.initial];
    const from = property.kind === 'step' ? before : after;
    expect(property.check(from, subject, after), property.name).toBe(property.kind === 'sometimes');
    if (property.kind === 'quiescent') expect(isQuiescent(model, after)).toBe(true);
  }
  if (full.report.states < statesToCompare)
    expect(outcomes(model, reduced.states())).toEqual(outcomes(model, full.states()));
}

describe('a search with symmetry', () => {
  test.prop([randomRing], { numRuns: runs(40, 400) })(
    'says of a random model what the full one says',
    (model) => {
      const full = explore(model);
      expectTracesDecide(full);
      expectSame(model, full);
    },
  );

  it('is given random models that it can reduce', () => {
    const reduced = fc.sample(randomRing, { numRuns: 200, seed: 1 }).filter((model) => {
      const full = explore(model).report.states;
      return explore(model, { reduction: 'symmetry' }).report.states < full;
    });
    expect(reduced.length).toBeGreaterThan(50);
  });

  const small = [bound(1, 1), bound(1, 0, 'shutdown')];
  const large = [
    bound(1, 2),
    bound(2, 1),
    bound(1, 1, 'delete', 'kill'),
    bound(1, 1, 'runcFails', 'pidReuse', 'execOnCreated', 'reparented'),
    bound(1, 1, 'sharedPidNamespace', 'delete', 'wait'),
    bound(1, 0, 'again', 'delete'),
    bound(1, 1, 'shutdown', 'delete'),
  ];
  for (const revision of revisions) {
    for (const each of isDeep ? [...small, ...large] : small) {
      const on = Object.entries(each).flatMap(([name, value]) => (value === true ? [name] : []));
      it(`says of ${revision.slug}, ${each.containers} × ${each.execs} with ${on.join(', ') || 'nothing'}, the same`, () => {
        const model = modelOf(revision, each);
        const full = explore(model);
        expectSame(model, full);
      });
    }
  }

  it('says how many states the representatives stand for', () => {
    const model = modelOf(revisions[1] as (typeof revisions)[number], bound(1, isDeep ? 3 : 2));
    const { report } = explore(model, { reduction: 'symmetry' });
    expect(report.represented).toBe(explore(model).report.states);
    expect(report.states).toBeLessThan(report.represented / (isDeep ? 4 : 1.5));
  });
});

describe('a symmetry that is none', () => {
  const twoCounters: Model<{ n: Record<string, number> }, { of: string }> = {
    name: 'two counters',
    initial: { n: { a: 0, b: 0 } },
    actions: [{ of: 'a' }, { of: 'b' }],
    step: (s, { of }) => {
      if ((s.n[of] ?? 0) > 2) return false;
      s.n[of] = (s.n[of] ?? 0) + 1;
      return true;
    },
    label: ({ of }) => of,
    progress: () => true,
    properties: [],
    symmetry: { types: [[['a'], ['b']]], twins: [] },
  };
  const search = (changes: Partial<typeof twoCounters>): (() => unknown) => {
    const model = { ...twoCounters, ...changes };
    return () => explore(model, { reduction: 'symmetry' }).report.states;
  };

  it('is used where it is one', () => {
    expect(search({})()).toBe(10);
  });

  it('is refused', () => {
    expect(search({ initial: { n: { a: 0, b: 1 } } })).toThrow('the initial state differs at n.');
    const types = [[['a'], ['c']]];
    expect(search({ symmetry: { types, twins: [] } })).toThrow('the state has no counterpart of n.a');
    expect(search({ actions: [{ of: 'a' }] })).toThrow('the action a has no counterpart');
    const step: typeof twoCounters.step = (s, { of }) => {
      if ((s.n[of] ?? 0) > 2 || (of === 'b' && s.n.a === 2)) return false;
      s.n[of] = (s.n[of] ?? 0) + 1;
      return true;
    };
    expect(search({ step })).toThrow(ModelError);
    expect(search({ step })).toThrow('does something else than its counterpart');
    const property = { kind: 'always', class: 'safety', sentence: '', source: '' } as const;
    const properties = [{ ...property, name: 'one', subjects: ['a'], check: () => true }];
    expect(search({ properties })).toThrow("the subject a of 'one' has no counterpart");
    const many = [...'abcdefgh'].map((name) => [name]);
    expect(search({ symmetry: { types: [many], twins: [] } })).toThrow('too symmetric');
  });
});
