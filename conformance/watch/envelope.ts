import { BinaryReader } from '@bufbuild/protobuf/wire';
import * as events from '../../wire/proto/gen/decoders/events.ts';
import { Envelope } from '../../wire/proto/gen/decoders/forward.ts';
import { type ObservedEvent, topicOf } from '../log/observed.ts';

/** The fields of all kinds of task events that matter here. */
interface TaskFields {
  readonly containerId?: string;
  readonly execId?: string;
  readonly id?: string;
  readonly pid?: number;
  readonly exitStatus?: number;
}

/** Reads text as Node does: a decoder made for each message takes longer than the text. */
const textIn = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

interface Decoder {
  decode(bytes: BinaryReader): TaskFields;
}

/** By the name of its type. */
const decoders = new Map<string, Decoder>(
  Object.entries(events).flatMap(([name, each]) =>
    typeof each === 'object' ? [[`${events.protobufPackage}.${name}`, each as Decoder] as const] : [],
  ),
);

/** An envelope as containerd sends it. @throws RangeError or Error where it is cut off, or none */
export function envelopeIn(bytes: Uint8Array): Envelope {
  return Envelope.decode(new BinaryReader(bytes, textIn));
}

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
  const url = event?.typeUrl ?? '';
  const decoder = decoders.get(url.slice(url.lastIndexOf('/') + 1));
  if (!event || !decoder) return 'unknown';
  const fields = fieldsOf(decoder, event.value);
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

function fieldsOf(decoder: Decoder, bytes: Uint8Array): TaskFields | null {
  try {
    return decoder.decode(new BinaryReader(bytes, textIn));
  } catch {
    return null;
  }
}
