import { expect, it } from 'vitest';
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
