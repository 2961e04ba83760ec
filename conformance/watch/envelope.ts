import { fromBinary } from '@bufbuild/protobuf';
import * as events from '../../wire/proto/gen/events_pb.ts';
import type { Envelope } from '../../wire/proto/gen/forward_pb.ts';
import { type ObservedEvent, topicOf } from '../log/observed.ts';

/** The fields of all kinds of task events that matter here. */
interface TaskFields {
  readonly containerId?: string;
  readonly execId?: string;
  readonly id?: string;
  readonly pid?: number;
  readonly exitStatus?: number;
}

const schemas = new Map<string, typeof events.TaskExitSchema>(
  Object.values(events)
    .filter((each): each is typeof events.TaskExitSchema => typeof each === 'object' && 'typeName' in each)
    .map((schema) => [schema.typeName, schema]),
);

/**
 * The event that containerd's events service delivered.
 *
 * @param at where it stands, in words
 * @returns null for one that is not about a task, and `unknown` for one of a task that cannot be decoded
 */
export function observedIn(
  { namespace, topic: name, timestamp, event }: Envelope,
  at: string,
): ObservedEvent | 'unknown' | null {
  const topic = topicOf(name);
  if (topic === null) return null;
  const schema = schemas.get(event?.typeUrl.split('/').at(-1) ?? '');
  if (!event || !schema) return 'unknown';
  const fields = fieldsOf(schema, event.value);
  if (!fields) return 'unknown';
  const { containerId: container = '', id = '', pid = 0, exitStatus = 0 } = fields;
  const exec = fields.execId || (id === container ? '' : id);
  const hasStatus = topic === 'exit' || topic === 'delete';
  const timeUs = timestamp
    ? Number(timestamp.seconds) * 1_000_000 + Math.floor(timestamp.nanos / 1_000)
    : null;
  const isNameless = container === '' || (topic === 'exit' && id === '');
  const lacks = isNameless ? (container === '' ? 'container_id' : 'id') : null;
  return {
    namespace,
    topic,
    container,
    exec,
    pid,
    exitStatus: hasStatus ? exitStatus : null,
    at,
    timeUs,
    lacks,
  };
}

function fieldsOf(schema: typeof events.TaskExitSchema, bytes: Uint8Array): TaskFields | null {
  try {
    return fromBinary(schema, bytes);
  } catch {
    return null;
  }
}
