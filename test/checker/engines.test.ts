import { describe, expect, it } from 'vitest';
import { type Exploration, explore, type Model, type SearchOptions } from '../../checker/index.ts';
import { runs } from '../depth.ts';
import { fc, test } from '../random.ts';
import { expectTracesDecide, findingsOf, naiveFindings } from './compare.ts';
import { randomModel } from './random-model.ts';

/** Explores `model` with both engines, which agree with each other and with a third search. */
function exploreBoth<S extends object, A>(
  model: Model<S, A>,
  depthMax?: number,
): [Exploration<S>, Exploration<S>] {
  const options: SearchOptions = depthMax === undefined ? {} : { limits: { depthMax } };
  const plain = explore(model, { ...options, engine: 'plain' });
  const fast = explore(model, options);
  const expected = naiveFindings(model, depthMax);
  expect(findingsOf(plain)).toEqual(expected);
  expect(findingsOf(fast)).toEqual(expected);
  expect(fast.report.stoppedBy).toBe(plain.report.stoppedBy);
  expectTracesDecide(plain);
  expectTracesDecide(fast);
  return [plain, fast];
}

describe('the fast and the plain engine', () => {
  test.prop([randomModel], { numRuns: runs(40, 400) })('agree on every random model', (model) => {
    const [{ report }] = exploreBoth(model);
    expect(report.stoppedBy).toBeNull();
  });

  test.prop([randomModel, fc.nat(6)], { numRuns: runs(20, 200) })(
    'agree on every random model to a depth',
    (model, depthMax) => {
      const [{ report }] = exploreBoth(model, depthMax);
      expect(report.depth).toBeLessThanOrEqual(depthMax);
      if (report.stoppedBy === 'depth') expect(report.depth).toBe(depthMax);
    },
  );

  test.prop([randomModel], { numRuns: runs(10, 100) })(
    'find nothing new where they search twice',
    (model) => {
      for (const engine of ['fast', 'plain'] as const) {
        const once = explore(model, { engine });
        const { elapsedMs: _once, ...report } = once.report;
        const { elapsedMs: _twice, ...again } = explore(model, { engine }).report;
        expect(again).toEqual(report);
        expect([...once.states()]).toEqual([...once.states()]);
      }
    },
  );

  it('are given random models of every size, every verdict and every stop', () => {
    const sizes: number[] = [];
    const verdicts = new Set<string>();
    for (const model of fc.sample(randomModel, { numRuns: 200, seed: 1 })) {
      const { report } = explore(model);
      sizes.push(report.states);
      for (const { property, verdict, trace } of report.results) {
        verdicts.add(
          `${property.kind} ${verdict} ${(trace?.length ?? 0) > 2 ? 'after some steps' : ''}`.trim(),
        );
      }
    }
    expect(Math.max(...sizes)).toBeGreaterThan(256);
    expect(sizes.filter((size) => size > 10).length).toBeGreaterThan(20);
    expect([...verdicts].sort()).toEqual([
      'always holds',
      'always violated',
      'always violated after some steps',
      'quiescent holds',
      'quiescent violated',
      'quiescent violated after some steps',
      'sometimes holds',
      'sometimes holds after some steps',
      'sometimes violated',
      'step holds',
      'step violated',
      'step violated after some steps',
    ]);
  });
});
