import assert from 'node:assert/strict';
import { canonicalJson } from '../../../checker/canonical.ts';
import {
  type Exploration,
  explore,
  type Model,
  type SearchOptions,
  StateGraph,
} from '../../../checker/index.ts';
import { permutationsOf, rename, swapOfTexts } from '../../../checker/reductions/renaming.ts';
import type { Snapshot } from '../../../checker/snapshot.ts';
import { expectTracesDecide, findingsOf, naiveFindings } from '../compare.ts';
import type { RandomSystem } from './random-system.ts';

type Findings = ReturnType<typeof naiveFindings>;
type AnyModel = Model<object, unknown>;

/** What was met, so that a run can show that it met everything. */
export type Met = Map<string, number>;

/**
 * Asserts that all engines, with each reduction and without, say the same of a system, and what the plainest search says.
 *
 * @param inThreads the search with several threads, which are files of JavaScript
 */
export function assertAgreement(
  system: RandomSystem,
  inThreads: (model: AnyModel) => Exploration,
  met: Met,
): void {
  const { model, sound, fault, wasMet, depthMax } = system;
  const expected = naiveFindings(sound, depthMax ?? Infinity);
  const searches = searchesOf(system, inThreads);
  if (fault !== null && fault !== 'reads otherwise' && wasMet()) {
    for (const [name, search] of searches)
      assert.throws(() => search(expected), `${name} passes over a step that ${fault}`);
    count(met, `refused: ${fault}`);
    return;
  }
  for (const [name, search] of searches) {
    try {
      search(expected);
      if (fault === 'reads otherwise') count(met, `${name}: is right about a step that reads otherwise`);
    } catch (error) {
      // Such a step may be refused; it must not make an engine say something else.
      if (fault !== 'reads otherwise' || (error as Error).name !== 'ModelError') throw named(name, error);
      count(met, `${name}: refuses a step that reads otherwise`);
    }
  }
  describeModel(model, expected, met);
}

/** Each search with its assertions. */
function searchesOf(
  { model, depthMax, resumeAt, hasThreads }: RandomSystem,
  inThreads: (model: AnyModel) => Exploration,
): [string, (expected: Findings) => void][] {
  const limits = depthMax === null ? {} : { limits: { depthMax } };
  const exact =
    (search: () => Exploration) =>
    (expected: Findings): void => {
      const found = search();
      assert.deepEqual(findingsOf(found), expected);
      expectTracesDecide(found);
    };
  const bounded: [string, (expected: Findings) => void][] = [
    ['plain', exact(() => explore(model, { ...limits, engine: 'plain' }))],
    ['fast', exact(() => explore(model, limits))],
    ['fast, resumed', exact(() => resumed(model, limits, resumeAt))],
    [
      'fast, symmetry',
      (expected) => assertSymmetric(explore(model, { ...limits, reduction: 'symmetry' }), expected),
    ],
  ];
  if (depthMax !== null) return bounded;
  const threads: (typeof bounded)[number] = ['fast, threads', exact(() => inThreads(model))];
  return [
    ...bounded,
    ...(hasThreads ? [threads] : []),
    ['symbolic', (expected) => assertSymbolic(explore(model, { engine: 'symbolic' }), expected)],
    [
      'symbolic, unread',
      (expected) => assertUnread(explore(model, { engine: 'symbolic', reduction: 'unread' }), expected),
    ],
    ['graph', (expected) => assertGraph(model, expected)],
  ];
}

/** A search that is broken off at the end of a level, and goes on from what it saved. */
function resumed(model: AnyModel, options: SearchOptions, level: number): Exploration {
  let saved: Snapshot | null = null;
  let levels = 0;
  const whole = explore(model, {
    ...options,
    onLevel: (snapshot) => {
      if (levels++ === level) saved = structuredClone(snapshot());
    },
  });
  return saved === null ? whole : explore(model, { ...options, resume: saved });
}

/** Verdicts and lengths of shortest traces of a search with symmetry, and that its states stand for all states. */
function assertSymmetric(found: Exploration, { states, verdicts, depth }: Findings): void {
  const { report } = found;
  assert.equal(report.represented, states.size);
  assert.equal(report.depth, depth);
  assert.deepEqual(lengthsOf(found), verdicts);
  expectTracesDecide(found, 'any');
  assert.deepEqual(closedUnderNames(report.model, found.states()), states);
}

/** The states and all that differ from them by names alone. */
function closedUnderNames({ symmetry }: AnyModel, states: Iterable<object>): Set<string> {
  const { types = [], twins = [] } = symmetry ?? {};
  const renamings = [...(permutationsOf(types, 1_000) ?? []), ...twins.map(swapOfTexts)];
  const found = new Set<string>();
  const pending: unknown[] = [...states];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const key = canonicalJson(state);
    if (found.has(key)) continue;
    found.add(key);
    for (const renaming of renamings) pending.push(rename(renaming, state));
  }
  return found;
}

/** Everything but depth and steps: its traces may be longer than the shortest ones. */
function assertSymbolic(found: Exploration, expected: Findings): void {
  const { transitions, quiescent, taken } = found.report;
  assert.deepEqual({ transitions, quiescent, taken }, only(expected));
  assert.deepEqual(new Set([...found.states()].map(canonicalJson)), expected.states);
  assertVerdicts(found, expected);
}

function only({
  transitions,
  quiescent,
  taken,
}: Findings): Pick<Findings, 'transitions' | 'quiescent' | 'taken'> {
  return { transitions, quiescent, taken };
}

function assertUnread(found: Exploration, expected: Findings): void {
  assert.ok(found.report.states <= expected.states.size);
  assertVerdicts(found, expected);
}

function assertVerdicts(found: Exploration, { verdicts }: Findings): void {
  expectTracesDecide(found);
  for (const [name, [verdict, steps]] of Object.entries(lengthsOf(found))) {
    const [wanted, shortest] = verdicts[name] ?? [];
    const isStep = found.report.results.some(
      ({ property }) => property.name === name && property.kind === 'step',
    );
    assert.equal(verdict, isStep ? 'unknown' : wanted, name);
    if (!isStep) assert.ok((steps ?? 0) >= (shortest ?? 0), name);
  }
}

function lengthsOf({ report }: Exploration): Findings['verdicts'] {
  return Object.fromEntries(
    report.results.map(({ property, verdict, trace }) => [
      property.name,
      [verdict, trace?.length ?? null] as const,
    ]),
  );
}

function assertGraph(model: AnyModel, { states, transitions }: Findings): void {
  const graph = new StateGraph(model);
  let edges = 0;
  const found = new Set<string>();
  for (let number = 0; number < graph.size; number++) {
    edges += graph.edges(number).length;
    found.add(canonicalJson(graph.state(number)));
  }
  assert.deepEqual(found, states);
  assert.equal(edges, transitions);
}

function describeModel(
  model: AnyModel,
  { states, transitions, quiescent, verdicts }: Findings,
  met: Met,
): void {
  count(met, model.symmetry ? 'models with a symmetry' : 'models without a symmetry');
  count(met, 'states', states.size);
  count(met, 'transitions', transitions);
  if (quiescent > 0) count(met, 'models that come to rest');
  // A step more than a tree has closes a cycle or joins two ways.
  if (transitions >= states.size && quiescent === 0)
    count(met, 'models that never rest: all runs end in a cycle');
  for (const { name, kind } of model.properties) count(met, `${kind} ${verdicts[name]?.[0]}`);
}

function count(met: Met, what: string, by = 1): void {
  met.set(what, (met.get(what) ?? 0) + by);
}

function named(name: string, cause: unknown): Error {
  return new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
