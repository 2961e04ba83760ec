import { type Dispatched, type Event, emptyState, type Proposed, stepped } from '../spec/index.ts';
import { type ObservedEvent, topicOf } from './observed.ts';

/** A line that is none of the formats that are known. */
export class LogFormatError extends Error {
  override readonly name = 'LogFormatError';
}

/** What a line is: an event, one that is of no task, or nothing that can be understood. */
export type ParsedLine = ObservedEvent | 'other' | 'unreadable';

/** The fields of containerd's task events that matter here, as JSON has them. */
interface EventFields {
  readonly container_id?: unknown;
  readonly exec_id?: unknown;
  readonly id?: unknown;
  readonly pid?: unknown;
  readonly exit_status?: unknown;
}

/** `2026-11-24 04:00:00.1 +0000 UTC default /tasks/exit {"container_id":…}`, as `ctr events` prints it. */
const printed = /^\d{4}-\d\d-\d\d [\d:.]+ [+-]\d{4} \S+ (\S+) (\/\S+) (\{.*\})\s*$/;

/**
 * Reads one line of `ctr events`, printed or as JSON: `{"namespace", "topic", "event"}`, the keys in small or in
 * capital letters, the event an object or a text that holds one.
 */
export function parseLine(line: string, at: string): ParsedLine {
  const [, namespace, topic, json] = printed.exec(line) ?? [];
  if (namespace !== undefined && topic !== undefined) return eventOf(namespace, topic, json, at);
  if (!line.startsWith('{')) return 'unreadable';
  const entry = objectOf(line);
  if (!entry) return 'unreadable';
  const field = (name: string): unknown => entry[name] ?? entry[name.charAt(0).toUpperCase() + name.slice(1)];
  if (typeof field('topic') !== 'string') return 'unreadable';
  return eventOf(String(field('namespace') ?? ''), String(field('topic')), field('event'), at);
}

function eventOf(namespace: string, name: string, event: unknown, at: string): ParsedLine {
  const topic = topicOf(name);
  if (topic === null) return 'other';
  const fields: EventFields | null = typeof event === 'string' ? objectOf(event) : objectIn(event);
  if (!fields || typeof fields.container_id !== 'string') return 'unreadable';
  const container = fields.container_id;
  const id = typeof fields.id === 'string' ? fields.id : '';
  const exec = typeof fields.exec_id === 'string' ? fields.exec_id : id === container ? '' : id;
  const hasStatus = topic === 'exit' || topic === 'delete';
  return {
    namespace,
    topic,
    container,
    exec,
    pid: Number(fields.pid ?? 0),
    // JSON leaves out a status of 0.
    exitStatus: hasStatus ? Number(fields.exit_status ?? 0) : null,
    at,
  };
}

function objectOf(json: string): Record<string, unknown> | null {
  try {
    return objectIn(JSON.parse(json));
  } catch {
    return null;
  }
}

function objectIn(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** Whether a line is one of the reference shim's recorder: an action of the reducer. */
export function isRecorded(line: string): boolean {
  const type = line.startsWith('{') ? objectOf(line)?.type : undefined;
  return typeof type === 'string';
}

/** Takes a recorder's actions through the reducer again; its events are what the shim published. */
export class RecordReader {
  #state: Proposed = emptyState();

  /**
   * Takes the next recorded action.
   *
   * @returns the events that it published; null where the reducer does not allow the action
   * @throws LogFormatError for a line that is no action
   */
  take(line: string, at: string): ObservedEvent[] | null {
    const action = objectOf(line) as Dispatched | null;
    if (!action || typeof action.type !== 'string')
      throw new LogFormatError(`${at} is no recorded action (got ${line.slice(0, 80)})`);
    let after: Proposed | null;
    try {
      after = stepped(this.#state, action);
    } catch (cause) {
      throw new LogFormatError(`${at} is no action of the reducer (got ${line.slice(0, 80)})`, { cause });
    }
    if (after === null) return null;
    const { events } = after;
    this.#state = { ...after, events: [] };
    return (events ?? []).map((event) => observed(event, at));
  }
}

function observed({ topic, process, pid }: Event, at: string): ObservedEvent {
  const [container = '', ...exec] = process.split('/');
  return { namespace: '', topic, container, exec: exec.join('/'), pid, exitStatus: null, at };
}
