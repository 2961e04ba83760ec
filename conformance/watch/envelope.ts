import type { DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { AnySchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { file_events } from '../../wire/proto/gen/events_pb.ts';
import { EnvelopeSchema } from '../../wire/proto/gen/forward_pb.ts';
import { type ObservedEvent, topicOf } from '../log/observed.ts';
import { Interned } from '../log/read/interned.ts';

type Tag = number;

/** How a field begins in an encoded message: its number and its kind. 0, which no field has, where there is none. */
function tagOf({ fields }: DescMessage, name: string, type: WireType): Tag {
  const number = fields.find((field) => field.name === name)?.number;
  return number === undefined ? 0 : (number << 3) | type;
}

const inEnvelope = {
  timestamp: tagOf(EnvelopeSchema, 'timestamp', WireType.LengthDelimited),
  namespace: tagOf(EnvelopeSchema, 'namespace', WireType.LengthDelimited),
  topic: tagOf(EnvelopeSchema, 'topic', WireType.LengthDelimited),
  event: tagOf(EnvelopeSchema, 'event', WireType.LengthDelimited),
};
const inTimestamp = {
  seconds: tagOf(TimestampSchema, 'seconds', WireType.Varint),
  nanos: tagOf(TimestampSchema, 'nanos', WireType.Varint),
};
const inAny = {
  typeUrl: tagOf(AnySchema, 'type_url', WireType.LengthDelimited),
  value: tagOf(AnySchema, 'value', WireType.LengthDelimited),
};

/** The fields of all kinds of task events that matter here. */
interface TaskKind {
  readonly typeName: string;
  readonly containerId: Tag;
  readonly execId: Tag;
  readonly id: Tag;
  readonly pid: Tag;
  readonly exitStatus: Tag;
}

const kinds: ReadonlyMap<string, TaskKind> = new Map(
  file_events.messages.map((message) => [
    message.typeName,
    {
      typeName: message.typeName,
      containerId: tagOf(message, 'container_id', WireType.LengthDelimited),
      execId: tagOf(message, 'exec_id', WireType.LengthDelimited),
      id: tagOf(message, 'id', WireType.LengthDelimited),
      pid: tagOf(message, 'pid', WireType.Varint),
      exitStatus: tagOf(message, 'exit_status', WireType.Varint),
    },
  ]),
);

/**
 * Reads the events that containerd's events service delivers, each an encoded Envelope.
 *
 * Why not fromBinary: it makes seven objects of an event and each text anew. 100,000 events a second leave 10 µs for each;
 * ids come again and again.
 */
export class EnvelopeReader {
  readonly #interned = new Interned();
  #data: Uint8Array = new Uint8Array();
  #reader = new BinaryReader(this.#data);
  /** The same bytes, each a character. */
  #text = '';

  /** Events that follow each other are mostly of one namespace; '' for one that is not held. */
  #lastNamespace = '';
  /** Events of one topic are of one kind. */
  readonly #kindOfTopic = new Map<ObservedEvent['topic'], TaskKind | undefined>();

  /** Of the event that is read. */
  #timeUs: number | null = null;
  #namespace = '';
  #topic: ObservedEvent['topic'] | null = null;
  #kind: TaskKind | undefined;
  #container = '';
  #execId = '';
  #id = '';
  #pid = 0;
  #exitStatus = 0;

  /**
   * @param from where the envelope begins in `data`, and where it ends
   * @param at where it stands, in words
   * @returns null for an event that is not about a task, and `unknown` for one that cannot be decoded
   */
  read(data: Buffer, from: number, to: number, at: string): ObservedEvent | 'unknown' | null {
    if (data !== this.#data) {
      this.#data = data;
      this.#reader = new BinaryReader(data);
      this.#text = data.toString('latin1');
    }
    this.#forget();
    try {
      this.#readEnvelope(from, to);
    } catch {
      return 'unknown';
    }
    if (this.#topic === null) return null;
    return this.#kind ? this.#observed(this.#topic, at) : 'unknown';
  }

  #forget(): void {
    this.#timeUs = null;
    this.#namespace = '';
    this.#topic = null;
    this.#kind = undefined;
    this.#container = '';
    this.#execId = '';
    this.#id = '';
    this.#pid = 0;
    this.#exitStatus = 0;
  }

  #observed(topic: ObservedEvent['topic'], at: string): ObservedEvent {
    const container = this.#container;
    const id = this.#id;
    const isNameless = container === '' || (topic === 'exit' && id === '');
    return {
      namespace: this.#namespace,
      topic,
      container,
      exec: this.#execId || (id === container ? '' : id),
      pid: this.#pid,
      exitStatus: topic === 'exit' || topic === 'delete' ? this.#exitStatus : null,
      at,
      timeUs: this.#timeUs,
      lacks: isNameless ? (container === '' ? 'container_id' : 'id') : null,
    };
  }

  #readEnvelope(from: number, to: number): void {
    const reader = this.#reader;
    reader.pos = from;
    let eventFrom = 0;
    let eventTo = 0;
    while (reader.pos < to) {
      const tag = reader.uint32();
      if (tag === inEnvelope.timestamp) this.#readTimestamp(this.#end());
      else if (tag === inEnvelope.namespace) this.#namespace = this.#readNamespace();
      else if (tag === inEnvelope.topic) this.#topic = this.#readTopic();
      else if (tag === inEnvelope.event) {
        eventTo = this.#end();
        eventFrom = reader.pos;
        reader.pos = eventTo;
      } else this.#passField(tag);
    }
    checkEnd(reader.pos, to);
    // Most of what else containerd publishes is not about tasks: it is not decoded.
    if (this.#topic !== null) this.#readAny(this.#topic, eventFrom, eventTo);
  }

  #readAny(topic: ObservedEvent['topic'], from: number, to: number): void {
    const reader = this.#reader;
    reader.pos = from;
    let valueFrom = 0;
    let valueTo = 0;
    while (reader.pos < to) {
      const tag = reader.uint32();
      if (tag === inAny.typeUrl) this.#kind = this.#readKind(topic);
      else if (tag === inAny.value) {
        valueTo = this.#end();
        valueFrom = reader.pos;
        reader.pos = valueTo;
      } else this.#passField(tag);
    }
    checkEnd(reader.pos, to);
    if (this.#kind) this.#readTask(this.#kind, valueFrom, valueTo);
  }

  #readTask(kind: TaskKind, from: number, to: number): void {
    const reader = this.#reader;
    reader.pos = from;
    while (reader.pos < to) {
      const tag = reader.uint32();
      if (tag === kind.containerId) this.#container = this.#string();
      else if (tag === kind.execId) this.#execId = this.#string();
      else if (tag === kind.id) this.#id = this.#string();
      else if (tag === kind.pid) this.#pid = reader.uint32();
      else if (tag === kind.exitStatus) this.#exitStatus = reader.uint32();
      else this.#passField(tag);
    }
    checkEnd(reader.pos, to);
  }

  #readTimestamp(to: number): void {
    const reader = this.#reader;
    let seconds = 0;
    let nanos = 0;
    while (reader.pos < to) {
      const tag = reader.uint32();
      if (tag === inTimestamp.seconds) seconds = Number(reader.int64());
      else if (tag === inTimestamp.nanos) nanos = reader.int32();
      else this.#passField(tag);
    }
    checkEnd(reader.pos, to);
    this.#timeUs = seconds * 1_000_000 + Math.floor(nanos / 1_000);
  }

  /** Reads the length of a field. @returns where the field ends */
  #end(): number {
    const length = this.#reader.uint32();
    return this.#reader.pos + length;
  }

  /** Passes over a text. @returns where it began */
  #pass(): number {
    const to = this.#end();
    checkEnd(to, this.#data.length);
    const from = this.#reader.pos;
    this.#reader.pos = to;
    return from;
  }

  #string(): string {
    const from = this.#pass();
    const to = this.#reader.pos;
    return this.#interned.part(this.#text, from, to) ?? textIn(this.#data, from, to);
  }

  #readNamespace(): string {
    const from = this.#pass();
    const to = this.#reader.pos;
    const last = this.#lastNamespace;
    if (last.length === to - from && this.#text.startsWith(last, from)) return last;
    const held = this.#interned.part(this.#text, from, to);
    this.#lastNamespace = held ?? '';
    return held ?? textIn(this.#data, from, to);
  }

  #readTopic(): ObservedEvent['topic'] | null {
    const from = this.#pass();
    return topicOf(this.#text, from, this.#reader.pos);
  }

  /** The kind of a type, with or without a host before its name. */
  #readKind(topic: ObservedEvent['topic']): TaskKind | undefined {
    const from = this.#pass();
    const to = this.#reader.pos;
    const last = this.#kindOfTopic.get(topic);
    if (last?.typeName.length === to - from && this.#text.startsWith(last.typeName, from)) return last;
    const url = this.#text.slice(from, to);
    const kind = kinds.get(url.slice(url.lastIndexOf('/') + 1));
    this.#kindOfTopic.set(topic, kind);
    return kind;
  }

  /** Passes over a field that does not matter here. The library makes an array of what it passes over. */
  #passField(tag: Tag): void {
    const reader = this.#reader;
    const kind: WireType = tag & 7;
    if (kind === WireType.LengthDelimited) reader.pos = this.#end();
    else if (kind === WireType.Varint) reader.uint32();
    else if (kind === WireType.Bit64) reader.pos += 8;
    else if (kind === WireType.Bit32) reader.pos += 4;
    else throw new RangeError(`a field of wire type ${kind} (allowed 0, 1, 2, 5)`);
  }
}

function textIn(data: Uint8Array, from: number, to: number): string {
  return Buffer.from(data.subarray(from, to)).toString();
}

function checkEnd(at: number, to: number): void {
  if (at > to) throw new RangeError(`an encoded message is cut off (got ${to}, allowed ${at} or more)`);
}
