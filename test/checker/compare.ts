import assert from 'node:assert/strict';
import { canonicalJson } from '../../checker/canonical.ts';
import {
  type Exploration,
  type Model,
  type Report,
  type Result,
  replay,
  type Verdict,
} from '../../checker/index.ts';
import { isQuiescent } from '../../checker/step.ts';
import { wholeModel } from '../../checker/whole-model.ts';

/** A search of any model. */
export interface AnyExploration {
  readonly report: Report;
  readonly states: () => Iterable<unknown>;
}

/** What two searches of one model have in common, whichever engine and whichever of the shortest traces. */
interface Findings {
  readonly states: ReadonlySet<string>;
  readonly transitions: number;
  readonly depth: number | null;
  readonly quiescent: number;
  readonly taken: readonly number[];
  readonly verdicts: Readonly<Record<string, readonly [Verdict, steps: number | null]>>;
}

export function findingsOf({ report, states }: AnyExploration): Findings {
  const all = [...states()].map(canonicalJson);
  const distinct = new Set(all);
  assert.equal(all.length, report.states);
  assert.equal(distinct.size, report.states);
  const { transitions, depth, quiescent, taken } = report;
  return { states: distinct, transitions, depth, quiescent, taken, verdicts: verdictsOf(report.results) };
}

export function verdictsOf(results: readonly Result[]): Findings['verdicts'] {
  return Object.fromEntries(
    results.map(({ property, verdict, trace }) => [property.name, [verdict, trace?.length ?? null]]),
  );
}

/** The same search as the engines do, said once more in the plainest way: no immer, no ledger, no limits but depth. */
export function naiveFindings<S extends object, A>(
  model: Model<S, A>,
  depthMax: number = Infinity,
): Findings {
  const { initial, actions, step, progress, properties } = wholeModel(model);
  const start = structuredClone(initial);
  const depths = new Map([[canonicalJson(start), 0]]);
  const queue = [start];
  const decided = new Map<string, number>();
  const taken = actions.map(() => 0);
  let quiescent = 0;
  let isComplete = true;
  for (const state of queue) {
    const depth = depths.get(canonicalJson(state)) ?? 0;
    let isAtRest = true;
    for (const [number, action] of actions.entries()) {
      const after = structuredClone(state);
      if (!step(after, action)) continue;
      taken[number] = (taken[number] ?? 0) + 1;
      if (progress(action)) isAtRest = false;
      for (const { name, kind, subjects, check } of properties) {
        if (kind !== 'step' || decided.has(name)) continue;
        if (subjects.some((subject) => !check(state, subject, after))) decided.set(name, depth + 1);
      }
      const key = canonicalJson(after);
      if (depths.has(key)) continue;
      if (depth + 1 > depthMax) {
        isComplete = false;
        continue;
      }
      depths.set(key, depth + 1);
      queue.push(after);
    }
    if (isAtRest) quiescent++;
    for (const { name, kind, subjects, check } of properties) {
      if (decided.has(name) || kind === 'step' || (kind === 'quiescent' && !isAtRest)) continue;
      const isDeciding = subjects.some((subject) => check(state, subject, state) === (kind === 'sometimes'));
      if (isDeciding) decided.set(name, depth);
    }
  }
  const verdicts = properties.map(({ name, kind }) => {
    const steps = decided.get(name);
    const isHeld = (kind === 'sometimes') === (steps !== undefined);
    const isKnown = isComplete || steps !== undefined;
    return [name, [isKnown ? (isHeld ? 'holds' : 'violated') : 'unknown', steps ?? null]] as const;
  });
  return {
    states: new Set(depths.keys()),
    transitions: taken.reduce((sum, times) => sum + times, 0),
    depth: Math.max(...depths.values()),
    quiescent,
    taken,
    verdicts: Object.fromEntries(verdicts),
  };
}

/**
 * Asserts that each trace of a search, taken step by step, ends where it decides its property.
 *
 * @param whose whether its subject is the first that decides it there, or any: a search with symmetry renames subjects
 */
export function expectTracesDecide<S extends object, A>(
  { report }: Exploration<S, A>,
  whose: 'first' | 'any' = 'first',
): void {
  const { model } = report;
  for (const { property, subject, trace } of report.results) {
    assert.equal(subject === null, trace === null);
    if (trace === null || subject === null) continue;
    const last = replay(model, trace).at(-1);
    const end = last?.after ?? model.initial;
    const from =
      property.kind === 'step' ? (last?.before ?? assert.fail('a step property broken by no step')) : end;
    const decides = (each: string): boolean =>
      property.check(from, each, end) === (property.kind === 'sometimes');
    const decider = whose === 'first' ? property.subjects.find(decides) : decides(subject) && subject;
    assert.equal(decider, subject, property.name);
    if (property.kind === 'quiescent') assert.ok(isQuiescent(model, end), property.name);
  }
}
