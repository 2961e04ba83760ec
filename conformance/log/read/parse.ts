import { type ObservedEvent, topicOf } from '../observed.ts';
import { eventFields, jsonFormats, messageFormats, type Names, ofJournals, textFormats } from './formats.ts';
import { objectIn, objectOf } from './json.ts';
import { microsecondsOf } from './time.ts';

/** What a line is: an event, something else, a topic without ids, or what it lacks to be read. */
export type Parsed = ObservedEvent | 'other' | 'no ids' | Unreadable;

type Lack = NonNullable<ObservedEvent['lacks']> | null;

/** A line that cannot be read. */
export class Unreadable {
  /** What it lacks, in words. */
  readonly lacks: string;

  constructor(lacks: string) {
    this.lacks = lacks;
  }
}

/** Where a line stands: its file, where there is more than one, and its number. */
export interface LineSource {
  readonly prefix: string;
}

/** An event of a line. Where it stands is put into words when somebody asks. */
class LineEvent implements ObservedEvent {
  readonly namespace: string;
  readonly topic: ObservedEvent['topic'];
  readonly container: string;
  readonly exec: string;
  readonly pid: number;
  readonly exitStatus: number | null;
  readonly timeUs: number | null;
  readonly lacks: Lack;
  readonly criKey: string | null;
  readonly #source: LineSource;
  readonly #line: number;

  constructor(fields: Omit<ObservedEvent, 'at'>, source: LineSource, line: number) {
    this.namespace = fields.namespace;
    this.topic = fields.topic;
    this.container = fields.container;
    this.exec = fields.exec;
    this.pid = fields.pid;
    this.exitStatus = fields.exitStatus;
    this.timeUs = fields.timeUs;
    this.lacks = fields.lacks ?? null;
    this.criKey = fields.criKey ?? null;
    this.#source = source;
    this.#line = line;
  }

  get at(): string {
    return `${this.#source.prefix}line ${this.#line}`;
  }
}

/** Wrappers in wrappers are no format. */
const depthMax = 3;

/** Reads lines of every format. */
export class LineParser {
  readonly #source: LineSource;
  /** Equal namespaces are one string, which keeps no line alive. */
  readonly #namespaces = new Map<string, string>();

  constructor(source: LineSource) {
    this.#source = source;
  }

  /** @param line the number of the line, or of the first line of its object */
  parse(text: string, line: number, depth = 0): Parsed {
    if (text.startsWith('{')) return this.#parseJson(text, line, depth);
    for (const { pattern, of } of textFormats) {
      const [, time, ...found] = pattern.exec(text) ?? [];
      if (time === undefined) continue;
      const [first = '', second = '', third = ''] = found;
      if (of === 'event') return this.#event(time, first, second, third, line);
      return this.#message(time, unquoted(first), (names) => valueIn(second, names, '='), line);
    }
    return ofJournals.test(text) ? 'other' : new Unreadable('an event: it has none of the known formats');
  }

