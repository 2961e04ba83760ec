import { afterAll, describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { type Bound, erased, modelOf, proposed, type Revision } from '../../spec/index.ts';
import { isDeep } from '../depth.ts';
import { bound } from './bounds.ts';
import { FaultySpecs } from './faulty-specs.ts';
import { mutants } from './mutants.ts';

/** Small bounds that between them have every option on. */
const bounds: readonly Bound[] = [
  bound(1, 1, 'delete', 'wait', 'execOnCreated', 'runcFails'),
  bound(1, 1, 'delete', 'wait', 'execOnCreated', 'runcFails', 'sharedPidNamespace'),
  bound(1, 1, 'reparented', 'pidReuse', 'execOnCreated', 'sharedPidNamespace'),
  bound(1, 1, 'again', 'runcFails'),
  bound(1, 2, 'pidReuse', 'kill'),
  bound(1, 0, 'shutdown', 'delete', 'runcFails'),
  bound(1, 1, 'shutdown', 'delete', 'execOnCreated', 'sharedPidNamespace'),
];

/** Whether a revision breaks a rule of these within the bounds. */
function breaks(
  revision: Revision,
  isOne: (rule: { readonly kind: string; readonly name: string }) => boolean,
): boolean {
  return bounds.some((b) => {
    const model = modelOf(revision, b);
    const properties = model.properties.filter(isOne);
    const limits = { statesMax: 60_000, stopAtViolation: true };
    const { report } = explore({ ...model, properties }, { limits });
    return report.results.some(({ verdict }) => verdict === 'violated');
  });
}

describe('proposed', () => {
  const specs = new FaultySpecs();
  afterAll(() => specs.remove());

  if (isDeep)
    it('keeps every rule within the bounds of the mutants', () => {
      expect(breaks(erased(proposed), ({ kind }) => kind !== 'sometimes')).toBe(false);
    });

  it('is tried with at least 20 faults', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(20);
  });

  for (const mutant of isDeep ? mutants : mutants.slice(0, 2)) {
    it(`breaks '${mutant.breaks}' where ${mutant.name}`, async () => {
      const faulty = erased(await specs.proposed(mutant));
      expect(breaks(faulty, ({ name }) => name === mutant.breaks)).toBe(true);
    });
  }
});
