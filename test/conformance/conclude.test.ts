import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bySchedule, runCheck } from '../../conformance/checks/check.ts';
import { raceBoundOf } from '../../conformance/races/races.ts';
import { erased, labelOf, proposed } from '../../spec/index.ts';
import { busyboxRootfs } from '../reference/rootfs.ts';

const shim = fileURLToPath(new URL('../../dist/reference/main.sh', import.meta.url));
const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

describe('conclude', () => {
  it('owes no answer to a Wait for an exec that was never a process', async () => {
    const revision = erased(proposed);
    const bound = raceBoundOf(1, 1, 'wait', 'execOnCreated');
    const actions = new Map(revision.actions(bound).map((action) => [labelOf(action), action]));
    const steps = [
      'ClientCreates(create c1)',
      'RuncForks(create c1, 100)',
      'RuncReturns(create c1)',
      'ClientExecsOnCreated(exec c1/e1)',
      'ClientStarts(start c1)',
      'ClientWaits(wait c1/e1)',
    ].map((label) => actions.get(label) ?? { type: label });
    const { verdict, breaches } = await runCheck(
      { shim, rootfs, revision, runtime: 'runc' },
      { group: 'generated', rules: [], name: 'a Wait for an exec that is never started' },
      bySchedule({ bound, steps }),
      { bound },
    );
    expect(breaches).toEqual([]);
    expect(verdict).toBe('conforms');
  });
});
