import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import { eventsSocket } from '../../conformance/shim/janitor.ts';
import { cgroupsBelow } from '../../conformance/shim/processes.ts';
import type { Subject } from '../../conformance/shim/subject.ts';
import { takeSocket } from '../../reference/actions/take-socket.ts';
import { DeleteResponseSchema } from '../../wire/proto/gen/task_pb.ts';
import { until } from '../until.ts';
import { arrival, shim, withGate } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

/** The action `delete` of container `c1`, as containerd runs it. */
function deleteIn(subject: Subject): Promise<{ status: number | null; out: Buffer }> {
  const bundle = subject.bundle('c1');
  const flags = ['-namespace', 'shim-spec', '-address', join(subject.folder, 'containerd.sock'), '-id', 'c1'];
  const child = spawn(shim, [...flags, '-bundle', bundle, 'delete'], {
    cwd: bundle,
    env: { ...process.env, TTRPC_ADDRESS: eventsSocket(subject.folder) },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) =>
    child.on('close', (status) => resolve({ status, out: Buffer.concat(chunks) })),
  );
}

/** The command lines of calls of the runtime that run on. */
const callsIn = (subject: Subject): string[] =>
  readdirSync('/proc')
    .filter((pid) => Number(pid) > 0)
    .map(commandLine)
    .filter((line) => line.includes(`${subject.folder}/c1/log.`));

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('the action delete', () => {
  for (const stage of ['before', 'after'] as const) {
    it(`ends a runc that a killed shim has left, ${stage} it has made the container`, () =>
      withGate(rootfs, async (subject, gate) => {
        await subject.start('c1');
        gate.close();
        subject.create('c1').catch(() => undefined);
        await arrival(gate, 'create-c1', 'before');
        if (stage === 'after') {
          await gate.release('create-c1', 'before');
          await arrival(gate, 'create-c1', 'after');
        }
        process.kill(subject.pid, 'SIGKILL');
        await until('the end of the shim', () => !subject.isAlive);
        expect(callsIn(subject)).not.toEqual([]);
        const deleting = deleteIn(subject);
        await arrival(gate, 'delete-c1', 'before');
        expect(callsIn(subject).filter((call) => call.includes('\0create\0'))).toEqual([]);
        await gate.open();
        const { status, out } = await deleting;
        expect(status).toBe(0);
        expect(fromBinary(DeleteResponseSchema, out).exitStatus).toBe(137);
        expect(callsIn(subject)).toEqual([]);
        expect(cgroupsBelow(basename(subject.folder))).toEqual([]);
        expect(readdirSync(join(subject.folder, 'runc', 'shim-spec'))).toEqual([]);
        expect(existsSync(subject.address)).toBe(false);
      }));
  }

  it('says again how the init has ended, where a killed shim has published that', () =>
    withGate(rootfs, async (subject) => {
      await subject.start('c1');
      subject.configure('c1', ({ process }) => {
        process.args = ['/bin/sh', '-c', 'exit 7'];
      });
      await subject.create('c1');
      const ended = subject.wait('c1');
      await subject.startProcess('c1');
      const { exitStatus, exitedAt } = await ended;
      const { pid } = await subject.events.wait('exit', ({ topic }) => topic === '/tasks/exit');
      process.kill(subject.pid, 'SIGKILL');
      await until('the end of the shim', () => !subject.isAlive);
      const answer = fromBinary(DeleteResponseSchema, (await deleteIn(subject)).out);
      expect([answer.exitStatus, answer.pid, answer.exitedAt]).toEqual([7, pid, exitedAt]);
      expect(exitStatus).toBe(7);
    }));
});

describe("a container's Delete", () => {
  it('closes what is held for execs that nobody has deleted', () =>
    withGate(rootfs, async (subject) => {
      await subject.start('c1');
      await subject.create('c1');
      await subject.startProcess('c1');
      const before = readdirSync(`/proc/${subject.pid}/fd`).length;
      await subject.create('c2');
      await subject.startProcess('c2');
      const ends = ['stdin', 'stdout'].map((name) => [name, join(subject.folder, name)]);
      execFileSync(
        'mkfifo',
        ends.map(([, path]) => path ?? ''),
      );
      for (const [id, terminal] of [
        ['e1', false],
        ['e2', true],
      ] as const) {
        await subject.exec('c2', id, ['/bin/sleep', '3600'], { ...Object.fromEntries(ends), terminal });
        await subject.startProcess('c2', id);
      }
      expect(readdirSync(`/proc/${subject.pid}/fd`).length).toBeGreaterThan(before);
      await subject.kill('c2', 9);
      await subject.wait('c2');
      await subject.delete('c2');
      await until(
        'the end of what was opened',
        () => readdirSync(`/proc/${subject.pid}/fd`).length,
        (count) => count === before,
      );
    }));
});

