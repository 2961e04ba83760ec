import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import type { StdioOf } from '../../../conformance/shim/task-client.ts';
import { OptionsSchema } from '../../../wire/proto/gen/runc_pb.ts';
import * as task from '../../../wire/proto/gen/task_pb.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
// The root of a user namespace has to come to it.
chmodSync(rootfs, 0o755);
afterAll(() => rmSync(rootfs, { recursive: true }));

const host = { uid: 100_000, gid: 200_000 };

/** Runs `body` with a shim whose container `c1` has a user namespace, and is not created yet. */
async function withUserNamespace(body: (subject: Subject) => Promise<void>): Promise<void> {
  const subject = new Subject(shim, rootfs);
  try {
    await subject.start('c1');
    subject.configure('c1', (config) => {
      Object.assign(config.linux, {
        namespaces: [...config.linux.namespaces, { type: 'user' }],
        uidMappings: [{ containerID: 0, hostID: host.uid, size: 65_536 }],
        gidMappings: [{ containerID: 0, hostID: host.gid, size: 65_536 }],
      });
    });
    await body(subject);
  } finally {
    await subject.end();
  }
}

async function createOwned(subject: Subject, stdio: StdioOf, ioUid: number, ioGid: number): Promise<void> {
  const root = join(subject.folder, 'runc');
  const options = anyPack(OptionsSchema, create(OptionsSchema, { root, ioUid, ioGid }));
  options.typeUrl = OptionsSchema.typeName;
  const request = { id: 'c1', bundle: subject.bundle('c1'), ...stdio, options };
  await subject.call('Create', task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, request);
}

/** FIFOs with a client's ends: the input has a line, the outputs can be read. */
function fifosIn(subject: Subject, name: string): { stdio: Required<StdioOf>; outputs: () => string } {
  const [stdin, stdout, stderr] = ['in', 'out', 'error'].map((end) => join(subject.folder, `${name}-${end}`));
  const paths = { stdin: `${stdin}`, stdout: `${stdout}`, stderr: `${stderr}` };
  execFileSync('mkfifo', ['-m', '700', ...Object.values(paths)]);
  const [input = 0, ...outputs] = Object.values(paths).map((path) =>
    openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
  );
  writeFileSync(input, 'line\n');
  return { stdio: { ...paths, terminal: false }, outputs: () => outputs.map(textIn).join('') };
}

function textIn(fifo: number): string {
  const chunk = Buffer.alloc(4096);
  try {
    return chunk.subarray(0, readSync(fifo, chunk)).toString();
  } catch {
    return ''; // EAGAIN: there is nothing.
  }
}

describe('io_uid and io_gid', () => {
  it('let a container in a user namespace reopen its input and outputs, and its execs theirs', () =>
    withUserNamespace(async (subject) => {
      subject.configure('c1', (config) => {
        config.process.args = ['/bin/sh', '-c', 'echo first > /dev/stdout; exec sleep 3600'];
      });
      const init = fifosIn(subject, 'init');
      await createOwned(subject, init.stdio, host.uid, host.gid);
      await subject.startProcess('c1');
      const exec = fifosIn(subject, 'exec');
      const args = [
        '/bin/sh',
        '-c',
        'read line < /dev/stdin; echo $line > /dev/stdout; echo e > /dev/stderr',
      ];
      await subject.exec('c1', 'e1', args, exec.stdio);
      await subject.startProcess('c1', 'e1');
      expect((await subject.wait('c1', 'e1')).exitStatus).toBe(0);
      await subject.delete('c1', 'e1');
      expect(exec.outputs()).toBe('line\ne\n');
      await expect.poll(init.outputs).toBe('first\n');
      // The pipes are theirs, and the client's FIFOs stay the client's.
      expect(statSync(init.stdio.stdout)).toMatchObject({ uid: 0, gid: 0 });
    }));

  it('are needed for that: without them root owns the pipes, which cannot be reopened', () =>
    withUserNamespace(async (subject) => {
      subject.configure('c1', (config) => {
        config.process.args = ['/bin/sh', '-c', 'echo lost > /dev/stdout'];
      });
      const { stdio } = fifosIn(subject, 'init');
      await createOwned(subject, stdio, 0, 0);
      await subject.startProcess('c1');
      expect((await subject.wait('c1')).exitStatus).toBe(1);
    }));

  it('are for the pipe to a log file, too, but neither for the file nor for /dev/null', () =>
    withUserNamespace(async (subject) => {
      const [input, log] = [join(subject.folder, 'input'), join(subject.folder, 'log')];
      writeFileSync(input, 'line\n', { mode: 0o644 });
      subject.configure('c1', (config) => {
        config.process.args = ['/bin/sh', '-c', 'cat > /dev/stdout'];
      });
      await createOwned(subject, { stdin: input, stdout: `file://${log}` }, host.uid, host.gid);
      await subject.startProcess('c1');
      expect((await subject.wait('c1')).exitStatus).toBe(0);
      await subject.delete('c1');
      expect(readFileSync(log, 'utf8')).toBe('line\n');
      for (const path of [input, log, '/dev/null']) expect(statSync(path)).toMatchObject({ uid: 0, gid: 0 });
    }));
});

describe('a log file', () => {
  it('is made with its folders, and appended to by both outputs', () =>
    withUserNamespace(async (subject) => {
      const uri = `file://${subject.folder}/new/folder/a%20log`;
      subject.configure('c1', (config) => {
        config.process.args = ['/bin/sh', '-c', 'echo out; echo error >&2'];
      });
      await createOwned(subject, { stdout: uri, stderr: uri }, 0, 0);
      await subject.startProcess('c1');
      await subject.wait('c1');
      await subject.delete('c1');
      const log = join(subject.folder, 'new', 'folder', 'a log');
      expect(readFileSync(log, 'utf8').split('\n').toSorted()).toEqual(['', 'error', 'out']);
      expect(statSync(log).mode & 0o777 & ~process.umask()).toBe(0o644);
      // Below /proc, mkdir with `recursive` never returns.
      for (const stdout of ['file:///a%zz', 'file:///proc/none/log'])
        await expect(createOwned(subject, { stdout }, 0, 0)).rejects.toThrow(/^failed to open stdio/);
    }));
});
