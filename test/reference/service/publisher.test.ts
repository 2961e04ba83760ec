import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import { newContainer } from '../../../reference/container/container.ts';
import { runcOptions } from '../../../reference/container/options.ts';
import { Publisher } from '../../../reference/service/publisher.ts';
import { publishEvent } from '../../../reference/service/task-events.ts';
import { type TaskCreate, TaskCreateSchema, TaskPausedSchema } from '../../../wire/proto/gen/events_pb.ts';
import { ForwardRequestSchema } from '../../../wire/proto/gen/forward_pb.ts';
import { MountSchema } from '../../../wire/proto/gen/task_pb.ts';
import { serveTtrpc } from '../../../wire/ttrpc/server.ts';
import { code, StatusError } from '../../../wire/ttrpc/status.ts';
import { until } from '../../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-publisher-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A containerd's events service, which may refuse or be short of breath. */
function eventsServer(path: string, answer: (topic: string) => void): Promise<ReturnType<typeof serveTtrpc>> {
  const Forward = (payload: Uint8Array): Uint8Array => {
    answer(fromBinary(ForwardRequestSchema, payload).envelope?.topic ?? '');
    return new Uint8Array();
  };
  const server = serveTtrpc({ 'containerd.services.events.ttrpc.v1.Events': { Forward } });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

function publish(publisher: Publisher, ...topics: string[]): void {
  for (const topic of topics) publisher.publish(topic, TaskPausedSchema, { containerId: 'c1' });
}

describe('the publisher', () => {
  it('keeps the order, and loses nothing, whatever code it is answered', async () => {
    const taken: string[] = [];
    const lines: string[] = [];
    const codes = Object.values(code).filter((each) => each !== code.ok);
    const refusals = new Map<string, number>();
    const path = join(folder, 'events.sock');
    const publisher = new Publisher(path, 'n', (line) => lines.push(line));
    const topics = Array.from({ length: 6 }, (_, i) => `/tasks/${i}`);
    publish(publisher, ...topics);
    // It comes up later than the first event.
    await until(
      'an attempt that fails',
      () => lines,
      ({ length }) => length > 0,
    );
    const server = await eventsServer(path, (topic) => {
      const before = refusals.get(topic) ?? 0;
      refusals.set(topic, before + 1);
      const refusal = before < 2 ? codes.pop() : undefined;
      if (refusal !== undefined) throw new StatusError(refusal, 'not now');
      taken.push(topic);
    });
    await publisher.drain(30_000);
    expect(codes).toEqual([]);
    expect(taken).toEqual(topics);
    expect(lines.filter((line) => line.includes('lost'))).toEqual([]);
    for (const connection of server.connections) connection.destroy();
    server.close();
  });

  it('repeats what was taken and not answered with the same time, and gives each event a later one', async () => {
    const times: [topic: string, timeNs: bigint][] = [];
    const path = join(folder, 'unanswered.sock');
    const server: ReturnType<typeof serveTtrpc> = serveTtrpc({
      'containerd.services.events.ttrpc.v1.Events': {
        Forward: (payload) => {
          const { topic = '', timestamp } = fromBinary(ForwardRequestSchema, payload).envelope ?? {};
          times.push([topic, (timestamp?.seconds ?? 0n) * 1_000_000_000n + BigInt(timestamp?.nanos ?? 0)]);
          if (times.length === 2) for (const connection of server.connections) connection.destroy();
          return new Uint8Array();
        },
      },
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const publisher = new Publisher(path, 'n', () => undefined);
    publish(publisher, '/tasks/a', '/tasks/b', '/tasks/c');
    await publisher.drain(20_000);
    expect(times.map(([topic]) => topic)).toEqual(['/tasks/a', '/tasks/b', '/tasks/b', '/tasks/c']);
    const [a = 0n, b = 0n, again = 0n, c = 0n] = times.map(([, time]) => time);
    expect([a < b, b === again, again < c]).toEqual([true, true, true]);
    for (const connection of server.connections) connection.destroy();
    server.close();
  });

  it('goes on where it was with a containerd that was started anew', async () => {
    const taken: string[] = [];
    const path = join(folder, 'restarted.sock');
    const publisher = new Publisher(path, 'n', () => undefined);
    for (const topics of [['/tasks/a'], ['/tasks/b', '/tasks/c'], ['/tasks/d']]) {
      publish(publisher, ...topics);
      const server = await eventsServer(path, (topic) => taken.push(topic));
      await publisher.drain(20_000);
      for (const connection of server.connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
    expect(taken).toEqual(['/tasks/a', '/tasks/b', '/tasks/c', '/tasks/d']);
  });

  it('keeps a hundred thousand events for a containerd that is away, and says which are too many', async () => {
    const lines: string[] = [];
    const publisher = new Publisher(join(folder, 'nowhere.sock'), 'n', (line) => lines.push(line));
    publish(publisher, ...Array.from({ length: 100_002 }, (_, i) => `/tasks/${i}`));
    expect(lines.filter((line) => line.includes('lost'))).toEqual([
      'an event is lost: 100000 wait for containerd already (/tasks/100000)',
      'an event is lost: 100000 wait for containerd already (/tasks/100001)',
    ]);
    await publisher.drain(10);
    expect(lines.at(-1)).toMatch(/in 10 ms: \/tasks\/0, .*, \/tasks\/19 and 99980 more$/);
  });

  it('says which events are lost when the shim ends and nobody takes them', async () => {
    const lines: string[] = [];
    const publisher = new Publisher(join(folder, 'nowhere.sock'), 'n', (line) => lines.push(line));
    publish(publisher, '/tasks/exit', '/tasks/delete');
    await publisher.drain(100);
    expect(lines.at(-1)).toBe(
      'events are lost, containerd has not taken them in 100 ms: /tasks/exit, /tasks/delete',
    );
  });
});

describe('publishEvent', () => {
  it('tells, with a create, what rootfs Create was told of', async () => {
    const path = join(folder, 'rootfs.sock');
    const server = serveTtrpc({
      'containerd.services.events.ttrpc.v1.Events': {
        Forward: (payload) => {
          const value = fromBinary(ForwardRequestSchema, payload).envelope?.event?.value;
          created.push(fromBinary(TaskCreateSchema, value ?? new Uint8Array()));
          return new Uint8Array();
        },
      },
    });
    const created: TaskCreate[] = [];
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const publisher = new Publisher(path, 'n', () => undefined);
    const mount = create(MountSchema, { type: 'bind', source: '/from', options: ['rbind'] });
    const of = { id: 'c1', namespace: 'n', bundle: '/bundle', rootfs: [mount], checkpoint: null };
    publishEvent(publisher, {
      topic: 'create',
      name: { id: 'c1', execId: '' },
      pid: 7,
      container: newContainer(of, runcOptions('/bundle', 'n', null), null),
      process: undefined,
    });
    await publisher.drain(5_000);
    for (const connection of server.connections) connection.destroy();
    server.close();
    expect(created).toMatchObject([{ containerId: 'c1', bundle: '/bundle', pid: 7, rootfs: [mount] }]);
  });
});
