import { execFileSync } from 'node:child_process';
import { constants, cpSync, mkdirSync, openSync, readdirSync, readSync, rmSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cgroupsBelow } from '../../../conformance/shim/processes.ts';
import { Subject } from '../../../conformance/shim/subject.ts';
import { CheckpointOptionsSchema, OptionsSchema } from '../../../wire/proto/gen/runc_pb.ts';
import * as task from '../../../wire/proto/gen/task_pb.ts';
import { until } from '../../until.ts';
import { Containerd, leftovers } from '../containerd.ts';
import { workingCriu } from '../criu.ts';
import { shim } from '../gated.ts';
import { ociArchive } from '../oci-image.ts';
import { busyboxRootfs } from '../rootfs.ts';

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const criu = workingCriu();
const rootfs = busyboxRootfs();
const subject = new Subject(shim, rootfs);
const image = join(subject.folder, 'image');
const fifos = { stdout: join(subject.folder, 'out'), stderr: join(subject.folder, 'error') };
let client = 0;

beforeAll(async () => {
  await subject.start('c0');
  execFileSync('mkfifo', Object.values(fifos));
  client = openSync(fifos.stdout, constants.O_RDWR | constants.O_NONBLOCK);
  mkdirSync(image);
});
afterAll(async () => {
  await subject.end();
  rmSync(rootfs, { recursive: true });
});

/** Create with CRIU. @param checkpoint the folder of an image; empty for none */
async function make(id: string, checkpoint: string, criuPath = criu): Promise<number> {
  subject.configure(id, ({ process, linux }) => {
    process.args = ['/bin/sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done'];
    // Without iptables CRIU cannot lock a network.
    linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'network');
  });
  const root = join(subject.folder, 'runc');
  const value = toBinary(OptionsSchema, create(OptionsSchema, { root, criuPath }));
  const options = { typeUrl: OptionsSchema.typeName, value };
  const request = { id, bundle: subject.bundle(id), ...fifos, checkpoint, options };
  const { pid } = await subject.call(
    'Create',
    task.CreateTaskRequestSchema,
    task.CreateTaskResponseSchema,
    request,
  );
  return pid;
}

const checkpoint = (id: string, exit: boolean): Promise<unknown> => {
  const value = toBinary(CheckpointOptionsSchema, create(CheckpointOptionsSchema, { exit }));
  const options = { typeUrl: CheckpointOptionsSchema.typeName, value };
  return subject.call('Checkpoint', task.CheckpointTaskRequestSchema, task.EmptySchema, {
    id,
    path: image,
    options,
  });
};

/** The numbers that the containers have written since the last look. */
function numbers(): number[] {
  const chunk = Buffer.alloc(65_536);
  try {
    return chunk.toString('utf8', 0, readSync(client, chunk)).trim().split('\n').map(Number);
  } catch {
    return []; // EAGAIN: there is nothing.
  }
}

/** Waits until the container counts beyond `past`. @returns every number on the way */
async function countsPast(past: number): Promise<number[]> {
  const all: number[] = [];
  await until(`a number above ${past}`, () => {
    all.push(...numbers());
    return all.some((each) => each > past);
  });
  return all;
}

const topicsOf = (id: string): string[] =>
  subject.events.seen.filter(({ container }) => container === id).map(({ topic }) => topic);

const runcKnows = (id: string): boolean =>
  execFileSync('runc', ['--root', join(subject.folder, 'runc', 'shim-spec'), 'list', '-q'], {
    encoding: 'utf8',
  }).includes(id);

