import { describe, expect, it } from 'vitest';
import { memoryMaxBytesDefault } from '../../checker/bounds.ts';
import { explore, type Limits, type Model, type Progress, type Verdict } from '../../checker/index.ts';
import { twoPhaseCommit } from '../../examples/two-phase-commit.ts';
import { type CountersState, counters } from '../models/counters.ts';

/** Counters with one more rule, which the first step breaks, so that something is decided before any stop. */
function countersWithEarlyBreach(count: number, to: number): Model<CountersState, string> {
  const model = counters(count, to);
  return {
    ...model,
    properties: [
      ...model.properties,
      {
        name: 'nobody counts',
        kind: 'always',
        class: 'safety',
        sentence: 'broken by the first step',
        source: 'arithmetic',
        subjects: model.actions,
        check: (s, name) => s.at[name] === 0,
      },
    ],
  };
}

const early = countersWithEarlyBreach(3, 20);
const space = { states: 21 ** 3, transitions: 3 * 20 * 21 ** 2, depth: 60 };
/** No engine sees all of its 100 million states in a few seconds. */
const endless = countersWithEarlyBreach(8, 9);

const undecided: Record<string, Verdict> = {
  'rests only where all have arrived': 'unknown',
  'all stay below their end': 'unknown',
  'the first one counts': 'holds',
  'nobody counts': 'violated',
};

