import { afterAll, describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { beyondLabelOf } from '../../spec/beyond/actions.ts';
import { aloneModel, beyondModel } from '../../spec/index.ts';
import { FaultySpecs } from './faulty-specs.ts';
import { mutants } from './mutants.ts';

const rules = [
  'start precedes exit',
  'at most one exit per process',
  'no exit is lost',
  'Shutdown leaves no process behind',
  'nothing is kept of a deleted container',
];
const kinds = [
  { isShared: false, states: 83_273, atRest: 177 },
  { isShared: true, states: 283_141, atRest: 482 },
];

describe('beyondModel', () => {
  const taken = new Map<string, number>();
  afterAll(() => {
    const never = [...taken].filter(([, times]) => times === 0).map(([label]) => label);
    expect(never).toEqual([]);
  });

  for (const { isShared, states, atRest } of kinds) {
    const name = isShared ? 'shared' : 'private';
    it(`keeps its rules and reaches its witnesses (${name} pid namespace)`, () => {
      const model = beyondModel(isShared);
      const { report } = explore(model);
      const not = report.results.filter(({ verdict }) => verdict !== 'holds');
      expect(not.map(({ property }) => property.name)).toEqual([]);
      expect(report.results.map(({ property }) => property.name)).toEqual(expect.arrayContaining(rules));
      expect([report.stoppedBy, report.states, report.quiescent]).toEqual([null, states, atRest]);
      for (const [i, times] of report.taken.entries()) {
        const label = beyondLabelOf(model.actions[i] ?? expect.fail('no action'));
        taken.set(label, (taken.get(label) ?? 0) + times);
      }
    });

    it(`goes on without any ghost's help (${name} pid namespace)`, () => {
      const { report } = explore(aloneModel(beyondModel(isShared)));
      expect(report.results.map(({ verdict }) => verdict)).toEqual([
        'holds',
        'holds',
        'holds',
        'holds',
        'holds',
      ]);
      expect(report.quiescent).toBeGreaterThan(5_000);
    });
  }
});

describe('beyondModel of a faulty proposed', () => {
  const specs = new FaultySpecs();
  afterAll(() => specs.remove());

  for (const mutant of mutants.filter(({ breaks }) => rules.includes(breaks))) {
    it(`breaks '${mutant.breaks}' where ${mutant.name}`, async () => {
      const proposed = await specs.proposed(mutant);
      const isBroken = ({ isShared }: { isShared: boolean }): boolean => {
        const model = beyondModel(isShared, proposed);
        const properties = model.properties.filter(({ name }) => name === mutant.breaks);
        const limits = { statesMax: 60_000, stopAtViolation: true };
        const { report } = explore({ ...model, properties }, { limits });
        return report.results.some(({ verdict }) => verdict === 'violated');
      };
      expect(kinds.toReversed().some(isBroken)).toBe(true);
    });
  }
});
