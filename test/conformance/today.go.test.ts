/** `npm run test:go`: shims of today, built by Go at pinned versions. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { needDebian } from '../debian.ts';
import { goBuild, goInstall } from '../go/go.ts';
import { conform, debians, only, violations } from './conform.ts';

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

  it('drives a shim by gRPC', async () => {
    const source = fileURLToPath(new URL('../go/grpc-shim/main.go', import.meta.url));
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
