import { expect, it } from 'vitest';
import type { Model } from '../../../checker/index.ts';
import { explore } from '../../../dist/checker/index.js';
import { startCrew } from '../../../dist/checker/threads/index.js';
import { twoPhaseCommit } from '../../../examples/two-phase-commit.ts';
import './threads.test.ts';

// Above 2^23 states the array of states is made as large as the limit of memory may want it: here, more than 4 GiB.
it('the fast engine with several threads finds every state where an array is larger than 4 GiB', () => {
  const limits = { memoryMaxBytes: 4 * 1024 ** 3 };
  const large = startCrew(2);
  const { report } = explore(twoPhaseCommit(9), { crew: large, limits });
  large.dismiss();
  expect(report).toMatchObject({ states: 10_340_352, stoppedBy: null });
  expect(report.results.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
});

it('the fast engine with several threads loses no state where the table of pairs is full in the middle of a block', () => {
  const slots = Array.from({ length: 12 }, (_, i) => `s${i}`);
  const [counts, stepMax] = [slots.length, 32];
  const model: Model<Record<string, number>, { slot: string; by: number }> = {
    name: 'wide states, each with pairs of its own',
    initial: Object.fromEntries(slots.map((slot) => [slot, 0])),
    actions: slots.flatMap((slot) => Array.from({ length: stepMax }, (_, i) => ({ slot, by: i + 1 }))),
    label: ({ slot, by }) => `${slot} += ${by}`,
    progress: () => true,
    properties: [],
    step: (s, { slot, by }) => {
      s[slot] = (s[slot] ?? 0) + by;
      return true;
    },
  };
  // After two steps at most: one slot up to twice the step, or two of them up to the step each.
  const states = 1 + counts * 2 * stepMax + ((counts * (counts - 1)) / 2) * stepMax ** 2;
  const crew = startCrew(2, 3);
  for (const options of [{}, { crew }])
    expect(explore(model, { ...options, limits: { depthMax: 2 } }).report).toMatchObject({
      states,
      depth: 2,
    });
  crew.dismiss();
});
