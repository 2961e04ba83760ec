import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../conformance/shim/subject.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { needDebian } from '../debian.ts';
import { shim } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const upstream = 'containerd-shim-runc-v2';
const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

/** A call, and what of its answer two shims have to have in common. */
interface Step {
  readonly name: string;
  readonly run: (subject: Subject) => Promise<unknown>;
}

const process = task.ProcessRequestSchema;

function call<I extends DescMessage>(method: string, input: I, request: MessageInitShape<I>): Step {
  const { id, execId = '', signal = '' } = request as { id: string; execId?: string; signal?: number };
  return {
    name: `${method} ${id} ${execId} ${signal}`.trim(),
    run: async (s) => void (await s.call(method, input, task.EmptySchema, request)),
  };
}

const plain = (method: string, id: string, execId = ''): Step => call(method, process, { id, execId });
const start = (id: string, execId = ''): Step => plain('Start', id, execId);
const pause: Step = plain('Pause', 'c1');
const resume: Step = plain('Resume', 'c1');
const resize = (id: string, execId = ''): Step =>
  call('ResizePty', task.ResizePtyRequestSchema, { id, execId });
const closeIo = (id: string, execId = ''): Step =>
  call('CloseIO', task.CloseIORequestSchema, { id, execId, stdin: true });
const kill = (id: string, signal: number, execId = '', all = false): Step =>
  call('Kill', task.KillRequestSchema, { id, execId, signal, all });

const update = (id: string, resources: object): Step => {
  const typeUrl = 'types.containerd.io/opencontainers/runtime-spec/1/LinuxResources';
  const value = Buffer.from(JSON.stringify(resources));
  return call('Update', task.UpdateTaskRequestSchema, { id, resources: { typeUrl, value } });
};

const checkpoint = (id: string): Step => ({
  name: `Checkpoint ${id}`,
  run: async (s) => {
    const request = { id, path: join(s.folder, 'image') };
    const said = await s
      .call('Checkpoint', task.CheckpointTaskRequestSchema, task.EmptySchema, request)
      .then(() => 'done', String);
    // Where there is a CRIU, the answer names its log.
    const has = (file: string): boolean => existsSync(join(s.folder, id, file));
    return { said, hasLog: has('criu-dump.log'), hasWork: has('work/criu-work') };
  },
});
const create = (id: string): Step => ({
  name: `Create ${id}`,
  run: async (s) => (await s.create(id)).pid > 0,
});
const exec = (id: string, execId: string, ...args: string[]): Step => ({
  name: `Exec ${id} ${execId}`,
  run: (s) => s.exec(id, execId, args),
});
const wait = (id: string, execId = ''): Step => ({
  name: `Wait ${id} ${execId}`,
  run: async (s) => (await s.wait(id, execId)).exitStatus,
});
const remove = (id: string, execId = ''): Step => ({
  name: `Delete ${id} ${execId}`.trim(),
  run: async (s) => (await s.delete(id, execId)).exitStatus,
});
const state = (id: string, execId = ''): Step => ({
  name: `State ${id} ${execId}`,
  run: async (s) => {
    const { pid, exitedAt, $typeName: _, $unknown: __, ...rest } = await s.state(id, execId);
    return { ...rest, hasPid: pid > 0, hasEnded: (exitedAt?.seconds ?? 0n) > 0n };
  },
});
const pids = (id: string): Step => ({
  name: `Pids ${id}`,
  run: async (s) => (await s.call('Pids', process, task.PidsResponseSchema, { id })).processes.length,
});
const stats = (id: string): Step => ({
  name: `Stats ${id}`,
  run: async (s) => (await s.call('Stats', process, task.StatsResponseSchema, { id })).stats?.typeUrl,
});
const connect = (id: string): Step => ({
  name: `Connect ${id}`,
  run: async (s) => (await s.call('Connect', process, task.ConnectResponseSchema, { id })).taskPid > 0,
});

/** The same call twice at once. */
const twice = ({ name, run }: Step): Step => ({
  name: `${name} twice`,
  run: async (s) => {
    const said = () => run(s).then(() => 'done', String);
    return (await Promise.all([said(), said()])).toSorted();
  },
});

const looks = (id: string): Step[] => [state(id), pids(id), stats(id), connect(id), resize(id), closeIo(id)];
const looksAt = (id: string, execId: string): Step[] => [
  state(id, execId),
  resize(id, execId),
  closeIo(id, execId),
  kill(id, 0, execId),
];

