import { test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { confirm } from '../../checker/bitstate/confirm.ts';
import {
  type BitstateOptions,
  type Exploration,
  exploreBitstate,
  exploreFast,
  type Model,
  ModelError,
  type Result,
  type Verdict,
} from '../../checker/index.ts';
import { modelOf, revisions } from '../../spec/index.ts';
import { counters } from '../models/counters.ts';
import { diningPhilosophers } from '../models/dining-philosophers.ts';
import { twoPhaseCommit } from '../models/two-phase-commit.ts';
import { bound } from '../spec/bounds.ts';
import { expectTracesDecide } from './compare.ts';
import { randomModel } from './random-model.ts';
import { toys } from './toy-manifest.ts';

/** With a table so large that nothing is omitted. */
function deep(bytes: number): BitstateOptions {
  return { bytes, seed: 1, limits: { depthMax: 1e6 } };
}

/** What an unreliable search may say where an exact one says `verdict`: what was met was met, and nothing is proved. */
function unproved({ property, verdict }: Pick<Result<never>, 'property' | 'verdict'>): Verdict {
  const isMet = verdict === (property.kind === 'sometimes' ? 'holds' : 'violated');
  return isMet ? verdict : 'unknown';
}

function verdictsOf(results: readonly Result<never>[]): Record<string, Verdict> {
  return Object.fromEntries(results.map(({ property, verdict }) => [property.name, verdict]));
}

/** Searches with a table in which nothing is omitted, and asserts that all is found that an exact search finds. */
function expectAllFound<S extends object, A>(model: Model<S, A>): Exploration<S> {
  const exact = exploreFast(model).report;
  const { states, transitions, quiescent, taken } = exact;
  const search = exploreBitstate(model, deep(64 * states + 2 ** 16));
  expect(search.report).toMatchObject({ states, transitions, quiescent, taken, stoppedBy: 'bitstate' });
  const expected = exact.results.map((result) => [result.property.name, unproved(result)]);
  expect(verdictsOf(search.report.results)).toEqual(Object.fromEntries(expected));
  expectTracesDecide(model, search);
  return search;
}

describe('exploreBitstate', () => {
  for (const toy of toys) {
    it(`${toy.name}: visits all ${toy.states} states where the table is large, and says that nothing holds`, () => {
      const { report } = toy.explore((model) => exploreBitstate(model, deep(64 * toy.states + 2 ** 16)));
      const { states, transitions, quiescent } = toy;
      expect(report).toMatchObject({
        states,
        transitions,
        quiescent,
        engine: 'bitstate',
        stoppedBy: 'bitstate',
      });
      expect(report.depth).toBeGreaterThanOrEqual(toy.depth);
      const expected = report.results.map(({ property }) => {
        const [verdict = 'unknown'] = toy.verdicts[property.name] ?? [];
        return [property.name, unproved({ property, verdict })];
      });
      expect(verdictsOf(report.results)).toEqual(Object.fromEntries(expected));
      expect(report.bitstate?.omitted).toBeLessThan(1e-6);
    });
  }

  test.prop([randomModel], { numRuns: 200 })('finds all of every random model', (model) => {
    expectAllFound(model);
  });

  it('finds what each revision breaks, by traces that do', () => {
    for (const revision of revisions) expectAllFound(modelOf(revision, bound(1, 1, 'delete')));
  });

  it('shortens what it finds, here to the shortest there is', () => {
    const early = revisions.find(({ slug }) => slug === 'early-exits') ?? expect.fail();
    const model = modelOf(early, bound(1, 2, 'delete'));
    const { report } = exploreBitstate(model, deep(2 ** 25));
    const depths = report.results.flatMap(({ property, verdict, depth }) =>
      verdict === 'violated' ? [[property.name, depth] as const] : [],
    );
    expect(Object.fromEntries(depths)).toEqual({
      "an init's exit is the last of its container": 39,
      'no exit is lost': 10,
      'no deadlock': 10,
      'running holds no dead process': 21,
    });
  }, 60_000);

  it('leaves states out of a table that is too small, about as many as it says, and says no more than unknown', () => {
    const model = twoPhaseCommit(5);
    for (const [bytes, least] of [
      [4_096, 0.03],
      [2_048, 0.15],
    ] as const) {
      const { report } = exploreBitstate(model, { bytes, seed: 1 });
      const left = 1 - report.states / 8_832;
      expect(left).toBeGreaterThan(least);
      // What only omitted states lead to is not in the estimate.
      expect(report.bitstate?.omitted).toBeGreaterThan(left / 2);
      expect(report.bitstate?.omitted).toBeLessThan(1.2 * left);
      const rules = report.results.filter(({ property }) => property.kind !== 'sometimes');
      expect(new Set(rules.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
    }
  });

  it('finds a violation with hardly any memory, by a trace that the model confirms', () => {
    const model = diningPhilosophers(5, false);
    const search = exploreBitstate(model, { bytes: 32, seed: 1 });
    expect(search.report.states).toBeLessThan(82);
    expect(verdictsOf(search.report.results)['no deadlock']).toBe('violated');
    expectTracesDecide(model, search);
  });

  it('does the same for a seed, and leaves out other states for another', () => {
    const model = twoPhaseCommit(5);
    const run = (seed: number): unknown => {
      const { elapsedMs: _elapsed, ...report } = exploreBitstate(model, {
        bytes: 2_048,
        seed,
      }).report;
      return report;
    };
    expect(run(3)).toEqual(run(3));
    const states = [1, 2, 3, 4].map((seed) => (run(seed) as { states: number }).states);
    expect(new Set(states).size).toBeGreaterThan(1);
  });

  it('stops where it is told, and says so', () => {
    const chain = counters(1, 300);
    const stopped = (limits: BitstateOptions['limits']): unknown[] => {
      const { report } = exploreBitstate(chain, { bytes: 2 ** 16, seed: 1, ...(limits ? { limits } : {}) });
      return [report.stoppedBy, report.states, report.depth];
    };
    expect(stopped(undefined)).toEqual(['bitstate', 301, 300]);
    expect(stopped({ depthMax: 10 })).toEqual(['depth', 11, 10]);
    expect(stopped({ statesMax: 50 })).toEqual(['states', 50, 49]);
    expect(stopped({ stopAtViolation: true })).toEqual(['violation', 301, 300]);
    expect(stopped({ timeoutMs: 0 })).toEqual(['time', 1, 0]);
    // The table is not part of it.
    expect(stopped({ memoryMaxBytes: 1 })).toEqual(['memory', 1, 0]);
    expect(stopped({ memoryMaxBytes: 2 ** 20 })).toEqual(['bitstate', 301, 300]);
  });
});

describe('confirm', () => {
  const model = counters(2, 1);
  const [rests, below, counts] = model.properties;

  it('takes what a replay decides', () => {
    if (!below || !counts) return expect.fail();
    confirm(model, below, 'all', [0, 1]);
    confirm(model, counts, 'first', [0]);
  });

  it('refuses a trace that decides nothing, ends where something moves, or cannot be taken', () => {
    if (!rests || !below) return expect.fail();
    expect(() => confirm(model, below, 'all', [0])).toThrow(ModelError);
    expect(() => confirm(model, rests, 'c1', [0])).toThrow(ModelError);
    expect(() => confirm(model, below, 'all', [0, 0])).toThrow('is not enabled at step 2');
  });
});
