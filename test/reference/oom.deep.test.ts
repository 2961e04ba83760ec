import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Subject } from '../../conformance/shim/subject.ts';
import { watchCounter } from '../../reference/linux/oom.ts';
import { until } from '../until.ts';
import { shim } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const hasV1 = existsSync('/sys/fs/cgroup/memory/cgroup.event_control');
/** It touches memory itself: what the kernel touches for it would fail, where it does not kill. */
const greedy = `awk 'BEGIN { s = "x"; while (1) s = s s }'`;

/** A container with little memory. Where the kernel can, it kills none of its processes: they wait for more. */
async function start(subject: Subject, id: string): Promise<void> {
  subject.configure(id, ({ linux }) => {
    const memory = { limit: 16 * 1024 ** 2, ...(hasV1 ? { disableOOMKiller: true } : {}) };
    linux.resources = { ...linux.resources, memory };
  });
  await subject.create(id);
  await subject.startProcess(id);
}

describe('containerd-shim-spec-v2, of a container without memory', () => {
  it('tells when the kernel does, with no child ended, and holds nothing after Delete', async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c1');
      await start(subject, 'c1');
      const before = descriptorsOf(subject.pid);
      for (const id of ['c2', 'c3']) {
        await start(subject, id);
        await subject.exec(id, 'e1', ['/bin/sh', '-c', `${greedy}; sleep 3600`]);
        await subject.startProcess(id, 'e1');
        await subject.events.wait('oom', (e) => e.topic === '/tasks/oom' && e.container === id);
        expect((await subject.state(id, 'e1')).status).toBe(2);
        await subject.kill(id, 9);
        await subject.wait(id);
        await subject.delete(id, 'e1');
        await subject.delete(id);
      }
      await until(
        'the end of what was opened',
        () => descriptorsOf(subject.pid),
        (count) => count === before,
      );
      expect(subject.events.seen.some((e) => e.topic === '/tasks/oom' && e.container === 'c1')).toBe(false);
      expect(subject.log).not.toContain('out-of-memory');
    } finally {
      await subject.end();
    }
  });
});

describe('containerd-shim-spec-v2, of an init that the kernel kills for want of memory', () => {
  it('tells of the memory before it tells of the exit, 50 times', async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c0');
      for (let i = 0; i < 50; i++) {
        const id = `c${i}`;
        subject.configure(id, ({ process, linux }) => {
          process.args = ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
          linux.resources = { ...linux.resources, memory: { limit: 16 * 1024 ** 2 } };
        });
        await subject.create(id);
        const ended = subject.wait(id);
        await subject.startProcess(id);
        expect((await ended).exitStatus).toBe(137);
        await subject.delete(id);
        const topics = (): string[] =>
          subject.events.seen.filter(({ container }) => container === id).map(({ topic }) => topic);
        await until('the delete', () => topics().includes('/tasks/delete'));
        // The kernel may tell more than once, and always before the end.
        expect(topics().filter((topic, k, all) => topic !== all[k - 1])).toEqual(
          ['create', 'start', 'oom', 'exit', 'delete'].map((topic) => `/tasks/${topic}`),
        );
      }
    } finally {
      await subject.end();
    }
  });
});

describe('watchCounter', () => {
  const mount = mkdtempSync(join(tmpdir(), 'shim-spec-cgroup2-'));
  const cgroup = join(mount, `shim-spec-oom-${process.pid}`);
  beforeAll(() => {
    execFileSync('mount', ['-t', 'cgroup2', 'none', mount]);
    mkdirSync(cgroup);
  });
  afterAll(() => {
    rmdirSync(cgroup);
    execFileSync('umount', [mount]);
    rmdirSync(mount);
  });

  // A machine with v1 keeps the memory controller there; every v2 has this counter, and the kernel tells of both alike.
  it('hears of each rise of a counter of cgroup v2, once, until it is closed', async () => {
    const before = descriptorsOf(process.pid);
    let told = 0;
    const watched = watchCounter(cgroup, 'cgroup.events', 'populated', () => told++);
    for (const times of [1, 2]) {
      const end = populate(cgroup);
      await until(
        'the news',
        () => told,
        (count) => count === times,
      );
      watched.look();
      await end();
      watched.look();
    }
    // As at an exit: before the kernel's news have come.
    const endThird = populate(cgroup);
    watched.look();
    expect(told).toBe(3);
    await endThird();
    watched.look();
    watched.close();
    await populate(cgroup)();
    expect(told).toBe(3);
    // libuv keeps one inotify for all watches.
    expect(descriptorsOf(process.pid) - before).toBeLessThanOrEqual(1);
  });
});

/** Puts a process into a cgroup. @returns what ends it, and waits until the cgroup is empty */
function populate(cgroup: string): () => Promise<void> {
  const child = spawn('sleep', ['3600'], { stdio: 'ignore' });
  writeFileSync(join(cgroup, 'cgroup.procs'), String(child.pid));
  return async () => {
    child.kill('SIGKILL');
    await until(
      'an empty cgroup',
      () => readFileSync(join(cgroup, 'cgroup.events'), 'utf8'),
      (text) => text.includes('populated 0'),
    );
  };
}
