import { describe, expect, it } from 'vitest';
import type { Crew } from '../../checker/fast/crew.ts';
import {
  CancelledError,
  checkLiveness,
  type Engine,
  explore,
  type Report,
  type SearchOptions,
  StateGraph,
  simulate,
} from '../../checker/index.ts';
import type { Snapshot } from '../../checker/snapshot.ts';
import { ownWords } from '../../checker/store/words.ts';
import { twoPhaseCommit } from '../../examples/two-phase-commit.ts';

const model = twoPhaseCommit(4);

/** The caller alone, in blocks that are much smaller than a level. */
const alone: Crew = {
  size: 1,
  chunkStates: 2,
  allocate: ownWords,
  run: (_, __, ___, own) => {
    let chunk = 0;
    own(() => chunk++);
  },
};

/** Asks `times` times for nothing, and then for an end. */
function endsAfter(times: number): () => boolean {
  let asked = 0;
  return () => asked++ >= times;
}

function outcome({ results, states, transitions, quiescent, depth, taken, stoppedBy }: Report): object {
  const verdicts = results.map(({ property, verdict, trace, depth: at }) => ({
    ...{ name: property.name, verdict, trace, at },
  }));
  return { verdicts, states, transitions, quiescent, depth, taken, stoppedBy };
}

describe('isCancelled', () => {
  it.each<Engine>(['fast', 'plain', 'symbolic'])('ends a search with what it has found: %s', (engine) => {
    const { report } = explore(model, { engine, isCancelled: endsAfter(2) });
    expect(report.stoppedBy).toBe('interrupt');
    expect(report.results.map(({ verdict }) => verdict)).toContain('unknown');
    const whole = explore(model, { engine }).report;
    expect(whole.stoppedBy).toBeNull();
    expect(report.states).toBeLessThan(whole.states);
  });

  it('leaves a snapshot within a level, from which the search goes on as if it had never stopped', () => {
    const whole = explore(model).report;
    let last: Snapshot | undefined;
    let report: Report | undefined;
    let within = 0;
    for (let runs = 0; report?.stoppedBy !== null; runs++) {
      expect(runs).toBeLessThan(1_000);
      const options: SearchOptions = {
        crew: alone,
        isCancelled: endsAfter(1 + (runs % 5)),
        onLevel: (snapshot, isLast) => {
          if (isLast) last = structuredClone(snapshot());
        },
      };
      report = explore(model, last ? { ...options, resume: last } : options).report;
      if (last && last.head < last.levelEnd && last.levelEnd < last.store.count) within++;
    }
    expect(within).toBeGreaterThan(0);
    expect(outcome(report)).toEqual(outcome(whole));
  });

  it('ends walks, a search for lassos and the exploration of a graph', () => {
    const walks = simulate(model, { seed: 1, walks: 1_000, stepsMax: 100, isCancelled: endsAfter(2) });
    expect([walks.isCutShort, walks.walks < 1_000, walks.steps > 0]).toEqual([true, true, true]);
    const claim = { name: 'it ends', kind: 'eventually', holds: () => true } as const;
    for (const times of [0, 1, 2]) {
      const live = checkLiveness(model, { claims: [claim], isCancelled: endsAfter(times) });
      expect([live.stoppedBy, live.results[0]?.verdict]).toEqual(['interrupt', 'unknown']);
    }
    expect(checkLiveness(model, { claims: [claim] }).stoppedBy).toBeNull();
    const graph = new StateGraph(model, 1_000_000, { isCancelled: endsAfter(1) });
    expect(() => {
      for (let number = 0; number < graph.size; number++) graph.edges(number);
    }).toThrow(CancelledError);
  });
});
