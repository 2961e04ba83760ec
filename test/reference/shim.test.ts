import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerOf, type Dispatched, type Event, emptyState, stepped } from '../../spec/index.ts';
import { containerdVersion } from '../depth.ts';
import { until } from '../until.ts';
import { Containerd, leftovers, type SeenEvent } from './containerd.ts';

const containerd = new Containerd();
beforeAll(() => containerd.start());
afterAll(() => containerd.end());

/** Waits until nothing is left of a container. */
const nothingIsLeft = (id: string): Promise<unknown> =>
  until(
    `the end of ${id}`,
    () => leftovers(id, containerd.folder),
    (left) => left.length === 0,
  );

const topics = (id: string): string[] =>
  containerd.eventsOf(id).map(({ topic }) => topic.replace('/tasks/', ''));

describe('containerd-shim-spec-v2, run by a real containerd', () => {
  it('runs a container, passes on its output and its exit code, and publishes in order', async () => {
    expect(await containerd.run(['--rm'], 'plain', ['/bin/echo', 'hello'])).toEqual({
      out: 'hello\n',
      code: 0,
    });
    await containerd.seen('plain', '/tasks/delete');
    expect(topics('plain')).toEqual(['create', 'start', 'exit', 'delete']);
    expect((await containerd.run(['--rm'], 'seven', ['/bin/sh', '-c', 'exit 7'])).code).toBe(7);
    await containerd.seen('seven', '/tasks/delete');
    expect(containerd.eventsOf('seven').find(({ topic }) => topic === '/tasks/exit')?.event).toMatchObject({
      id: 'seven',
      exit_status: 7,
    });
    await nothingIsLeft('plain');
  });

  it('passes on standard input, and standard error', async () => {
    // Debian's ctr sends no CloseIO: cat would wait for more.
    const line = ['/bin/sh', '-c', 'read line; echo $line'];
    expect(await containerd.run(['--rm'], 'input', line, 'fed\n')).toEqual({ out: 'fed\n', code: 0 });
    expect((await containerd.run(['--rm'], 'error', ['/bin/sh', '-c', 'echo oops >&2'])).out).toBe('oops\n');
    const bytes = 300_000;
    // Debian's ctr closes its end of a FIFO soon after the exit, whatever the FIFO still holds, and whichever shim it runs:
    // so the process ends when all has come.
    const script = `dd if=/dev/zero bs=1000 count=${bytes / 1000} 2>/dev/null; read line`;
    const much = await containerd.run(['--rm'], 'much', ['/bin/sh', '-c', script], '\n', bytes);
    expect(much.out.length).toBe(bytes);
  });

  it('gives a process a terminal', async () => {
    const { out, code } = await containerd.runOnTerminal('terminal', ['/bin/sh', '-c', 'tty; exit 4']);
    expect(out).toContain('/dev/pts/0');
    expect(code).toBe(4);
    await containerd.run(['-d'], 'terminal2', ['/bin/sleep', '60']);
    const exec = await containerd.onTerminal([
      'task',
      'exec',
      '-t',
      '--exec-id',
      'e1',
      'terminal2',
      '/bin/tty',
    ]);
    expect(exec).toMatchObject({ code: 0 });
    expect(exec.out).toContain('/dev/pts/0');
  });

  it('runs execs, and says what is there', async () => {
    await containerd.run(['-d'], 'many', ['/bin/sleep', '60']);
    const exec = (id: string, ...command: string[]) =>
      containerd.ctr('task', 'exec', '--exec-id', id, 'many', ...command);
    expect(await exec('e1', '/bin/echo', 'from exec')).toEqual({ out: 'from exec\n', code: 0 });
    expect((await exec('e2', '/bin/sh', '-c', 'exit 3')).code).toBe(3);
    expect((await exec('e1', '/bin/true')).code).toBe(0);
    await containerd.ctr('task', 'exec', '-d', '--exec-id', 'e3', 'many', '/bin/sleep', '50');
    expect((await containerd.ctr('task', 'ps', 'many')).out).toContain('e3');
    expect((await containerd.ctr('task', 'metrics', 'many')).out).toMatch(
      /memory.usage_in_bytes +[1-9]|memory.usage +[1-9]/,
    );
    expect((await containerd.ctr('task', 'pause', 'many')).code).toBe(0);
    expect((await containerd.ctr('task', 'ls')).out).toMatch(/many +\d+ +PAUSED/);
    expect((await containerd.ctr('task', 'resume', 'many')).code).toBe(0);
    await containerd.ctr('task', 'kill', '-s', 'SIGKILL', 'many');
    await containerd.seen('many', '/tasks/exit', 'many');
    const exits = containerd.eventsOf('many').filter(({ topic }) => topic === '/tasks/exit');
    expect(exits.map(({ event }) => event.id)).toEqual(['e1', 'e2', 'e1', 'e3', 'many']);
    expect(exits.at(-1)?.event).toMatchObject({ exit_status: 137 });
    expect((await containerd.ctr('task', 'ls')).out).toMatch(/many +\d+ +STOPPED/);
    expect((await containerd.ctr('task', 'kill', 'many')).out).toContain(
      'process already finished: not found',
    );
  });

  it('sends signals, and a process may survive one', async () => {
    await containerd.run(['-d'], 'trap', [
      '/bin/sh',
      '-c',
      "trap 'exit 9' TERM; trap 'echo' USR1; : > /trapped; while :; do sleep 0.1; done",
    ]);
    await until('the traps', () => existsSync(join(containerd.rootfs, 'trapped')));
    expect((await containerd.ctr('task', 'kill', '-s', 'SIGUSR1', 'trap')).code).toBe(0);
    expect((await containerd.ctr('task', 'exec', '--exec-id', 'e', 'trap', '/bin/true')).code).toBe(0);
    await containerd.ctr('task', 'kill', '-s', 'SIGTERM', 'trap');
    await containerd.seen('trap', '/tasks/exit', 'trap');
    const exit = containerd.eventsOf('trap').findLast(({ topic }) => topic === '/tasks/exit');
    expect(exit?.event).toMatchObject({ id: 'trap', exit_status: 9 });
  });

  it('says what runc says where it fails, and leaves nothing', async () => {
    const { out, code } = await containerd.run(['--rm'], 'nowhere', ['/bin/nowhere']);
    expect(code).toBe(1);
    expect(out).toContain('OCI runtime create failed: runc create failed: unable to start container process');
    await nothingIsLeft('nowhere');
  });

  it('starts many execs at once, each announced before its exit, none lost', async () => {
    await containerd.run(['-d'], 'crowd', ['/bin/sleep', '60']);
    const ids = Array.from({ length: 32 }, (_, i) => `x${i}`);
    const runs = await Promise.all(
      ids.map((id) => containerd.ctr('task', 'exec', '--exec-id', id, 'crowd', '/bin/true')),
    );
    expect(runs.map(({ code }) => code)).toEqual(ids.map(() => 0));
    for (const id of ids) await containerd.seen('crowd', '/tasks/exit', id);
    for (const id of ids) {
      const own = containerd.eventsOf('crowd').filter(({ event }) => event.exec_id === id || event.id === id);
      expect(own.map(({ topic }) => topic)).toEqual([
        '/tasks/exec-added',
        '/tasks/exec-started',
        '/tasks/exit',
      ]);
    }
  });

  it('serves two containers of one sandbox in one process, which ends with the last', async () => {
    const before = containerd.shims();
    const annotation = ['--annotation', 'io.kubernetes.cri.sandbox-id=pod'];
    for (const id of ['pod', 'member']) await containerd.run(['-d', ...annotation], id, ['/bin/sleep', '60']);
    const [pod, ...more] = containerd.shims().filter((pid) => !before.includes(pid));
    expect(more).toEqual([]);
    for (const id of ['member', 'pod']) {
      expect(containerd.shims()).toContain(pod);
      await containerd.ctr('task', 'rm', '-f', id);
      await nothingIsLeft(id);
      expect(topics(id)).toEqual(['create', 'start', 'exit', 'delete']);
    }
    await until('the end of the shim', () => !containerd.shims().includes(pod ?? 0));
  });

  it('is found again by a containerd that was killed and started anew', async () => {
    await containerd.run(['-d'], 'survivor', ['/bin/sleep', '60']);
    await containerd.stop('SIGKILL');
    await containerd.start();
    expect((await containerd.ctr('task', 'ls')).out).toMatch(/survivor +\d+ +RUNNING/);
    expect((await containerd.ctr('task', 'exec', '--exec-id', 'e', 'survivor', '/bin/true')).code).toBe(0);
    await containerd.ctr('task', 'kill', '-s', 'SIGKILL', 'survivor');
    await containerd.seen('survivor', '/tasks/exit', 'survivor');
  });

  it('is cleaned up by its action delete when it was killed', async () => {
    await containerd.run(['-d'], 'victim', ['/bin/sleep', '60']);
    const before = containerd.shims();
    const bundle = containerd.bundle('victim');
    const socket = readFileSync(join(bundle, 'address'), 'utf8').replace('unix://', '');
    const pid = Number(readFileSync(join(bundle, 'shim.pid'), 'utf8'));
    expect(before).toContain(pid);
    process.kill(pid, 'SIGKILL');
    await containerd.seen('victim', '/tasks/exit');
    await nothingIsLeft('victim');
    await until('the end of the socket', () => !existsSync(socket));
  });

  it('did nothing that the reducer does not do: every record, replayed, gives the events that were seen', async () => {
    const names = readdirSync(containerd.records);
    expect(names.length).toBeGreaterThan(10);
    let compared = 0;
    for (const name of names) {
      const published = replayed(readFileSync(join(containerd.records, name), 'utf8'));
      for (const id of new Set(published.map(({ process }) => containerOf(process)))) {
        // What containerd makes up for a shim that was killed, and what it missed while it was down, is not the shim's.
        if (['victim', 'survivor'].includes(id)) continue;
        const seen = containerd
          .eventsOf(id)
          .filter(({ topic }) => !['/tasks/paused', '/tasks/resumed'].includes(topic));
        const own = published.filter(({ process }) => containerOf(process) === id);
        // A containerd of today deletes stopped tasks when it starts, and that may be before anybody can subscribe.
        const isMissed = containerdVersion !== '' && !seen.some(({ topic }) => topic === '/tasks/delete');
        if (isMissed && ['many', 'trap'].includes(id)) own.pop();
        expect(seen.map(nameOf), id).toEqual(
          own.map(
            (event) => `${event.topic} ${event.process} ${event.topic === 'exec-added' ? 0 : event.pid}`,
          ),
        );
        compared += seen.length;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });
});

/** Takes the recorded actions through the pure reducer: each has to be enabled. @returns the events */
function replayed(record: string): Event[] {
  let state = emptyState();
  const events: Event[] = [];
  for (const line of record.trim().split('\n')) {
    const after = stepped(state, JSON.parse(line) as Dispatched);
    if (after === null) throw new Error(`the reducer does not allow ${line}`);
    events.push(...(after.events ?? []));
    state = { ...after, events: [] };
  }
  return events;
}

function nameOf({ topic, event }: SeenEvent): string {
  const container = String(event.container_id);
  const exec = String(event.exec_id ?? event.id ?? container);
  const process = exec === container ? container : `${container}/${exec}`;
  return `${topic.replace('/tasks/', '')} ${process} ${Number(event.pid ?? 0)}`;
}