  #parseJson(text: string, line: number, depth: number): Parsed {
    const entry = objectOf(text);
    if (!entry) return new Unreadable('the end of its JSON, or is no JSON');
    const format = jsonFormats.find(({ has }) => has.some((name) => name in entry));
    const get = (names: Names): unknown => field(entry, names);
    if (format?.event) {
      const { time, namespace, topic, event } = format.event;
      return this.#event(
        String(get(time) ?? ''),
        String(get(namespace) ?? ''),
        String(get(topic)),
        get(event),
        line,
      );
    }
    if (format?.message) {
      const { text: message, time } = format.message;
      return this.#message(
        String(get(time) ?? ''),
        String(get(message)),
        (names) => String(get(names) ?? ''),
        line,
      );
    }
    const inner = format?.line ? get(format.line) : undefined;
    if (typeof inner === 'string' && depth < depthMax) return this.parse(inner.trim(), line, depth + 1);
    return new Unreadable('a topic');
  }

  /** An event, as an object or as JSON. */
  #event(time: string, namespace: string, name: string, event: unknown, line: number): Parsed {
    const topic = topicOf(name);
    if (topic === null) return name.startsWith('/') ? 'other' : new Unreadable(`a topic (got ${name})`);
    const fields = typeof event === 'string' ? objectOf(event) : objectIn(event);
    if (!fields) return new Unreadable('the JSON of its event');
    if ('type_url' in fields) return new Unreadable('its event decoded (it has the bytes of protobuf)');
    return this.#observed(time, namespace, topic, fields, line);
  }

  #observed(
    time: string,
    namespace: string,
    topic: ObservedEvent['topic'],
    fields: Record<string, unknown>,
    line: number,
  ): ObservedEvent {
    const text = (names: Names): string => {
      const value = field(fields, names);
      return typeof value === 'string' ? value : '';
    };
    const container = text(eventFields.container);
    const id = text(eventFields.id);
    const exec = text(eventFields.exec) || (id === container ? '' : id);
    const hasStatus = topic === 'exit' || topic === 'delete';
    return new LineEvent(
      {
        namespace: this.#interned(namespace),
        topic,
        container,
        exec,
        pid: Number(field(fields, eventFields.pid) ?? 0) || 0,
        // A status of 0 is left out of JSON.
        exitStatus: hasStatus ? Number(field(fields, eventFields.exitStatus) ?? 0) || 0 : null,
        timeUs: microsecondsOf(time),
        lacks: lackIn(topic, container, id, exec),
      },
      this.#source,
      line,
    );
  }

  /** A message of containerd's own log. @param beside reads a field that stands beside it */
  #message(time: string, message: string, beside: (names: Names) => string, line: number): Parsed {
    for (const { pattern, topic } of messageFormats) {
      const [all, told = ''] = pattern.exec(message) ?? [];
      if (all === undefined) continue;
      if (topic === 'no ids') return beside(['topic']).startsWith('/tasks/') ? 'no ids' : 'other';
      if (topic === 'shim-disconnected') return this.#disconnected(time, beside, line);
      return this.#toldByCri(time, topic, told, line);
    }
    return 'other';
  }

  #disconnected(time: string, beside: (names: Names) => string, line: number): Parsed {
    const container = beside(['id']);
    if (container === '') return 'other';
    const namespace = this.#interned(beside(['namespace']) || 'k8s.io');
    const of = { namespace, container, exec: '', pid: 0, exitStatus: null, timeUs: microsecondsOf(time) };
    return new LineEvent({ ...of, topic: 'shim-disconnected' }, this.#source, line);
  }

  #toldByCri(time: string, topic: 'exit' | 'oom', told: string, line: number): Parsed {
    const value = (names: Names): string => valueIn(told, names, ':');
    const container = value(eventFields.container);
    const id = value(eventFields.id);
    const exec = id === container ? '' : id;
    const exitStatus = topic === 'exit' ? Number(value(eventFields.exitStatus) || 0) : null;
    const pid = Number(value(eventFields.pid) || 0);
    const exitedAt = value(eventFields.exitedAt);
    const lacks = lackIn(topic, container, id, exec);
    return new LineEvent(
      {
        namespace: 'k8s.io',
        topic,
        container,
        exec,
        pid,
        exitStatus,
        timeUs: microsecondsOf(time),
        lacks,
        criKey: `${exitedAt} `,
      },
      this.#source,
      line,
    );
  }

  #interned(namespace: string): string {
    const known = this.#namespaces.get(namespace);
    if (known !== undefined) return known;
    const own = Buffer.from(namespace).toString();
    this.#namespaces.set(own, own);
    return own;
  }
}

function lackIn(topic: ObservedEvent['topic'], container: string, id: string, exec: string): Lack {
  if (container === '') return 'container_id';
  if (topic === 'exit' && id === '') return 'id';
  return topic.startsWith('exec') && exec === '' ? 'exec_id' : null;
}

function field(fields: Record<string, unknown>, names: Names): unknown {
  for (const name of names) if (fields[name] !== undefined) return fields[name];
  return undefined;
}

/** A value of `name=value name="value"`, or of `Name:value,name:"value"`; braces hold a time. */
function valueIn(text: string, names: Names, sign: '=' | ':'): string {
  for (const name of names) {
    const at = new RegExp(`(?:^|[\\s,{])${name}${sign}`).exec(text);
    if (!at) continue;
    const rest = text.slice(at.index + at[0].length);
    const [value = ''] = /^"[^"]*"|^\{[^}]*\}|^[^,}"]*?(?=,|\}|$|\s+[a-zA-Z_]+[:=])/.exec(rest) ?? [];
    return value.replaceAll('"', '').replace(/\s+/g, ' ').trim();
  }
  return '';
}

/** A message in Go's quotes. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1).replaceAll('\\"', '"');
  }
}
