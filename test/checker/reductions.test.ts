import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../checker/canonical.ts';
import { pairwise, permutationsOf, renamed } from '../../checker/fast/renaming.ts';
import {
  type Exploration,
  enabledIn,
  exploreFast,
  explorePlain,
  type Model,
  ModelError,
  type Reduction,
  replay,
  StateGraph,
} from '../../checker/index.ts';
import { modelOf, revisions, type Service } from '../../spec/index.ts';
import { bound } from '../spec/bounds.ts';
import { expectTracesDecide } from './compare.ts';
import { randomModel } from './random-model.ts';
import { randomRing } from './random-ring.ts';

/** Comparing the quiescent states one by one is for searches smaller than this. */
const statesToCompare = 9_000;

const everyReduction: readonly (readonly Reduction[])[] = [
  ['symmetry'],
  ['partial-order'],
  ['symmetry', 'partial-order'],
];

function isAtRest<S extends object, A>(model: Model<S, A>, state: S): boolean {
  // A step that is not enabled writes nothing, so one copy is enough for all.
  const copy = structuredClone(state);
  return !model.actions.filter(model.progress).some((action) => model.step(copy, action));
}

/** The quiescent states and, where the model is symmetric, all that differ from them by names alone. */
function outcomes<S extends object, A>(model: Model<S, A>, states: Iterable<S>): Set<string> {
  const { types = [], twins = [] } = model.symmetry ?? {};
  const renamings = [...(permutationsOf(types, 1_000) ?? []), ...twins.map(pairwise)];
  const found = new Set<string>();
  const pending: unknown[] = [...states].filter((state) => isAtRest(model, state));
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const key = canonicalJson(state);
    if (found.has(key)) continue;
    found.add(key);
    for (const renaming of renamings) pending.push(renamed(renaming, state));
  }
  return found;
}

/** A state from which steps that are bound to happen lead back to it; null where there is none. */
function progressCycle<S extends object, A>(model: Model<S, A>): number | null {
  const graph = new StateGraph(model);
  const after: number[][] = [];
  for (let number = 0; number < graph.size; number++) {
    const edges = graph.edges(number).filter(({ action }) => model.progress(model.actions[action] as A));
    after.push(edges.map(({ to }) => to));
  }
  // Kahn: what cannot be taken away, state by state without a way in, lies behind a cycle.
  const waysIn = new Int32Array(graph.size);
  for (const to of after.flat()) waysIn[to] = (waysIn[to] ?? 0) + 1;
  const free = [...waysIn.keys()].filter((number) => waysIn[number] === 0);
  for (const number of free) {
    for (const to of after[number] ?? []) {
      waysIn[to] = (waysIn[to] ?? 0) - 1;
      if (waysIn[to] === 0) free.push(to);
    }
  }
  return free.length === graph.size ? null : (waysIn.findIndex((ways) => ways > 0) ?? null);
}

/** Asserts that each reduced search says what the full one says, as far as it claims to. */
function expectSameOfAll<S extends object, A>(
  model: Model<S, A>,
  full: Exploration<S>,
  all: readonly (readonly Reduction[])[],
): void {
  const atRest = full.report.states < statesToCompare ? outcomes(model, full.states()) : null;
  for (const reductions of all) expectSame(model, full, atRest, reductions);
}

function expectSame<S extends object, A>(
  model: Model<S, A>,
  full: Exploration<S>,
  atRest: ReadonlySet<string> | null,
  reductions: readonly Reduction[],
): void {
  const reduced = exploreFast(model, { reductions });
  const byOrder = reductions.includes('partial-order');
  expect(reduced.report.stoppedBy).toBeNull();
  expect(reduced.report.states).toBeLessThanOrEqual(full.report.states);
  if (!byOrder) expect(reduced.report.represented).toBe(full.report.states);
  for (const [i, { property, verdict, trace, subject }] of reduced.report.results.entries()) {
    const expected = full.report.results[i];
    const mayBePassedOver = byOrder && (property.kind === 'sometimes' || property.kind === 'step');
    if (!mayBePassedOver || verdict !== 'unknown') expect(verdict, property.name).toBe(expected?.verdict);
    if (!byOrder) expect(trace?.length, property.name).toBe(expected?.trace?.length);
    // A witness that was passed over has no trace.
    if (trace === null || subject === null) continue;
    expect(trace.length).toBeGreaterThanOrEqual(expected?.trace?.length ?? 0);
    const last = replay(
      model,
      trace.map((number) => model.label(model.actions[number] as A)),
    ).at(-1);
    const [before, after] = [last?.before ?? model.initial, last?.after ?? model.initial];
    const from = property.kind === 'step' ? before : after;
    expect(property.check(from, subject, after), property.name).toBe(property.kind === 'sometimes');
    if (property.kind === 'quiescent') expect(enabledIn(model, after).filter(model.progress)).toEqual([]);
  }
  if (atRest) {
    expect(outcomes(model, reduced.states())).toEqual(atRest);
  } else if (!reductions.includes('symmetry')) {
    expect(reduced.report.quiescent).toBe(full.report.quiescent);
  }
}

