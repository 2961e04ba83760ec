import { afterAll, describe, expect, it } from 'vitest';
import { explore } from '../../../checker/index.ts';
import { type Bound, modelOf, type Revision } from '../../../spec/index.ts';
import { FaultySpecs } from '../faulty-specs.ts';
import { roadMutants } from './mutants.ts';
import { revisionOfSlug } from './reports.ts';

function isBroken(revision: Revision, within: Bound, rule: string): boolean {
  const model = modelOf(revision, within);
  const properties = model.properties.filter(({ name }) => name === rule);
  expect(properties).toHaveLength(1);
  return explore({ ...model, properties }).report.results[0]?.verdict === 'violated';
}

describe('the parts oom and channel of the road', () => {
  const specs = new FaultySpecs();
  afterAll(() => specs.remove());

  for (const mutant of roadMutants) {
    const { revision, file, within, name, breaks } = mutant;
    it(`let ${revision} break '${breaks}' where ${name}`, async () => {
      expect(isBroken(revisionOfSlug(revision), within, breaks)).toBe(false);
      expect(isBroken(await specs.revision(revision, file, mutant), within, breaks)).toBe(true);
    });
  }
});