describe('a checkpoint', () => {
  let last = 0;

  it('leaves the container running, is published, and ends it where that is asked for', async () => {
    await make('c1', '');
    await subject.startProcess('c1');
    await countsPast(5);
    await checkpoint('c1', false);
    await subject.events.wait('checkpointed', ({ topic }) => topic === '/tasks/checkpointed');
    expect((await subject.state('c1')).status).toBe(2);
    last = Math.max(...(await countsPast(6)));
    rmSync(image, { recursive: true });
    mkdirSync(image);
    await checkpoint('c1', true);
    expect((await subject.wait('c1')).exitStatus).toBe(137);
    await subject.delete('c1');
    last = Math.max(last, ...numbers());
    await until('the delete', () => topicsOf('c1').includes('/tasks/delete'));
    expect(topicsOf('c1').toSorted()).toEqual(
      ['checkpointed', 'checkpointed', 'create', 'delete', 'exit', 'start'].map((topic) => `/tasks/${topic}`),
    );
  });

  it('is restored by Start, and its processes go on where they were', async () => {
    expect(await make('c2', image)).toBe(0);
    expect(await subject.state('c2')).toMatchObject({ status: 1, pid: 0 });
    await expect(subject.exec('c2', 'early', ['/bin/true'])).rejects.toThrow(
      'cannot exec in a created state',
    );
    await expect(subject.kill('c2', 9)).rejects.toThrow('process not created');
    const { pid } = await subject.startProcess('c2');
    expect(pid).toBeGreaterThan(1);
    expect(await subject.state('c2')).toMatchObject({ status: 2, pid });
    const all = await countsPast(last + 5);
    expect(all.every((each) => each > last)).toBe(true);
    await subject.exec('c2', 'e1', ['/bin/true']);
    await subject.startProcess('c2', 'e1');
    expect((await subject.wait('c2', 'e1')).exitStatus).toBe(0);
    await subject.kill('c2', 9);
    expect((await subject.wait('c2')).exitStatus).toBe(137);
    await subject.delete('c2');
    await until('the delete', () => topicsOf('c2').includes('/tasks/delete'));
    const own = subject.events.seen.filter(({ container, exec }) => container === 'c2' && exec === '');
    expect(own.map(({ topic }) => topic.replace('/tasks/', ''))).toEqual([
      'create',
      'start',
      'exit',
      'delete',
    ]);
  });

  it('that was never restored lets go of who waits for it', async () => {
    await make('c3', image);
    const waiting = subject.wait('c3');
    await subject.delete('c3');
    await waiting;
  });

  const faults: Record<string, (damaged: string) => void> = {
    'is cut off': (damaged) => {
      for (const name of readdirSync(damaged).filter((each) => each.startsWith('core-')))
        truncateSync(join(damaged, name), 10);
    },
    'is not there': (damaged) => rmSync(damaged, { recursive: true }),
    'has no file': (damaged) => {
      for (const name of readdirSync(damaged)) rmSync(join(damaged, name));
    },
  };
  for (const [i, [fault, damage]] of Object.entries(faults).entries()) {
    it(`that ${fault} gives a clear error, and nothing is left of it`, async () => {
      const [id, damaged] = [`d${i}`, join(subject.folder, `damaged-${i}`)];
      cpSync(image, damaged, { recursive: true });
      damage(damaged);
      const before = readdirSync(`/proc/${subject.pid}/fd`).length;
      await make(id, damaged);
      await expect(subject.startProcess(id)).rejects.toThrow(
        new RegExp(`^OCI runtime restore failed: .+ path= .*/${id}/criu-restore\\.log$`),
      );
      expect((await subject.state(id)).status).toBe(1);
      expect(runcKnows(id)).toBe(false);
      await subject.delete(id);
      expect(cgroupsBelow(basename(subject.folder))).toEqual([]);
      expect(readdirSync(`/proc/${subject.pid}/fd`).length).toBe(before);
    });
  }

  it('that is named relatively is refused by Create', async () => {
    await expect(make('c5', 'relative')).rejects.toThrow(
      'the checkpoint is no absolute path (got "relative"',
    );
  });

  it("that CRIU cannot write gives CRIU's error, and the container goes on", async () => {
    await make('c6', '', '/bin/false');
    await subject.startProcess('c6');
    await expect(checkpoint('c6', false)).rejects.toThrow(
      /runc did not terminate successfully: exit status 1: .* path= .*\/c6\/criu-dump\.log$/,
    );
    expect((await subject.state('c6')).status).toBe(2);
  });
});

describe('ctr containers checkpoint and restore, with a real containerd', () => {
  const containerd = new Containerd();
  beforeAll(async () => {
    containerd.use(criu, 'criu');
    await containerd.start();
  });
  afterAll(() => containerd.end());

  /** What the container has counted to. */
  const count = async (id: string): Promise<number> =>
    Number(
      (await containerd.ctr('task', 'exec', '--exec-id', `e${Math.random()}`, id, '/bin/cat', '/n')).out,
    );
  const done = async (...args: string[]): Promise<void> =>
    expect(await containerd.ctr(...args)).toMatchObject({ code: 0 });

  it('give a container that goes on where the other was', async () => {
    const [image, saved] = ['docker.io/library/box:1', 'localhost/saved:1'];
    await done('images', 'import', '--no-unpack', ociArchive(image, containerd.rootfs, containerd.folder));
    const counting = ['/bin/sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i > /n; sleep 0.05; done'];
    const flags = ['-d', '--runtime', 'io.containerd.spec.v2', '--net-host', '--snapshotter', 'native'];
    await done('run', ...flags, image, 'old', ...counting);
    await until('a count', async () => (await count('old')) > 20);
    await done('containers', 'checkpoint', '--rw', '--image', '--task', 'old', saved);
    await containerd.seen('old', '/tasks/resumed');
    const topics = containerd.eventsOf('old').map(({ topic }) => topic);
    expect(topics.filter((topic) => /paused|checkpointed|resumed/.test(topic))).toEqual(
      ['paused', 'checkpointed', 'resumed'].map((topic) => `/tasks/${topic}`),
    );
    await containerd.ctr('task', 'rm', '-f', 'old');
    await done('containers', 'rm', 'old');
    await done('containers', 'restore', '--rw', '--live', 'new', saved);
    expect(await count('new')).toBeGreaterThan(20);
    const now = await count('new');
    await until('it counts on', async () => (await count('new')) > now);
    await containerd.ctr('task', 'rm', '-f', 'new');
    await until(
      'the end of it',
      () => leftovers('new', containerd.folder),
      (left) => left.length === 0,
    );
    execFileSync(process.execPath, [cli, 'validate', join(containerd.records, 'new.ndjson')]);
  });
});