describe('a logging program that does not end with its process', () => {
  const hanging = (subject: Subject, name: string): { uri: string; isGone: () => boolean } => {
    const program = join(subject.folder, name);
    const deaf = name === 'deaf' ? "trap '' TERM; " : '';
    const body = `echo $$ > "$0.pid"; ${deaf}exec 5>&-; while :; do sleep 0.1; done`;
    writeFileSync(program, `#!/bin/sh\n${body}\n`, { mode: 0o700 });
    const isGone = (): boolean =>
      !readdirSync('/proc').includes(readFileSync(`${program}.pid`, 'utf8').trim());
    return { uri: `binary://${program}`, isGone };
  };

  it('is ended after its Delete, and at once with the shim', () =>
    withGate(rootfs, async (subject) => {
      const loggers = ['early', 'deaf', 'polite'].map((name) => hanging(subject, name));
      const [early, deaf, polite] = loggers;
      await subject.start('c1');
      await subject.create('c1', { stdout: polite?.uri ?? '' });
      await subject.startProcess('c1');
      for (const [id, logger] of [
        ['e1', early],
        ['e2', deaf],
      ] as const) {
        await subject.exec('c1', id, ['/bin/true'], { stdout: logger?.uri ?? '' });
        await subject.startProcess('c1', id);
        await subject.wait('c1', id);
      }
      await subject.delete('c1', 'e1');
      expect(early?.isGone()).toBe(false);
      await until('the end of the one', () => early?.isGone());
      expect(deaf?.isGone()).toBe(false);
      await subject.kill('c1', 9);
      await subject.wait('c1');
      await subject.delete('c1');
      await subject.shutdown();
      for (const { isGone } of loggers) await until('the end of the others', isGone);
      expect(await subject.leftAfterShutdown()).toEqual([]);
    }));
});

describe('a hostile bundle', () => {
  it('holds up neither start nor delete, and has nothing elsewhere written or removed', () =>
    withGate(rootfs, async (subject) => {
      const precious = join(subject.folder, 'precious');
      writeFileSync(precious, 'precious');
      const bundle = subject.bundle('c1');
      symlinkSync(precious, join(bundle, 'address'));
      execFileSync('mkfifo', [join(bundle, 'shim.pid')]);
      subject.configure('c1', (config) => void Object.assign(config, { annotations: null }));
      await subject.start('c1');
      expect(readFileSync(join(bundle, 'shim.pid'), 'utf8')).toBe(String(subject.pid));
      expect(readFileSync(precious, 'utf8')).toBe('precious');
      await subject.shutdown();
      await until('the end of the shim', () => !subject.isAlive);
      for (const name of ['address', 'init.pid', 'shim-options.json']) {
        rmSync(join(bundle, name), { force: true });
        execFileSync('mkfifo', [join(bundle, name)]);
      }
      expect((await deleteIn(subject)).status).toBe(0);
      rmSync(join(bundle, 'address'));
      writeFileSync(join(bundle, 'address'), `unix://${precious}`);
      rmSync(join(bundle, 'shim-options.json'));
      writeFileSync(join(bundle, 'shim-options.json'), 'null');
      expect((await deleteIn(subject)).status).toBe(0);
      expect(readFileSync(precious, 'utf8')).toBe('precious');
    }));
});

describe('takeSocket', () => {
  it("makes a socket that is nobody else's from the first moment, whatever the umask", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shim-spec-socket-'));
    const server = createServer();
    const umask = process.umask(0);
    try {
      const listening = takeSocket(server, join(folder, 'socket'));
      expect(statSync(join(folder, 'socket')).mode & 0o777).toBe(0o600);
      expect(await listening).toBe(true);
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(umask);
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
