import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { eventsSocket } from '../../../conformance/shim/janitor.ts';
import { Subject } from '../../../conformance/shim/subject.ts';
import { until } from '../../until.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

describe('the action start', () => {
  for (const [before, leave] of [
    ['no socket', () => undefined],
    ['the socket of a shim that was killed', killServing],
  ] as const) {
    it(`gives one socket and one serving process to all that come at once for one sandbox, where there is ${before}`, () =>
      withSandbox(async (subject) => {
        await leave(subject);
        const addresses = await Promise.all(ids.map((id) => startIn(subject, id)));
        expect(new Set(addresses).size).toBe(1);
        const pids = serving(subject.folder);
        expect(pids).toHaveLength(1);
        await subject.start('c1');
        expect(String(subject.pid)).toBe(pids[0]);
      }));
  }

  it('says why it cannot serve', () =>
    withSandbox(async (subject) => {
      const socket = await killServing(subject);
      rmSync(socket);
      mkdirSync(socket);
      try {
        await expect(startIn(subject, 'c1')).rejects.toThrow(/cannot serve at .*is a directory/);
      } finally {
        rmdirSync(socket);
      }
      expect(serving(subject.folder)).toEqual([]);
    }));
});

const ids = ['c1', 'c2', 'c3', 'c4'];

/** Runs `body` with a shim, not started yet, whose containers are of one sandbox. */
async function withSandbox(body: (subject: Subject) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-group-'));
  const subject = new Subject(shim, rootfs, { folder });
  try {
    for (const id of ids)
      subject.configure(id, (config) => {
        Object.assign(config, {
          annotations: { 'io.kubernetes.cri.sandbox-id': `sandbox-${basename(folder)}` },
        });
      });
    await body(subject);
  } finally {
    await subject.end();
  }
}

/** Starts a serving process and kills it. @returns its socket, which stays */
async function killServing(subject: Subject): Promise<string> {
  const address = await startIn(subject, 'c1');
  for (const pid of serving(subject.folder)) process.kill(Number(pid), 'SIGKILL');
  await until('its end', async () => serving(subject.folder).length === 0);
  return address.replace('unix://', '');
}

const serving = (folder: string): string[] => readdirSync('/proc').filter((pid) => isServing(pid, folder));

function startIn(subject: Subject, id: string): Promise<string> {
  const flags = ['-namespace', 'shim-spec', '-address', join(subject.folder, 'containerd.sock'), '-id', id];
  const env = { ...process.env, TTRPC_ADDRESS: eventsSocket(subject.folder) };
  const run = promisify(execFile)(shim, [...flags, 'start'], { cwd: subject.bundle(id), env });
  return run.then(({ stdout }) => stdout);
}

function isServing(pid: string, folder: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return (
      words.some((word) => word.endsWith('/boot.cjs')) &&
      words.includes('start') &&
      words.some((word) => word.startsWith(folder))
    );
  } catch {
    return false;
  }
}
