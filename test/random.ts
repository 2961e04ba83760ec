import * as fc from 'fast-check';
import { it } from 'vitest';

/** How a property is tried; a failure prints the seed and the path that replay it. */
interface Trial {
  /** Default: 100. */
  readonly numRuns?: number;
  /** Default: by chance; it stands in the test's name. */
  readonly seed?: number;
  readonly path?: string;
}

type Arbitraries<Values extends unknown[]> = { [Index in keyof Values]: fc.Arbitrary<Values[Index]> };

/**
 * A test whose arguments are random.
 *
 * Why: @fast-check/vitest has the same, and takes three seconds to load in each file.
 */
function prop<Values extends [unknown, ...unknown[]]>(arbitraries: Arbitraries<Values>, trial: Trial = {}) {
  return (name: string, check: (...values: Values) => unknown): void => {
    const { seed = Math.trunc(Math.random() * 2 ** 31) } = trial;
    const property = fc.asyncProperty<Values>(
      ...arbitraries,
      async (...values) => void (await check(...values)),
    );
    it(`${name} (seed ${seed})`, () => fc.assert(property, { ...trial, seed }));
  };
}

const test = { prop };

export { fc, test };
