import type { GoTestOf } from '../../conformance/go-test/go-test.ts';
import { seenAs } from '../../conformance/races/races.ts';
import { SteeredGraph } from '../../conformance/races/steer.ts';
import type { Revision } from '../../spec/index.ts';

/** Every test fails where it is broken. */
const standingRule = 'the shim lives on';

/** The rules that a test fails by. */
export function rulesOf({ race }: GoTestOf): string[] {
  return [...new Set([...race.rules, standingRule])];
}

/** Whether the model says of a revision that the schedule breaks a rule of the test, in whichever order. */
export function isForcedIn(test: GoTestOf, revision: Revision): boolean {
  const { bound, steps } = test.race.schedule;
  const rules = rulesOf(test);
  const graph = new SteeredGraph(revision, bound);
  return [...seenAs].some(([property, rule]) => rules.includes(rule) && graph.isForced(steps, property));
}
