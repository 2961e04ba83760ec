import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsSocket, Janitor } from '../../conformance/shim/janitor.ts';
import { isRunning } from '../../conformance/shim/processes.ts';
import { Subject } from '../../conformance/shim/subject.ts';
import { needDebian } from '../debian.ts';
import { busyboxRootfs } from '../reference/rootfs.ts';
import { until } from '../until.ts';

const module = fileURLToPath(new URL('../../dist/conformance/shim/janitor.js', import.meta.url));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A process that lasts. @param word that stands in its command line */
function sleeper(env: NodeJS.ProcessEnv, word = ''): number {
  const child = spawn('sh', ['-c', 'while :; do sleep 0.2; done', word], { env, stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}

const folderOf = (): string => mkdtempSync(join(tmpdir(), 'shim-spec-janitor-'));

describe('a janitor', () => {
  it('ends what is marked or in the cgroup, and nobody who only speaks of the folder', () => {
    const folder = folderOf();
    const janitor = new Janitor(folder);
    const marked = sleeper({ ...process.env, TTRPC_ADDRESS: eventsSocket(folder) });
    const bystander = sleeper({ ...process.env, PWD: folder }, folder);
    const cgroup = join('/sys/fs/cgroup/pids', basename(folder));
    mkdirSync(join(cgroup, 'c1'), { recursive: true });
    const inside = sleeper(process.env);
    writeFileSync(join(cgroup, 'c1/cgroup.procs'), String(inside));
    janitor.sweep();
    expect([marked, bystander, inside].map(isRunning)).toEqual([false, true, false]);
    expect([folder, cgroup].filter(existsSync)).toEqual([]);
  });

  it('never signals its own group: a 0 in cgroup.procs is a process that it cannot see', () => {
    const folder = folderOf();
    // In a pid namespace of its own, the sweep sees the process outside as 0.
    const cgroup = join('/sys/fs/cgroup/pids', basename(folder));
    mkdirSync(cgroup);
    const outside = sleeper(process.env);
    writeFileSync(join(cgroup, 'cgroup.procs'), String(outside));
    const body = `const { Janitor } = await import('${module}'); new Janitor('${folder}').sweep(); console.log('alive');`;
    const inNamespace = [
      '--pid',
      '--fork',
      '--mount-proc',
      process.execPath,
      '--input-type=module',
      '-e',
      body,
    ];
    expect(execFileSync('unshare', inNamespace, { encoding: 'utf8' })).toBe('alive\n');
    process.kill(outside, 'SIGKILL');
    expect(existsSync(folder)).toBe(false);
    return until('an empty cgroup', () => {
      try {
        rmdirSync(cgroup);
      } catch {
        return false;
      }
      return true;
    });
  });

  it('finishes a sweep while Ctrl-C ends its whole group', async () => {
    const folder = folderOf();
    const marked = sleeper({ ...process.env, TTRPC_ADDRESS: eventsSocket(folder) });
    const body = `const { Janitor } = await import('${module}'); const janitor = new Janitor('${folder}'); console.log('sweeping'); janitor.sweep(); console.log('swept');`;
    const tester = spawn(process.execPath, ['--input-type=module', '-e', body], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise<string>((resolve) =>
      tester.stdout.once('data', (text) => resolve(`${text}`)),
    );
    expect(said).toBe('sweeping\n');
    process.kill(-(tester.pid ?? 0), 'SIGINT');
    await until('the end of the folder', () => !existsSync(folder));
    expect(isRunning(marked)).toBe(false);
  });
});

describe('the sweep of a start whose address nobody read', () => {
  beforeAll(() => needDebian(['runc', 'containerd-shim-runc-v2'], ['runc', 'containerd']));

  it('removes the socket of the shim that it left serving', async () => {
    const rootfs = busyboxRootfs();
    const folder = folderOf();
    const said = join(folder, 'said');
    const shim = join(folder, 'shim');
    const script = `#!/bin/sh\ncase "$*" in *start) /usr/bin/containerd-shim-runc-v2 "$@" > ${said} && cp ${said} ${folder}-said; echo nonsense ;; esac\n`;
    writeFileSync(shim, script, { mode: 0o700 });
    const subject = new Subject(shim, rootfs, { folder, startInput: 'nothing' });
    try {
      await expect(subject.start('c1')).rejects.toThrow(/got "nonsense"/);
      const socket = readFileSync(`${folder}-said`, 'utf8').replace('unix://', '');
      expect(existsSync(socket)).toBe(true);
      await subject.end();
      expect(existsSync(socket)).toBe(false);
    } finally {
      await subject.end();
      rmSync(`${folder}-said`, { force: true });
      rmSync(rootfs, { recursive: true });
    }
  });
});
