import { describe, expect, it } from 'vitest';
import { explore, replay, type Simulation, simulate } from '../../../checker/index.ts';
import { type AnyAction, labelOf, modelOf, revisions, type Service } from '../../../spec/index.ts';
import { shimSpec } from '../../cli/shim-spec.ts';
import { bound } from '../../spec/bounds.ts';

const options = { seed: 7, walks: 400, stepsMax: 120 };
const summary = ({ met, ...rest }: Simulation<Service, AnyAction>): object => ({
  met: met.map(({ property, subject, trace }) => [property.name, subject, trace.map(labelOf)]),
  steps: rest.steps,
  judged: rest.judged,
  taken: [...rest.taken],
});

describe('random walks', () => {
  it('break nothing that the search does not, and each by a trace that does', () => {
    for (const revision of revisions) {
      const model = modelOf(revision, bound(1, 1, 'delete'));
      const violated = explore(model).report.results.filter(({ verdict }) => verdict === 'violated');
      const rules = violated.map(({ property }) => property.name);
      for (const { property, subject, trace } of simulate(model, options).met) {
        const last = replay(model, trace).at(-1);
        const state = last?.after ?? model.initial;
        const from = property.kind === 'step' ? (last?.before ?? state) : state;
        expect(property.check(from, subject, state)).toBe(property.kind === 'sometimes');
        if (property.kind !== 'sometimes') expect(rules).toContain(property.name);
      }
    }
  });

  it('find the deadlock, the same for a seed, however little they remember', () => {
    const early = revisions.find(({ slug }) => slug === 'early-exits') ?? expect.fail();
    const model = modelOf(early, bound(1, 1, 'delete'));
    const found = simulate(model, options);
    expect(found.met.map(({ property }) => property.name)).toContain('no deadlock');
    expect(summary(simulate(model, options))).toEqual(summary(found));
    expect(summary(simulate(model, { ...options, seed: 8 }))).not.toEqual(summary(found));
    const forgetful = simulate(model, { ...options, statesMax: 100 });
    expect(forgetful.met.map(({ property }) => property.name)).toContain('no deadlock');
    expect(forgetful.judged).toBeGreaterThan(100);
  });

  it('never say that a rule holds', () => {
    const { code, out } = shimSpec('simulate', 'proposed', '--execs', '1', '--walks', '20', '--seed', '1');
    expect(code).toBe(20);
    expect(out).toContain('nothing is proved: 20 random walks');
    const broken = shimSpec('simulate', 'early-exits', '--execs', '1', '--walks', '400', '--seed', '7');
    expect([broken.code, broken.out.includes('✗ no deadlock')]).toEqual([11, true]);
    const json = shimSpec('simulate', 'proposed', '--execs', '1', '--walks', '5', '--format', 'json');
    expect(JSON.parse(json.out)).toMatchObject({ walks: 5, seed: expect.any(Number) as number });
    expect(shimSpec('simulate', 'proposed', '--walks', '0').code).toBe(150);
  });
});
