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
import { containerOf, type Dispatched, emptyState, stepped } from '../../spec/index.ts';
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

/** Keeps the processors busy until it is ended. */
function load(): () => void {
  const busy = Array.from({ length: 2 }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  return () => {
    for (const child of busy) child.kill('SIGKILL');
  };
}

/** What the pure reducer publishes of a container, taken through the actions that the shim has recorded. */
function replayed(record: string, id: string): string[] {
  let state = emptyState();
  const topics: string[] = [];
  for (const line of record.trim().split('\n')) {
    const after = stepped(state, JSON.parse(line) as Dispatched);
    if (after === null) throw new Error(`the reducer does not allow ${line}`);
    for (const { topic, process } of after.events ?? [])
      if (containerOf(process) === id) topics.push(`/tasks/${topic}`);
    state = { ...after, events: [] };
  }
  return topics;
}

describe('containerd-shim-spec-v2, of a process that the kernel kills for want of memory', () => {
  const records = mkdtempSync(join(tmpdir(), 'shim-spec-oom-'));
  const greed = ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
  const little = { limit: 16 * 1024 ** 2 };
  beforeAll(() => {
    process.env.SHIM_SPEC_RECORD = records;
  });
  afterAll(() => {
    delete process.env.SHIM_SPEC_RECORD;
    rmSync(records, { recursive: true });
  });

  const topicsOf = (subject: Subject, id: string): string[] =>
    subject.events.seen.filter(({ container }) => container === id).map(({ topic }) => topic);

  /** A container whose init the kernel kills, from Create to Delete. */
  async function runInit(subject: Subject, id: string): Promise<void> {
    subject.configure(id, ({ process, linux }) => {
      process.args = greed;
      linux.resources = { ...linux.resources, memory: little };
    });
    await subject.create(id);
    const ended = subject.wait(id);
    await subject.startProcess(id);
    expect((await ended).exitStatus).toBe(137);
    await subject.delete(id);
    await until('the delete', () => topicsOf(subject, id).includes('/tasks/delete'));
  }

  it('tells of the memory before it tells of the exit, 24 times under load, as the reducer says', async () => {
    const subject = new Subject(shim, rootfs, { callTimeoutMs: 60_000 });
    const unload = load();
    try {
      await subject.start('c0');
      const ids = Array.from({ length: 24 }, (_, i) => `c${i}`);
      for (let first = 0; first < ids.length; first += 8)
        await Promise.all(ids.slice(first, first + 8).map((id) => runInit(subject, id)));
      const record = readFileSync(join(records, 'c0.ndjson'), 'utf8');
      for (const id of ids) {
        const topics = topicsOf(subject, id);
        // The kernel may tell more than once, and always before the end.
        expect(topics.filter((topic, k, all) => topic !== all[k - 1])).toEqual(
          ['create', 'start', 'oom', 'exit', 'delete'].map((topic) => `/tasks/${topic}`),
        );
        expect(replayed(record, id)).toEqual(topics);
      }
    } finally {
      unload();
      await subject.end();
    }
  });

  it('tells of it before the exit of an exec, too, and while its init runs on', async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c1');
      subject.configure('c1', ({ linux }) => {
        linux.resources = { ...linux.resources, memory: little };
      });
      await subject.create('c1');
      await subject.startProcess('c1');
      for (const exec of ['e1', 'e2']) {
        await subject.exec('c1', exec, greed);
        await subject.startProcess('c1', exec);
        expect((await subject.wait('c1', exec)).exitStatus).toBe(137);
      }
      await until('two exits', () => topicsOf(subject, 'c1').filter((t) => t === '/tasks/exit').length === 2);
      const ends = topicsOf(subject, 'c1').filter((topic) => /oom|exit/.test(topic));
      expect(ends.filter((topic, k, all) => topic !== all[k - 1])).toEqual(
        ['oom', 'exit', 'oom', 'exit'].map((topic) => `/tasks/${topic}`),
      );
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
