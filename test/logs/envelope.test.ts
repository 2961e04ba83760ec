import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { envelopeIn, observedIn } from '../../conformance/watch/envelope.ts';
import type { Envelope } from '../../wire/proto/gen/decoders/forward.ts';
import { TaskExitSchema } from '../../wire/proto/gen/events_pb.ts';
import { EnvelopeSchema } from '../../wire/proto/gen/forward_pb.ts';

const exit = toBinary(
  TaskExitSchema,
  create(TaskExitSchema, { containerId: 'c', id: 'e', pid: 7, exitStatus: 3 }),
);

function envelope(typeUrl: string, value: Uint8Array, topic = '/tasks/exit'): Envelope {
  const timestamp = { seconds: 5n, nanos: 1_000_999 };
  const sent = create(EnvelopeSchema, { namespace: 'n', topic, timestamp, event: { typeUrl, value } });
  return envelopeIn(toBinary(EnvelopeSchema, sent));
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
});
