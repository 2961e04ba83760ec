import { type ObservedEvent, topicOf } from '../observed.ts';
import { eventFields, jsonFormats, messageFormats, type Names, ofJournals, textFormats } from './formats.ts';
import { Interned } from './interned.ts';
import { objectIn, objectOf } from './json.ts';
import { type Common, type Lack, LineEvent } from './line-event.ts';
import { PrintedLine } from './printed.ts';
import { microsecondsOf } from './time.ts';

/** What a line is: an event, something else, a topic without ids, or what it lacks to be read. */
export type Parsed = ObservedEvent | 'other' | 'no ids' | Unreadable;

/** A line that cannot be read. */
export class Unreadable {
  /** What it lacks, in words. */
  readonly lacks: string;

  constructor(lacks: string) {
    this.lacks = lacks;
  }
}

/** What an event has of the fields that matter here; empty or 0 where it has none. */
interface Ids {
  readonly container: string;
  readonly exec: string;
  readonly id: string;
  readonly pid: number;
  readonly exitStatus: number;
}

/** Wrappers in wrappers are no format. */
const depthMax = 3;

/** Reads lines of every format. */
export class LineParser {
  readonly #prefix: string;
  readonly #interned = new Interned();
  readonly #printed = new PrintedLine(this.#interned);
  /** Of the namespace that was met last. */
  #common: Common | null = null;

  /** @param prefix what stands before the number of a line: its file, where there is more than one */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /**
   * Reads a part of a text: a line, or an object of JSON.
   *
   * @param line the number of its first line
   */
  parse(text: string, line: number, from = 0, to: number = text.length): Parsed {
    const printed = this.#printed;
    if (printed.read(text, from, to)) {
      const { seconds, microseconds, namespace, topic, ids } = printed;
      return this.#made(seconds, microseconds, namespace, topic, ids, line);
    }
    return this.#parseLine(text.slice(from, to).trimStart(), line, 0);
  }

  #parseLine(text: string, line: number, depth: number): Parsed {
    if (text.startsWith('{')) return this.#parseJson(text, line, depth);
    for (const { pattern, of } of textFormats) {
      const [, time, ...found] = pattern.exec(text) ?? [];
      if (time === undefined) continue;
      const [first = '', second = '', third = ''] = found;
      if (of === 'event') return this.#event(microsecondsOf(time), first, second, third, line);
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
        microsecondsOf(String(get(time) ?? '')),
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
    if (typeof inner === 'string' && depth < depthMax) return this.#parseLine(inner.trim(), line, depth + 1);
    return new Unreadable('a topic');
  }

  /** An event, as an object or as JSON. */
  #event(timeUs: number | null, namespace: string, name: string, event: unknown, line: number): Parsed {
    const topic = topicOf(name);
    if (topic === null) return name.startsWith('/') ? 'other' : new Unreadable(`a topic (got ${name})`);
    const fields = typeof event === 'string' ? objectOf(event) : objectIn(event);
    if (!fields) return new Unreadable('the JSON of its event');
    if ('type_url' in fields) return new Unreadable('its event decoded (it has the bytes of protobuf)');
    return this.#observed(timeUs, namespace, topic, fields, line);
  }

  #observed(
    timeUs: number | null,
    namespace: string,
    topic: ObservedEvent['topic'],
    fields: Record<string, unknown>,
    line: number,
  ): ObservedEvent | Unreadable {
    const ids = {
      container: textOf(field(fields, eventFields.container)),
      exec: textOf(field(fields, eventFields.exec)),
      id: textOf(field(fields, eventFields.id)),
      pid: field(fields, eventFields.pid) ?? 0,
      exitStatus: field(fields, eventFields.exitStatus) ?? 0,
    };
    const { pid, exitStatus } = ids;
    if (!isUnsigned(pid) || !isUnsigned(exitStatus))
      return new Unreadable('a pid and a status that are numbers');
    const [seconds, microseconds] = splitTime(timeUs);
    return this.#made(
      seconds,
      microseconds,
      this.#interned.whole(printable(namespace)),
      topic,
      { ...ids, pid, exitStatus },
      line,
    );
  }

  #made(
    seconds: number | null,
    microseconds: number,
    namespace: string,
    topic: ObservedEvent['topic'],
    ids: Ids,
    line: number,
  ): ObservedEvent {
    const { container, id, pid } = ids;
    const exec = ids.exec || (id === container ? '' : id);
    // A status of 0 is left out of JSON.
    const exitStatus = topic === 'exit' || topic === 'delete' ? ids.exitStatus : null;
    const lacks = lackIn(topic, container, id, exec);
    const common =
      lacks === null ? this.#commonOf(namespace) : { prefix: this.#prefix, namespace, lacks, criKey: null };
    return new LineEvent(common, line, seconds, microseconds, topic, container, exec, pid, exitStatus);
  }

  #commonOf(namespace: string): Common {
    if (this.#common?.namespace !== namespace)
      this.#common = { prefix: this.#prefix, namespace, lacks: null, criKey: null };
    return this.#common;
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
    const namespace = this.#interned.whole(beside(['namespace']) || 'k8s.io');
    const at = splitTime(microsecondsOf(time));
    return new LineEvent(this.#commonOf(namespace), line, ...at, 'shim-disconnected', container, '', 0, null);
  }

  #toldByCri(time: string, topic: 'exit' | 'oom', told: string, line: number): Parsed {
    const value = (names: Names): string => valueIn(told, names, ':');
    const container = value(eventFields.container);
    const id = value(eventFields.id);
    const exec = id === container ? '' : id;
    const exitStatus = topic === 'exit' ? Number(value(eventFields.exitStatus) || 0) : null;
    const pid = Number(value(eventFields.pid) || 0);
    const lacks = lackIn(topic, container, id, exec);
    // What tells this exit from others, in a text that is never empty.
    const criKey = `at ${value(eventFields.exitedAt)}`;
    const common = { prefix: this.#prefix, namespace: 'k8s.io', lacks, criKey };
    return new LineEvent(
      common,
      line,
      ...splitTime(microsecondsOf(time)),
      topic,
      container,
      exec,
      pid,
      exitStatus,
    );
  }
}

function lackIn(topic: ObservedEvent['topic'], container: string, id: string, exec: string): Lack {
  if (container === '') return 'container_id';
  if (topic === 'exit' && id === '') return 'id';
  return topic.startsWith('exec') && exec === '' ? 'exec_id' : null;
}

function splitTime(timeUs: number | null): [seconds: number | null, microseconds: number] {
  return timeUs === null ? [null, 0] : [Math.floor(timeUs / 1_000_000), timeUs % 1_000_000];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}

/** Without what a terminal would take for a command. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}

function isUnsigned(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
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
    return printable(value.replaceAll('"', '').replace(/\s+/g, ' ').trim());
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
