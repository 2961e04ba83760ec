import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shimSpec } from '../cli/shim-spec.ts';
import { needDebian } from '../debian.ts';
import { conform, debians, endBy, only, ours, violations, withShim } from './conform.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
beforeAll(() =>
  needDebian(['runc', 'busybox', 'containerd-shim-runc-v2'], ['runc', 'busybox-static', 'containerd']),
);
afterAll(() => rmSync(folder, { recursive: true }));

describe('shim-spec conform', () => {
  it('passes the reference shim, by a course, a race and a generated schedule', async () => {
    const checks = only(
      'an init is killed',
      'an exec ends',
      'no exit is lost (c1) [early-exits]',
      'generated',
    );
    const { code, report } = await conform(ours, '--runs', '2', '--seed', '3', ...checks);
    expect(violations(report)).toEqual({});
    expect(report.results).toHaveLength(5);
    expect(code).toBe(0);
  });

  it('names a check that it cannot try here, and never says that it conforms', async () => {
    const checkpoint = 'a task is checkpointed';
    const isPossible = spawnSync('criu', ['check']).status === 0;
    const { code, report } = await conform(ours, '--runs', '0', ...only(checkpoint));
    expect(report.notTried).toEqual(isPossible ? [] : [checkpoint]);
    expect([code, report.results.length]).toEqual(isPossible ? [0, 1] : [31, 0]);
  });

  it("finds in Debian's shim what big-lock breaks, and nothing of what came later", async () => {
    const lost = 'every Wait returns (wait c1) [big-lock]';
    const { code, report } = await conform(
      debians,
      '--runs',
      '0',
      ...only(lost, 'no exit is lost (c1) [early-exits]'),
    );
    expect(violations(report)).toEqual({ [lost]: ['every Wait returns'] });
    expect(report.results).toHaveLength(2);
    expect(code).toBe(30);
  });

  it('catches the reference shim where the start is not announced', () =>
    withShim('the start is not announced', [], async (binary) => {
      const { code, report } = await conform(binary, '--runs', '0', ...only('an exec ends with exit code 3'));
      expect(Object.values(violations(report)).flat()).toContain('start precedes exit');
      expect(code).toBe(30);
    }));

  it('says at Ctrl-C what it has found, and leaves nothing behind', async () => {
    const { code, out } = await endBy('SIGINT', folder);
    expect(JSON.parse(out)).toMatchObject({ interrupted: true, verdict: 'could not judge' });
    expect(code).toBe(31);
  });

  it('says what is missing, and what to do', () => {
    const { code, err } = shimSpec('conform', '--shim', '/no/such/shim');
    expect(code).toBe(153);
    expect(err).toContain('--shim /no/such/shim cannot be run');
    expect(shimSpec('conform', '--shim', ours, '--runtime', 'no-such-runtime').code).toBe(153);
    expect(shimSpec('conform', '--shim', ours, '--runs', 'many').code).toBe(150);
    const silent = shimSpec('conform', '--shim', '/bin/true');
    expect(silent.code).toBe(153);
    expect(silent.err).toContain(
      'sent BootstrapParams on standard input: the shim printed no address of a socket (got nothing',
    );
    expect(silent.err).toContain('containerd up to 1.6 writes runtime options or nothing');
  });
});
