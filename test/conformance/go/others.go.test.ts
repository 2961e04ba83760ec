/** `npm run test:go`: gVisor's shim, and the findings about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needDebian } from '../../debian.ts';
import { violations } from '../conform.ts';
import { check, installed } from '../subjects.ts';

let gvisor: ReturnType<typeof installed>;
beforeAll(() => {
  needDebian(['runc', 'busybox', 'runsc'], ['runc', 'busybox-static', 'runsc']);
  gvisor = installed('gvisor');
});
afterAll(() => gvisor?.end());

describe("gVisor's shim", () => {
  const again = 'an exec that could not be started is started again';
  const nonsense = 'a request that makes no sense: Exec without a spec';
  const never = 'a task is deleted that was never started';

  it('panics at a second Start of an exec that failed and at an Exec without a spec, and announces no task', async () => {
    const report = await check(gvisor.flags, again, nonsense, never);
    const found = violations(report);
    for (const name of [again, nonsense]) expect(found[name]).toContain('the shim lives on');
    expect(JSON.stringify(report.results)).toContain('close of closed channel');
    expect(JSON.stringify(report.results)).toContain('nil pointer dereference');
    expect(found[never]).toContain('a removed task is announced');
  });
});