describe('a reduced search', () => {
  test.prop([randomModel], { numRuns: 300 })('says of a random model what the full one says', (model) => {
    expectSameOfAll(model, exploreFast(model), [['partial-order']]);
  });

  test.prop([randomRing], { numRuns: 200 })('says of a random symmetric model the same', (model) => {
    const full = exploreFast(model);
    expectTracesDecide(model, full);
    expectSameOfAll(model, full, everyReduction);
  });

  it('is given random models that it can reduce', () => {
    const saved = (reduction: Reduction): number =>
      fc.sample(randomRing, { numRuns: 200, seed: 1 }).filter((model) => {
        const full = exploreFast(model).report.states;
        return exploreFast(model, { reductions: [reduction] }).report.states < full;
      }).length;
    expect(saved('symmetry')).toBeGreaterThan(50);
    expect(saved('partial-order')).toBeGreaterThan(4);
  });

  const bounds = [
    bound(1, 1),
    bound(1, 0, 'shutdown'),
    bound(1, 2),
    bound(2, 1),
    bound(1, 1, 'delete', 'kill'),
    bound(1, 1, 'runcFails', 'pidReuse', 'execOnCreated', 'reparented'),
    bound(1, 1, 'sharedPidNamespace', 'delete', 'wait'),
    bound(1, 0, 'again', 'delete'),
    bound(1, 1, 'shutdown', 'delete'),
  ];
  for (const revision of revisions) {
    for (const each of bounds) {
      const on = Object.entries(each).flatMap(([name, value]) => (value === true ? [name] : []));
      it(`says of ${revision.slug}, ${each.containers} × ${each.execs} with ${on.join(', ') || 'nothing'}, the same`, () => {
        const model = modelOf(revision, each);
        const full = exploreFast(model);
        expectSameOfAll(model, full, everyReduction);
      });
    }
  }

  it('says how many states the representatives stand for', () => {
    const model = modelOf(revisions[1] as (typeof revisions)[number], bound(1, 3));
    const { report } = exploreFast(model, { reductions: ['symmetry'] });
    expect(report.represented).toBe(exploreFast(model).report.states);
    expect(report.states).toBeLessThan(report.represented / 4);
  });

  it('does not say of a witness that it met none that there is none', () => {
    const model: Model<{ a: number; b: number }, 'a' | 'b'> = {
      name: 'two steps that commute',
      initial: { a: 0, b: 0 },
      actions: ['a', 'b'],
      step: (s, action) => s[action] === 0 && ++s[action] === 1,
      label: (action) => action,
      progress: () => true,
      properties: [
        {
          name: 'b before a',
          kind: 'sometimes',
          class: 'witness',
          sentence: '',
          source: '',
          subjects: ['b'],
          check: ({ a, b }) => a === 0 && b === 1,
        },
      ],
    };
    expect(exploreFast(model).report.results[0]?.verdict).toBe('holds');
    const { results, states } = exploreFast(model, { reductions: ['partial-order'] }).report;
    expect([states, results[0]?.verdict]).toEqual([3, 'unknown']);
  });

  it('begins again where a step turns out to read more than was known', () => {
    const model: Model<{ phase: number; x: number; seen: number }, 'a' | 'go' | 'b'> = {
      name: 'b reads x, but only late',
      initial: { phase: 0, x: 0, seen: 0 },
      actions: ['a', 'go', 'b'],
      step: (s, action) => {
        if (action === 'a') return s.x === 0 && ++s.x === 1;
        if (action === 'go') return s.phase === 0 && ++s.phase === 1;
        if (s.phase !== 1) return false;
        s.phase = 2;
        s.seen = s.x;
        return true;
      },
      label: (action) => action,
      progress: () => true,
      properties: [],
    };
    const { report, states } = exploreFast(model, { reductions: ['partial-order'] });
    expect(report.quiescent).toBe(2);
    expect([...states()].filter((s) => isAtRest(model, s)).map((s) => s.seen)).toEqual([1, 0]);
  });

  it('takes from the spec that steps which are bound to happen have no cycle, where it is true', () => {
    for (const revision of revisions) {
      for (const each of [bound(1, 1, 'delete', 'wait'), bound(1, 0, 'again', 'runcFails', 'shutdown')]) {
        expect(progressCycle(modelOf(revision, each)), revision.slug).toBeNull();
      }
    }
    const spinning: Model<{ on: boolean }, 'flip'> = {
      name: 'a cycle',
      initial: { on: false },
      actions: ['flip'],
      step: (s) => {
        s.on = !s.on;
        return true;
      },
      label: (action) => action,
      progress: () => true,
      properties: [],
    };
    expect(progressCycle(spinning)).not.toBeNull();
  });

  it('takes the rule that a stable property is stable from the spec, where it is true', () => {
    for (const revision of revisions) {
      for (const each of [
        bound(1, 1, 'delete', 'pidReuse', 'reparented'),
        bound(1, 2),
        bound(1, 0, 'shutdown'),
      ]) {
        const model = modelOf(revision, each);
        const properties = model.properties
          .filter((property) => property.stable)
          .map((property) => ({
            ...property,
            kind: 'step' as const,
            check: (before: Service, subject: string, after: Service) =>
              property.check(before, subject, before) || !property.check(after, subject, after),
          }));
        expect(properties.length).toBeGreaterThan(5);
        const { results } = exploreFast({ ...model, properties }).report;
        expect(results.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
      }
    }
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
    return () => exploreFast(model, { reductions: ['symmetry'] }).report.states;
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

  it('and a reduction of the plain engine are misuse', () => {
    expect(() => explorePlain(twoCounters, { reductions: ['symmetry'] })).toThrow(
      'the plain engine reduces nothing',
    );
  });
});
