import { type ObservedEvent, topicOf } from '../observed.ts';
import { eventFields, jsonFormats, messageFormats, type Names, ofJournals, textFormats } from './formats.ts';
import { GoJson } from './go-json.ts';
import { Interned } from './interned.ts';
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

/** What an event has of the fields that matter here; empty or 0 where it has none. */
interface Ids {
  readonly container: string;
  readonly exec: string;
  readonly id: string;
  readonly pid: number;
  readonly exitStatus: number;
}

/** What lines have in common: all that have nothing special share one of these. */
interface Common {
  readonly source: LineSource;
  readonly namespace: string;
  readonly lacks: Lack;
  readonly criKey: string | null;
}

/**
 * An event of a line, in as little memory as can be: a container keeps its last ones. Where it stands is put into words
 * when somebody asks.
 */
class LineEvent implements ObservedEvent {
  readonly topic: ObservedEvent['topic'];
  readonly container: string;
  readonly exec: string;
  readonly pid: number;
  readonly exitStatus: number | null;
  readonly #common: Common;
  readonly #line: number;
  /** The time in whole seconds and the rest, which V8 holds without a further object; null where there is none. */
  readonly #seconds: number | null;
  readonly #microseconds: number;

  constructor(
    common: Common,
    line: number,
    timeUs: number | null,
    topic: ObservedEvent['topic'],
    container: string,
    exec: string,
    pid: number,
    exitStatus: number | null,
  ) {
    this.topic = topic;
    this.container = container;
    this.exec = exec;
    this.pid = pid;
    this.exitStatus = exitStatus;
    this.#common = common;
    this.#line = line;
    this.#seconds = timeUs === null ? null : Math.floor(timeUs / 1_000_000);
    this.#microseconds = timeUs === null ? 0 : timeUs % 1_000_000;
  }

  get timeUs(): number | null {
    return this.#seconds === null ? null : this.#seconds * 1_000_000 + this.#microseconds;
  }

  get namespace(): string {
    return this.#common.namespace;
  }

  get lacks(): Lack {
    return this.#common.lacks;
  }

  get criKey(): string | null {
    return this.#common.criKey;
  }

  get at(): string {
    return `${this.#common.source.prefix}line ${this.#line}`;
  }
}

/** How Go ends a time that is UTC. */
const utc = ' +0000 UTC ';

/** Wrappers in wrappers are no format. */
const depthMax = 3;

/** Reads lines of every format. */
export class LineParser {
  readonly #source: LineSource;
  readonly #interned = new Interned();
  readonly #goJson = new GoJson(this.#interned);
  /** Of the namespace that was met last. */
  #common: Common | null = null;

  constructor(source: LineSource) {
    this.#source = source;
  }

  /** @param line the number of the line, or of the first line of its object */
  parse(text: string, line: number, depth = 0): Parsed {
    const first = text.charCodeAt(0);
    if (first === 32 || first === 9) return this.parse(text.trimStart(), line, depth);
    if (first === 123) return this.#parseJson(text, line, depth);
    const printed = this.#parsePrinted(text, line);
    if (printed) return printed;
    for (const { pattern, of } of textFormats) {
      const [, time, ...found] = pattern.exec(text) ?? [];
      if (time === undefined) continue;
      const [first = '', second = '', third = ''] = found;
      if (of === 'event') return this.#event(microsecondsOf(time), first, second, third, line);
      return this.#message(time, unquoted(first), (names) => valueIn(second, names, '='), line);
    }
    return ofJournals.test(text) ? 'other' : new Unreadable('an event: it has none of the known formats');
  }

  /** What `ctr events` prints without a prefix, as most lines are, without a regular expression; null for others. */
  #parsePrinted(text: string, line: number): Parsed | null {
    const slash = text.indexOf(' /');
    const end = text.indexOf(' ', slash + 1);
    const begin = text.lastIndexOf(' ', slash - 1) + 1;
    if (slash < 0 || end < 0 || text.charCodeAt(10) !== 32 || !text.startsWith(utc, begin - utc.length))
      return null;
    const timeUs = microsecondsOf(text);
    const namespace = this.#namespaceIn(text, begin, slash);
    if (timeUs === null || namespace === null) return null;
    const topic = topicOf(text, slash + 1, end);
    const json = this.#goJson;
    if (topic === null || !json.read(text, end + 1))
      return this.#event(timeUs, namespace, text.slice(slash + 1, end), text.slice(end + 1), line);
    return this.#made(timeUs, namespace, topic, json, line);
  }

  /** Lines that follow each other are mostly of one namespace. */
  #namespaceIn(text: string, from: number, to: number): string | null {
    const last = this.#common?.namespace;
    if (last !== undefined && last.length === to - from && text.startsWith(last, from)) return last;
    return this.#interned.part(text, from, to);
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
    if (typeof inner === 'string' && depth < depthMax) return this.parse(inner.trim(), line, depth + 1);
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
  ): ObservedEvent {
    const ids = {
      container: textOf(field(fields, eventFields.container)),
      exec: textOf(field(fields, eventFields.exec)),
      id: textOf(field(fields, eventFields.id)),
      pid: Number(field(fields, eventFields.pid) ?? 0) || 0,
      exitStatus: Number(field(fields, eventFields.exitStatus) ?? 0) || 0,
    };
    return this.#made(timeUs, this.#interned.whole(namespace), topic, ids, line);
  }

  #made(
    timeUs: number | null,
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
      lacks === null ? this.#commonOf(namespace) : { source: this.#source, namespace, lacks, criKey: null };
    return new LineEvent(common, line, timeUs, topic, container, exec, pid, exitStatus);
  }

  #commonOf(namespace: string): Common {
    if (this.#common?.namespace !== namespace)
      this.#common = { source: this.#source, namespace, lacks: null, criKey: null };
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
    const timeUs = microsecondsOf(time);
    return new LineEvent(
      this.#commonOf(namespace),
      line,
      timeUs,
      'shim-disconnected',
      container,
      '',
      0,
      null,
    );
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
    const common = { source: this.#source, namespace: 'k8s.io', lacks, criKey };
    return new LineEvent(common, line, microsecondsOf(time), topic, container, exec, pid, exitStatus);
  }
}

function lackIn(topic: ObservedEvent['topic'], container: string, id: string, exec: string): Lack {
  if (container === '') return 'container_id';
  if (topic === 'exit' && id === '') return 'id';
  return topic.startsWith('exec') && exec === '' ? 'exec_id' : null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
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