/** Each method in each state of a container and of an exec. */
const steps: readonly Step[] = [
  ...[...looks('c9'), start('c9'), wait('c9'), remove('c9'), checkpoint('c9'), update('c9', {})],
  ...[exec('c9', 'e1', '/bin/true'), kill('c9', 9), kill('c9', 9, '', true)],

  ...[create('c1'), ...looks('c1'), kill('c1', 0), pause, resume, checkpoint('c1'), update('c1', {})],
  ...[
    exec('c1', 'e0', '/bin/true'),
    start('c1', 'e0'),
    wait('c1', 'e0'),
    state('c1', 'e0'),
    remove('c1', 'e0'),
  ],

  ...[start('c1'), ...looks('c1'), kill('c1', 0), start('c1'), remove('c1'), resume, checkpoint('c1')],
  ...[update('c1', { memory: { limit: 1 } }), update('c1', { pids: { limit: 50 } })],
  ...[start('c1', 'e9'), wait('c1', 'e9'), remove('c1', 'e9'), kill('c1', 9, 'e9'), state('c1', 'e9')],

  ...[exec('c1', 'e1', '/bin/sleep', '3600'), ...looksAt('c1', 'e1'), exec('c1', 'e1', '/bin/true')],
  ...[remove('c1', 'e1'), state('c1', 'e1'), exec('c1', 'e1', '/bin/sleep', '3600'), start('c1', 'e1')],
  ...[...looksAt('c1', 'e1'), pids('c1'), start('c1', 'e1'), remove('c1', 'e1'), kill('c1', 99, 'e1')],
  ...[kill('c1', 9, 'e1'), wait('c1', 'e1'), ...looksAt('c1', 'e1'), start('c1', 'e1'), kill('c1', 9, 'e1')],
  ...[
    remove('c1', 'e1'),
    remove('c1', 'e1'),
    exec('c1', 'e2', '/bin/nowhere'),
    start('c1', 'e2'),
    state('c1', 'e2'),
  ],

  ...[exec('c1', 'e3', '/bin/sleep', '3600'), pause, ...looks('c1'), pause, start('c1'), start('c1', 'e3')],
  ...[exec('c1', 'e4', '/bin/true'), remove('c1'), checkpoint('c1'), update('c1', { pids: { limit: 60 } })],
  ...[resume, resume, twice(pause), twice(resume)],
  ...[pause, kill('c1', 15), resume, resume],

  ...[kill('c1', 9), wait('c1'), ...looks('c1'), start('c1'), pause, resume, checkpoint('c1')],
  ...[
    update('c1', { pids: { limit: 60 } }),
    exec('c1', 'e5', '/bin/true'),
    kill('c1', 9),
    kill('c1', 9, '', true),
  ],
  ...[wait('c1'), remove('c1'), ...looks('c1'), remove('c1'), start('c1'), wait('c1')],

  ...[create('c3'), start('c3'), plain('Pause', 'c3'), kill('c3', 9), wait('c3'), state('c3'), remove('c3')],

  ...[create('c2'), kill('c2', 9), wait('c2'), start('c2'), state('c2'), remove('c2'), state('c2')],
];

/** Where it is known to be another on purpose. */
const differences: readonly { readonly step: Step; readonly answer: string }[] = [
  { step: create('c1'), answer: '6 container c1: already exists' },
  // Upstream forgets to give the error its code.
  { step: closeIo('c1', 'e9'), answer: '5 process does not exist e9: not found' },
  // Upstream takes what would become part of a path.
  { step: exec('c1', '../x', '/bin/true'), answer: '3 the exec id is no identifier (got "../x"' },
];

async function answers(shim: string, asked: readonly Step[]): Promise<string[]> {
  const subject = new Subject(shim, rootfs, { service: 'containerd.task.v2.Task' });
  const said: string[] = [];
  try {
    await subject.start('c1');
    for (const { name, run } of asked) {
      const answer = await run(subject).then(
        (value) => JSON.stringify(value) ?? 'done',
        (error: Error & { code?: number }) => `${error.code} ${error.message}`,
      );
      const usage = /current usage: \d+, peak usage: \d+/;
      said.push(`${name}: ${answer.replaceAll(subject.folder, 'FOLDER').replace(usage, 'USAGE').trim()}`);
    }
  } finally {
    await subject.end();
  }
  return said;
}

describe("the reference shim's answers", () => {
  it("are upstream's, code and words, to every method in every state", async () => {
    needDebian([upstream], ['containerd']);
    const theirs = await answers(upstream, steps);
    expect(theirs.filter((answer) => answer.includes('ttrpc: closed'))).toEqual([]);
    expect(await answers(shim, steps)).toEqual(theirs);
  });

  it('are other ones where they say more', async () => {
    const said = await answers(shim, [create('c1'), ...differences.map(({ step }) => step)]);
    for (const [i, { answer }] of differences.entries()) expect(said[i + 1]).toContain(answer);
  });
});
