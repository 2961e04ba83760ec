import type { GoTestOf } from '../../conformance/go-test/go-test.ts';
import { labelOf } from '../../spec/index.ts';
import { findingTests } from './finding-tests.ts';
import { knownGoTests } from './known.ts';

/** The tests of the suite in `upstream/`: the known races, and of the findings those that are none of these. */
export function suiteTests(): GoTestOf[] {
  const known = knownGoTests();
  const schedules = new Set(known.map(scheduleOf));
  return [...known, ...findingTests().tests.filter((each) => !schedules.has(scheduleOf(each)))];
}

function scheduleOf({ race: { schedule } }: GoTestOf): string {
  return JSON.stringify([schedule.steps.map(labelOf), schedule.bound.sharedPidNamespace]);
}
