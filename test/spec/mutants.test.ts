import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { type Bound, modelOf, type Revision, revisions } from '../../spec/index.ts';
import { bound } from './bounds.ts';
import { mutants, mutate } from './mutants.ts';

const compiled = new URL('../../dist/spec/revisions/proposed.js', import.meta.url);
const original = readFileSync(compiled, 'utf8');

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

/** The rules that a revision breaks within the bounds. */
function broken(revision: Revision): Set<string> {
  const results = bounds.flatMap(
    (b) => explore(modelOf(revision, b), { limits: { statesMax: 60_000 } }).report.results,
  );
  const rules = results.filter(({ property }) => property.kind !== 'sometimes');
  return new Set(rules.flatMap(({ property, verdict }) => (verdict === 'violated' ? [property.name] : [])));
}

describe('proposed', () => {
  const files: URL[] = [];
  afterAll(() => {
    for (const file of files) rmSync(file);
  });

  it('keeps every rule within the bounds of the mutants', () => {
    const proposed = revisions.find(({ slug }) => slug === 'proposed') ?? expect.fail('no proposed');
    expect(broken(proposed)).toEqual(new Set());
  });

  it('is tried with at least 20 faults', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(20);
  });

  for (const [index, mutant] of mutants.entries()) {
    it(`breaks '${mutant.breaks}' where ${mutant.name}`, async () => {
      const file = new URL(`mutant-${process.pid}-${index}.js`, compiled);
      files.push(file);
      writeFileSync(file, mutate(original, mutant));
      const { proposed } = (await import(/* @vite-ignore */ file.href)) as { proposed: Revision };
      expect(broken(proposed)).toContain(mutant.breaks);
    });
  }
});
