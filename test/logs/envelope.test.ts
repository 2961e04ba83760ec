import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { observedIn } from '../../conformance/watch/envelope.ts';
import { TaskExitSchema } from '../../wire/proto/gen/events_pb.ts';
import { EnvelopeSchema } from '../../wire/proto/gen/forward_pb.ts';

const exit = toBinary(
  TaskExitSchema,
  create(TaskExitSchema, { containerId: 'c', id: 'e', pid: 7, exitStatus: 3 }),
);

function envelope(typeUrl: string, value: Uint8Array, topic = '/tasks/exit'): Uint8Array {
  const timestamp = { seconds: 5n, nanos: 1_000_999 };
  const event = { typeUrl, value };
  return toBinary(EnvelopeSchema, create(EnvelopeSchema, { namespace: 'n', topic, timestamp, event }));
}

describe('observedIn', () => {
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

  it('has the numbers that are long, and says so of bytes that are cut off anywhere', () => {
    const pid = 4_194_303;
    const of = { containerId: 'é'.repeat(200), id: 'e', pid, exitStatus: 255 };
    const whole = envelope(
      'containerd.events.TaskExit',
      toBinary(TaskExitSchema, create(TaskExitSchema, of)),
    );
    expect(observedIn(whole, '')).toMatchObject({ container: of.containerId, pid, exitStatus: 255 });
    for (let length = whole.length - 1; length > whole.length - 400; length--)
      expect(observedIn(whole.subarray(0, length), '')).toBe('unknown');
  });
});