for (const engine of ['fast', 'plain'] as const) {
  const verdicts = (limits: Limits, model: Model<CountersState, string> = early): Record<string, Verdict> =>
    Object.fromEntries(
      explore(model, { engine, limits }).report.results.map(({ property, verdict }) => [
        property.name,
        verdict,
      ]),
    );

  describe(`the ${engine} engine within limits`, () => {
    it('sees everything where nobody sets one', () => {
      const { report } = explore(early, { engine });
      expect(report).toMatchObject({ ...space, stoppedBy: null, limits: {} });
      expect(report.results.map(({ verdict }) => verdict)).toEqual([
        'holds',
        'violated',
        'holds',
        'violated',
      ]);
    });

    it('depthMax: sees every state up to the depth, and says unknown of what it could not decide', () => {
      const { report, states } = explore(early, { engine, limits: { depthMax: 3 } });
      expect(report).toMatchObject({
        states: 1 + 3 + 6 + 10,
        depth: 3,
        stoppedBy: 'depth',
        limits: { depthMax: 3 },
      });
      expect([...states()].every(({ at }) => (at.c0 ?? 9) + (at.c1 ?? 9) + (at.c2 ?? 9) <= 3)).toBe(true);
      expect(verdicts({ depthMax: 3 })).toEqual(undecided);
    });

    it('depthMax: is complete at exactly the depth of the space, and not one below', () => {
      expect(explore(early, { engine, limits: { depthMax: 60 } }).report).toMatchObject({
        ...space,
        stoppedBy: null,
      });
      expect(verdicts({ depthMax: 60 })).toEqual({
        'rests only where all have arrived': 'holds',
        'all stay below their end': 'violated',
        'the first one counts': 'holds',
        'nobody counts': 'violated',
      });
      const below = explore(early, { engine, limits: { depthMax: 59 } }).report;
      expect(below).toMatchObject({ states: space.states - 1, depth: 59, stoppedBy: 'depth' });
      expect(verdicts({ depthMax: 59 })).toEqual(undecided);
    });

    it('depthMax: 0 leaves the initial state, and decides what that one decides', () => {
      const { report } = explore(counters(1, 0), { engine, limits: { depthMax: 0 } });
      expect(report).toMatchObject({ states: 1, depth: 0, stoppedBy: null });
      expect(explore(early, { engine, limits: { depthMax: 0 } }).report).toMatchObject({
        states: 1,
        stoppedBy: 'depth',
      });
      expect(Object.values(verdicts({ depthMax: 0 }))).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    });

    it('statesMax: stops with at least so many states, before all', () => {
      const { report, states } = explore(early, { engine, limits: { statesMax: 1_000 } });
      expect(report.stoppedBy).toBe('states');
      expect(report.states).toBeGreaterThanOrEqual(1_000);
      expect(report.states).toBeLessThan(2_000);
      expect([...states()]).toHaveLength(report.states);
      const depths = [...states()].map(({ at }) => Object.values(at).reduce((sum, count) => sum + count, 0));
      expect(report.depth).toBe(Math.max(...depths));
      expect(verdicts({ statesMax: 1_000 })).toEqual(undecided);
    });

    it('statesMax: is complete where the space is smaller', () => {
      expect(explore(early, { engine, limits: { statesMax: space.states + 1 } }).report).toMatchObject({
        ...space,
        stoppedBy: null,
      });
    });

    it('timeoutMs: stops at once where there is no time', () => {
      const { report } = explore(early, { engine, limits: { timeoutMs: 0 } });
      expect(report).toMatchObject({ states: 1, transitions: 0, depth: 0, stoppedBy: 'time' });
      expect(Object.values(verdicts({ timeoutMs: 0 }))).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    });

    it('timeoutMs: stops in the middle, and what is violated by then stays so', () => {
      const { report } = explore(endless, { engine, limits: { timeoutMs: 200 } });
      expect(report.stoppedBy).toBe('time');
      expect(report.elapsedMs).toBeGreaterThanOrEqual(200);
      expect(report.states).toBeGreaterThan(1);
      expect(report.states).toBeLessThan(10 ** 8);
      expect(verdicts({ timeoutMs: 200 }, endless)).toEqual(undecided);
    });

    it('memoryMaxBytes: stops before all where the states take more', () => {
      const { report } = explore(endless, { engine, limits: { memoryMaxBytes: 3_000_000 } });
      expect(report.stoppedBy).toBe('memory');
      expect(report.states).toBeGreaterThan(500);
      expect(verdicts({ memoryMaxBytes: 3_000_000 }, endless)).toEqual(undecided);
      const onProgress = (): void => {};
      const told = explore(endless, { engine, limits: { memoryMaxBytes: 3_000_000 }, onProgress }).report;
      expect(told.states).toBe(report.states);
    });

    it('stopAtViolation: stops at the first one, and decides nothing else', () => {
      const { report } = explore(early, { engine, limits: { stopAtViolation: true } });
      expect(report.stoppedBy).toBe('violation');
      expect(report.states).toBeLessThan(20);
      expect(verdicts({ stopAtViolation: true })).toEqual(undecided);
      expect(report.results.at(-1)?.trace).toHaveLength(1);
    });

    it('stopAtViolation: a witness is no violation', () => {
      const model = twoPhaseCommit(3);
      const { report } = explore(model, { engine, limits: { stopAtViolation: true } });
      expect(report).toMatchObject({ states: 288, transitions: 1145, depth: 10, stoppedBy: null });
      expect(report.results.map(({ verdict }) => verdict)).toEqual(['holds', 'holds', 'holds']);
    });

    it('onProgress: tells of a search that takes longer than a second, ever more', () => {
      const told: Progress[] = [];
      const limits = { timeoutMs: 2_000 };
      const { report } = explore(endless, { engine, limits, onProgress: (progress) => told.push(progress) });
      expect(told.length).toBeGreaterThanOrEqual(1);
      expect(told.length).toBeLessThanOrEqual(3);
      for (const progress of told) {
        expect(progress.states).toBeGreaterThan(0);
        expect(progress.states).toBeLessThanOrEqual(report.states);
        expect(progress.transitions).toBeLessThanOrEqual(report.transitions);
        expect(progress.queue).toBeGreaterThan(0);
        expect(progress.queue).toBeLessThan(progress.states);
        expect(progress.depth).toBeGreaterThan(0);
        expect(progress.depth).toBeLessThanOrEqual(report.depth ?? 0);
        expect(progress.elapsedMs).toBeGreaterThanOrEqual(1_000);
        expect(progress.bytes).toBeGreaterThan(0);
      }
      expect(told.map(({ elapsedMs }) => elapsedMs)).toEqual(
        told.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b),
      );
    });

    it('onProgress: is silent in a short search', () => {
      const told: Progress[] = [];
      explore(counters(1, 60), { engine, onProgress: (progress) => told.push(progress) });
      expect(told).toEqual([]);
    });
  });
}

describe('memoryMaxBytesDefault', () => {
  it('is 2 GiB', () => {
    expect(memoryMaxBytesDefault).toBe(2_147_483_648);
  });
});
