import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { EnvelopeReader } from '../../conformance/watch/envelope.ts';
import {
  TaskDeleteSchema,
  TaskExecStartedSchema,
  TaskExitSchema,
  TaskOOMSchema,
} from '../../wire/proto/gen/events_pb.ts';
import { EnvelopeSchema } from '../../wire/proto/gen/forward_pb.ts';
import { fc, test } from '../random.ts';

const exit = toBinary(
  TaskExitSchema,
  create(TaskExitSchema, { containerId: 'c', id: 'e', pid: 7, exitStatus: 3 }),
);

function envelope(typeUrl: string, value: Uint8Array, topic = '/tasks/exit'): Buffer {
  const timestamp = { seconds: 5n, nanos: 1_000_999 };
  const sent = create(EnvelopeSchema, { namespace: 'n', topic, timestamp, event: { typeUrl, value } });
  return Buffer.from(toBinary(EnvelopeSchema, sent));
}

const reader = new EnvelopeReader();
const observedIn = (data: Buffer, at: string): ReturnType<EnvelopeReader['read']> =>
  reader.read(data, 0, data.length, at);

describe('EnvelopeReader', () => {
  it('has what the event has, by the name of its type with or without a host', () => {
    for (const host of ['', 'type.googleapis.com/'])
      expect(observedIn(envelope(`${host}containerd.events.TaskExit`, exit), 'here')).toEqual({
        namespace: 'n',
        topic: 'exit',
        container: 'c',
        exec: 'e',
        pid: 7,
        exitStatus: 3,
        at: 'here',
        timeUs: 5_001_000,
        lacks: null,
      });
  });

  it('knows what lacks its ids, what is of no task, and what it cannot decode', () => {
    const nameless = toBinary(TaskExitSchema, create(TaskExitSchema, { pid: 224 }));
    expect(observedIn(envelope('containerd.events.TaskExit', nameless), '')).toMatchObject({
      lacks: 'container_id',
    });
    expect(observedIn(envelope('containerd.events.ImageCreate', exit, '/images/create'), '')).toBe(null);
    expect(observedIn(envelope('containerd.events.TaskVanished', exit), '')).toBe('unknown');
    expect(observedIn(envelope('containerd.events.TaskExit', new Uint8Array([255, 255])), '')).toBe(
      'unknown',
    );
  });

  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('c', 'e', 'x'.repeat(2_000)),
  );
  const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const task = fc.record({ containerId: text, id: text, pid: number, exitStatus: number });
  test.prop([fc.array(task, { maxLength: 8 })])(
    'reads any text and number, many envelopes in one array of bytes, with fields that it does not know',
    (tasks) => {
      const parts = tasks.map((of) => {
        const exited = create(TaskExitSchema, { ...of, exitedAt: { seconds: 1n, nanos: 7 } });
        return envelope('containerd.events.TaskExit', toBinary(TaskExitSchema, exited));
      });
      const data = Buffer.concat(parts);
      let from = 0;
      for (const [i, { containerId, id, pid, exitStatus }] of tasks.entries()) {
        const to = from + (parts[i]?.length ?? 0);
        const lacks = containerId === '' ? 'container_id' : id === '' ? 'id' : null;
        const exec = id === containerId ? '' : id;
        expect(reader.read(data, from, to, '')).toMatchObject({
          ...{ container: containerId, exec, pid, exitStatus, lacks },
        });
        from = to;
      }
    },
  );

  it('knows the fields of each kind by their names, in any order of the envelope', () => {
    const read = (topic: string, name: string, value: Uint8Array): unknown =>
      observedIn(envelope(`containerd.events.${name}`, value, `/tasks/${topic}`), '');
    const of = { containerId: 'c', execId: 'e', pid: 9 };
    const started = toBinary(TaskExecStartedSchema, create(TaskExecStartedSchema, of));
    expect(read('exec-started', 'TaskExecStarted', started)).toMatchObject({
      exec: 'e',
      pid: 9,
      exitStatus: null,
    });
    const deleted = toBinary(
      TaskDeleteSchema,
      create(TaskDeleteSchema, { containerId: 'c', id: 'e', pid: 9, exitStatus: 4 }),
    );
    expect(read('delete', 'TaskDelete', deleted)).toMatchObject({ exec: 'e', pid: 9, exitStatus: 4 });
    const oom = toBinary(TaskOOMSchema, create(TaskOOMSchema, { containerId: 'c' }));
    expect(read('oom', 'TaskOOM', oom)).toMatchObject({ topic: 'oom', container: 'c', exec: '', pid: 0 });
    const type = create(EnvelopeSchema, {
      event: { typeUrl: 'containerd.events.TaskOOM', value: new Uint8Array() },
    });
    const rest = create(EnvelopeSchema, { namespace: 'n', topic: '/tasks/oom' });
    const swapped = Buffer.concat([type, rest].map((each) => toBinary(EnvelopeSchema, each)));
    expect(observedIn(swapped, '')).toMatchObject({
      namespace: 'n',
      topic: 'oom',
      timeUs: null,
      lacks: 'container_id',
    });
  });

  const whole = envelope('containerd.events.TaskExit', exit);

  it('says unknown of an envelope that is cut off, and null of one whose topic is cut away', () => {
    const read = Array.from({ length: whole.length - 1 }, (_, i) => observedIn(whole.subarray(0, i + 1), ''));
    expect(new Set(read)).toEqual(new Set(['unknown', null]));
    expect(read.at(-1)).toBe('unknown');
  });

  test.prop([fc.nat(whole.length - 1), fc.nat(255)])('takes a damaged envelope', (at, byte) => {
    const damaged = Buffer.from(whole);
    damaged[at] = byte;
    expect(() => observedIn(damaged, '')).not.toThrow();
  });
});
