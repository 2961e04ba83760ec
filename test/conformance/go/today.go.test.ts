/** `npm run test:go`: shims of today, built by Go at pinned versions. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { needDebian } from '../../debian.ts';
import { goBuild, goInstall } from '../../go/go.ts';
import { conform, debians, only, violations } from '../conform.ts';

const today = 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2';
const checks = only('an init is killed', 'an exec ends', 'no exit is lost (c1) [early-exits]');
beforeAll(() =>
  needDebian(['runc', 'busybox', 'containerd-shim-runc-v2'], ['runc', 'busybox-static', 'containerd']),
);

describe('shim-spec conform', () => {
  it('starts a shim of containerd 2.3, by BootstrapParams', async () => {
    const { code, report } = await conform(goInstall(today, 'v2.3.4'), '--runs', '0', ...checks);
    expect(report.profile).toMatchObject({
      started: { input: 'BootstrapParams', form: 'BootstrapResult', version: 3, protocol: 'ttrpc' },
      service: 'containerd.task.v3.Task',
      info: { name: 'io.containerd.runc.v2', version: expect.stringContaining('2.3.4') as string },
    });
    expect(violations(report)).toEqual({});
    expect(code).toBe(0);
  });

  const late = 'a task is deleted that was never started';
  const orphan = "no orphan after an init's exit (c1/e1), shared pid namespace [running-execs]";

  it('finds in 2.3.4 an exit after the delete, an orphan of an exec on a created container, and a panic', async () => {
    const nonsense = 'a request that makes no sense: Exec without a spec';
    const { report } = await conform(
      goInstall(today, 'v2.3.4'),
      '--runs',
      '0',
      ...only(late, orphan, nonsense),
    );
    expect(violations(report)).toEqual({
      [late]: ['nothing follows the delete'],
      [orphan]: expect.arrayContaining(["no orphan after an init's exit"]) as string[],
      [nonsense]: ['the shim lives on'],
    });
  });

  it('finds in 1.6.30 the exits that are lost while another exec starts, and in 1.6.36 none of them', async () => {
    const before = 'github.com/containerd/containerd/cmd/containerd-shim-runc-v2';
    const lost = ['no exit is lost (c1), 2 [pending-execs]', 'no exit is lost (c1/e1) [pending-execs]'];
    const of = async (version: string): Promise<Record<string, string[]>> =>
      violations((await conform(goInstall(before, version), '--runs', '0', ...only(...lost))).report);
    const old = await of('v1.6.30');
    for (const race of lost) expect(old[race]).toContain('no exit is lost');
    expect(await of('v1.6.36')).toEqual({});
  });

  const stalled = '48 execs end with their init, in a shared pid namespace';
  const again = 'an event comes again before the next one, or not at all';
  const roads: readonly [check: string, rule: string][] = [
    [stalled, 'an exit is published in time, however many processes have ended'],
    ['containerd refuses an event once', 'start precedes exit'],
    ['containerd answers an event after 6 s', again],
    ['containerd is stopped for 7 s while an exec runs', again],
    ['containerd is killed, and back after 17 s', 'no event is lost while containerd is away'],
  ];
  // The proxy does not serve main; 2.4.2 was released after it.
  for (const version of ['v2.3.7', 'v2.4.2']) {
    it(`finds in ${version} the stall of the reaper, and events that change places, are lost and come again`, async () => {
      const names = roads.map(([check]) => check);
      const { report } = await conform(goInstall(today, version), '--runs', '0', ...only(...names));
      const found = violations(report);
      for (const [check, rule] of roads) expect(found[check]).toContain(rule);
    });
  }

  it('drives a shim by gRPC', async () => {
    const source = fileURLToPath(new URL('../../go/grpc-shim/main.go', import.meta.url));
    const modules = ['google.golang.org/grpc@v1.75.0', 'github.com/containerd/ttrpc@v1.2.7'];
    const shim = goBuild('grpc-shim', source, modules);
    vi.stubEnv('REAL_SHIM', debians);
    const { code, report } = await conform(shim, '--runs', '0', ...checks, ...only('invalid calls'));
    expect(report.profile.started).toMatchObject({
      input: 'BootstrapParams',
      form: 'JSON',
      protocol: 'grpc',
    });
    expect(violations(report)).toEqual({});
    expect(code).toBe(0);
  });
});
