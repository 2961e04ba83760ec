import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject, type SubjectOptions } from '../../conformance/shim/subject.ts';
import type { StdioOf } from '../../conformance/shim/task-client.ts';
import { OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { dataMaxBytes, encodeFrame } from '../../wire/ttrpc/frame.ts';
import { code } from '../../wire/ttrpc/status.ts';
import { until } from '../until.ts';
import { crunIn } from './crun.ts';
import { shim } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

/** Runs `body` with a shim that serves a container `c1`, created and started. */
async function withShim(options: SubjectOptions, body: (subject: Subject) => Promise<void>): Promise<void> {
  const subject = new Subject(shim, rootfs, options);
  try {
    await subject.start('c1');
    await subject.create('c1');
    await subject.startProcess('c1');
    await body(subject);
  } finally {
    await subject.end();
  }
  expect(existsSync(subject.address)).toBe(false);
}

const topicsOf = (subject: Subject, exec: string): string[] =>
  subject.events.seen.filter((e) => e.exec === exec).map(({ topic }) => topic.replace('/tasks/', ''));

describe('containerd-shim-spec-v2, over ttrpc', () => {
  it('gives the outputs of a process to a logging program', () =>
    withShim({}, async (subject) => {
      const file = join(subject.folder, 'logged');
      const program = join(subject.folder, 'logger');
      const body = 'echo "$CONTAINER_NAMESPACE $CONTAINER_ID $1 $2"; cat <&3; cat <&4';
      writeFileSync(program, `#!/bin/sh\nexec 5>&-\n{ ${body}; } > '${file}'\n`, { mode: 0o700 });
      subject.configure('c2', (config) => {
        config.process.args = ['/bin/sh', '-c', 'echo out; echo error >&2'];
      });
      const uri = `binary://${program}?key=value`;
      await subject.create('c2', { stdout: uri, stderr: uri });
      await subject.startProcess('c2');
      await until(
        'the log',
        () => existsSync(file) && readFileSync(file, 'utf8'),
        (text) => text !== false && text.endsWith('error\n'),
      );
      expect(readFileSync(file, 'utf8')).toBe('shim-spec c2 key value\nout\nerror\n');
      const broken = { stdout: 'binary:///no/such/program', stderr: 'binary:///no/such/program' };
      await subject.exec('c1', 'e1', ['/bin/true'], broken);
      await expect(subject.startProcess('c1', 'e1')).rejects.toThrow(/failed to start the logging program/);
    }));

  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-crun-'));
  const crun = crunIn(folder);
  afterAll(() => rmSync(folder, { recursive: true }));

  for (const runtime of ['runc', crun]) {
    for (const service of ['containerd.task.v2.Task', 'containerd.task.v3.Task'] as const) {
      it(`serves ${service} with ${basename(runtime)}`, () =>
        withShim({ runtime, service }, async (subject) => {
          expect((await subject.state('c1')).status).toBe(2);
          await subject.exec('c1', 'e1', ['/bin/sh', '-c', 'exit 5']);
          const waiting = subject.wait('c1', 'e1');
          const { pid } = await subject.startProcess('c1', 'e1');
          expect((await waiting).exitStatus).toBe(5);
          expect(await subject.delete('c1', 'e1')).toMatchObject({ pid, exitStatus: 5 });
          await subject.kill('c1', 15);
          await subject.kill('c1', 9);
          expect((await subject.wait('c1')).exitStatus).toBe(137);
          expect((await subject.delete('c1')).exitStatus).toBe(137);
          await subject.events.wait('delete', ({ topic }) => topic === '/tasks/delete');
          expect(topicsOf(subject, '')).toEqual(['create', 'start', 'exit', 'delete']);
          expect(topicsOf(subject, 'e1')).toEqual(['exec-added', 'exec-started', 'exit']);
        }));
    }
  }

  it('passes on to the runtime what Create says of it', () =>
    withShim({}, async (subject) => {
      const binaryName = join(subject.folder, 'runtime');
      const said = join(subject.folder, 'said');
      writeFileSync(binaryName, `#!/bin/sh\necho "$@" >> '${said}'\nexec runc "$@"\n`, { mode: 0o700 });
      const root = join(subject.folder, 'runc');
      const options = anyPack(
        OptionsSchema,
        create(OptionsSchema, {
          binaryName,
          root,
          noPivotRoot: true,
          noNewKeyring: true,
          criuPath: '/no/criu',
        }),
      );
      options.typeUrl = OptionsSchema.typeName;
      const request = { id: 'c2', bundle: subject.bundle('c2'), options };
      await subject.call('Create', task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, request);
      await subject.startProcess('c2');
      expect((await subject.state('c2')).status).toBe(2);
      expect(readFileSync(said, 'utf8')).toMatch(
        new RegExp(
          `^--root ${root}/shim-spec .* --criu /no/criu create .*--no-pivot --no-new-keyring .*c2\n.* start c2\n$`,
        ),
      );
    }));

  it('takes from Exec whether there is a terminal, and no process that is no JSON', () =>
    withShim({}, async (subject) => {
      const exec = (execId: string, terminal: boolean, json: string) =>
        subject.call('Exec', task.ExecProcessRequestSchema, task.EmptySchema, {
          id: 'c1',
          execId,
          terminal,
          spec: {
            typeUrl: 'types.containerd.io/opencontainers/runtime-spec/1/Process',
            value: Buffer.from(json),
          },
        });
      const rlimits = '"rlimits": [{ "type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 1 }]';
      const args = (test: string) => `"args": ["/bin/sh", "-c", "test ${test} -t 0"], "cwd": "/"`;
      await exec('e1', true, `{ ${args('')} }`);
      await exec('e2', false, `{ ${args('!')}, "terminal": true }`);
      await exec('e3', false, `{ ${args('!')}, ${rlimits} }`);
      for (const id of ['e1', 'e2', 'e3']) {
        await subject.startProcess('c1', id);
        expect((await subject.wait('c1', id)).exitStatus, id).toBe(0);
      }
      await expect(exec('e4', false, '{ "args"')).rejects.toThrow(/^the exec's process is no JSON: /);
      await expect(subject.state('c1', 'e4')).rejects.toThrow(/process does not exist e4/);
    }));

  it('answers what cannot be with the code and words of upstream', () =>
    withShim({}, async (subject) => {
      const refused = (call: Promise<unknown>) =>
        call.then(
          () => 'answered',
          ({ code, message }) => `${code} ${message}`,
        );
      expect(await refused(subject.state('c2'))).toBe('5 container not created: not found');
      expect(await refused(subject.kill('c2', 9))).toBe('5 container not created: not found');
      expect(await refused(subject.startProcess('c1', 'e9'))).toBe('5 process does not exist e9: not found');
      expect(await refused(subject.startProcess('c1'))).toBe('2 cannot start a running process');
      expect(await refused(subject.delete('c1'))).toBe('2 cannot delete a running process');
      await subject.exec('c1', 'e1', ['/bin/true']);
      expect(await refused(subject.exec('c1', 'e1', ['/bin/true']))).toBe('6 id e1: already exists');
      await subject.exec('c1', 'e2', ['/bin/nowhere']);
      expect(await refused(subject.startProcess('c1', 'e2'))).toMatch(
        /^2 OCI runtime exec failed: .*no such file/,
      );
      for (const id of ['../c1', 'a/b', '', 'x'.repeat(77), 'a b', '.']) {
        const bad = subject.call('Create', task.CreateTaskRequestSchema, task.EmptySchema, {
          id,
          bundle: '/tmp',
        });
        expect(await refused(bad), id).toMatch(/^3 the container id is no identifier/);
      }
      const nowhere = subject.call('Create', task.CreateTaskRequestSchema, task.EmptySchema, {
        id: 'c3',
        bundle: '/nowhere',
      });
      expect(await refused(nowhere)).toMatch(/^3 cannot read .*config.json/);
    }));

  it('publishes an early exit after the start, every time', () =>
    withShim({}, async (subject) => {
      const ids = Array.from({ length: 60 }, (_, i) => `e${i}`);
      await Promise.all(
        ids.map(async (id) => {
          await subject.exec('c1', id, ['/bin/true']);
          await subject.startProcess('c1', id);
        }),
      );
      for (const id of ids) {
        await subject.events.wait(`exit of ${id}`, (e) => e.topic === '/tasks/exit' && e.exec === id);
        expect(topicsOf(subject, id)).toEqual(['exec-added', 'exec-started', 'exit']);
      }
    }));

  it("publishes the exits of execs before the init's, in a shared pid namespace, too", async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c1');
      subject.configure('c1', (config) => {
        config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid');
      });
      await subject.create('c1');
      await subject.startProcess('c1');
      for (const id of ['e1', 'e2']) {
        await subject.exec('c1', id, ['/bin/sleep', '3600']);
        await subject.startProcess('c1', id);
      }
      await subject.kill('c1', 9);
      await subject.events.wait('exit', (e) => e.topic === '/tasks/exit' && e.exec === '');
      const exits = subject.events.seen
        .filter(({ topic }) => topic === '/tasks/exit')
        .map(({ exec }) => exec);
      expect(exits.toSorted()).toEqual(['', 'e1', 'e2']);
      expect(exits.at(-1)).toBe('');
    } finally {
      await subject.end();
    }
  });

  it('reaps orphans of the container that became its children, and publishes nothing of them', () =>
    withShim({}, async (subject) => {
      const zombies = (): number =>
        readdirSync('/proc').filter((each) => Number(each) > 0 && isZombieOf(Number(each), subject.pid))
          .length;
      for (let i = 0; i < 5; i++) {
        await subject.exec('c1', `e${i}`, ['/bin/sh', '-c', '(sleep 0.05 &) ; exit 0']);
        await subject.startProcess('c1', `e${i}`);
        await subject.wait('c1', `e${i}`);
      }
      await until('the end of its zombies', zombies, (count) => count === 0);
      expect(subject.events.seen.filter(({ topic }) => topic === '/tasks/exit')).toHaveLength(5);
    }));

  it('goes on while a FIFO is read by nobody, a client stops reading, and one sends too much', () =>
    withShim({}, async (subject) => {
      const fifo = join(subject.folder, 'stdout');
      execFileSync('mkfifo', [fifo]);
      const stdio: StdioOf = { stdout: fifo };
      await subject.exec('c1', 'stuck', ['/bin/sh', '-c', 'dd if=/dev/zero bs=1000 count=1000'], stdio);
      await subject.startProcess('c1', 'stuck');
      const deaf = createConnection({ path: subject.address });
      deaf.pause();
      const state = encodeFrame({ stream: 1, type: 1, flags: 0, data: Buffer.alloc(dataMaxBytes) });
      deaf.on('error', () => undefined);
      for (let i = 0; i < 3; i++) deaf.write(state);
      const large = subject.call('Create', task.CreateTaskRequestSchema, task.EmptySchema, {
        id: 'x'.repeat(dataMaxBytes - 200),
      });
      await expect(large).rejects.toMatchObject({ code: code.invalidArgument });
      await subject.exec('c1', 'e1', ['/bin/true']);
      await subject.startProcess('c1', 'e1');
      expect((await subject.wait('c1', 'e1')).exitStatus).toBe(0);
      expect((await subject.state('c1', 'stuck')).status).toBe(2);
      deaf.destroy();
    }));

  it('tells of a process that the kernel killed for want of memory', async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c1');
      subject.configure('c1', ({ linux }) => {
        linux.resources = { ...linux.resources, memory: { limit: 16 * 1024 ** 2 } };
      });
      await subject.create('c1');
      await subject.startProcess('c1');
      await subject.exec('c1', 'greedy', ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1']);
      await subject.startProcess('c1', 'greedy');
      expect((await subject.wait('c1', 'greedy')).exitStatus).toBe(137);
      await subject.events.wait(
        'oom',
        ({ topic, container }) => topic === '/tasks/oom' && container === 'c1',
      );
    } finally {
      await subject.end();
    }
  });

  it('kills an exec alone, also where it is told to kill all', () =>
    withShim({}, async (subject) => {
      await subject.exec('c1', 'e1', ['/bin/sleep', '3600']);
      await subject.startProcess('c1', 'e1');
      await subject.kill('c1', 9, 'e1', true);
      expect((await subject.wait('c1', 'e1')).exitStatus).toBe(137);
      expect((await subject.state('c1')).status).toBe(2);
      await subject.kill('c1', 9, '', true);
      expect((await subject.wait('c1')).exitStatus).toBe(137);
    }));

  it('ends on Shutdown only when it serves no container, and answers it', () =>
    withShim({}, async (subject) => {
      await subject.shutdown();
      expect((await subject.state('c1')).status).toBe(2);
      await subject.kill('c1', 9);
      await subject.wait('c1');
      await subject.delete('c1');
      await subject.shutdown();
      expect(await subject.leftAfterShutdown()).toEqual([]);
    }));
});

function isZombieOf(pid: number, parent: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' && Number(ppid) === parent;
  } catch {
    return false;
  }
}
