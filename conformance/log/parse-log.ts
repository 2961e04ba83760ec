import {
  containerOf,
  type Dispatched,
  type Event,
  emptyState,
  methodOf,
  type Proposed,
  stepped,
  targetOf,
} from '../../spec/index.ts';
import { execOf, type ObservedEvent, topicOf } from './observed.ts';

/** The file has none of the known formats. */
export class LogFormatError extends Error {
  override readonly name = 'LogFormatError';
}

/** What a line is: a task's event, another event, or neither. */
export type ParsedLine = ObservedEvent | 'other' | 'unreadable';

/** The JSON fields of containerd's task events that matter here. */
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
 * Reads one line of `ctr events`, printed or as JSON: `{"namespace", "topic", "event"}`. A key may begin with a capital
 * letter; the event is an object, or a text that holds one.
 */
export function parseLine(line: string, at: string): ParsedLine {
  const [, namespace, topic, json] = printed.exec(line) ?? [];
  if (namespace !== undefined && topic !== undefined) return taskEvent(namespace, topic, json, at);
  if (!line.startsWith('{')) return 'unreadable';
  const entry = objectOf(line);
  if (!entry) return 'unreadable';
  const field = (name: string): unknown => entry[name] ?? entry[name.charAt(0).toUpperCase() + name.slice(1)];
  if (typeof field('topic') !== 'string') return 'unreadable';
  return taskEvent(String(field('namespace') ?? ''), String(field('topic')), field('event'), at);
}

function taskEvent(namespace: string, name: string, event: unknown, at: string): ParsedLine {
  const topic = topicOf(name);
  if (topic === null) return 'other';
  const fields: EventFields | null = typeof event === 'string' ? objectOf(event) : objectIn(event);
  if (!fields || typeof fields.container_id !== 'string') return 'unreadable';
  const container = fields.container_id;
  const id = typeof fields.id === 'string' ? fields.id : '';
  const exec = typeof fields.exec_id === 'string' ? fields.exec_id : id === container ? '' : id;
  // protojson leaves out a 0.
  const { pid = 0, exit_status: status = 0 } = fields;
  if (!isUnsigned(pid) || !isUnsigned(status)) return 'unreadable';
  return {
    namespace: printable(namespace),
    topic,
    container: printable(container),
    exec: printable(exec),
    pid,
    exitStatus: topic === 'exit' || topic === 'delete' ? status : null,
    at,
  };
}

function isUnsigned(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

/** Without what a terminal would take for a command. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
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

/** Whether a line comes from the reference shim's recorder: an action of the reducer. */
export function isRecorded(line: string): boolean {
  const type = line.startsWith('{') ? objectOf(line)?.type : undefined;
  return typeof type === 'string';
}

/** The events that a recorded action published, or why it cannot be replayed. */
export type Replayed = ObservedEvent[] | 'unreadable' | 'begun before' | 'refused';

/** Replays a record through the reducer: the reducer's events are what the shim published. */
export class RecordReader {
  #state: Proposed = emptyState();
  readonly #admitted = new Set<string>();

  /** Replays the next action. Once one cannot be replayed, none after it can. */
  take(line: string, at: string): Replayed {
    const action = objectOf(line) as Dispatched | null;
    if (!action || !isAction(action)) return 'unreadable';
    if (action.type === 'Admit' && 'container' in action) this.#admitted.add(action.container);
    const container = containerIn(action);
    if (container !== null && !this.#admitted.has(container)) return 'begun before';
    const after = this.#after(action);
    if (after === 'unreadable') return after;
    if (after === null) return 'refused';
    const { events } = after;
    this.#state = { ...after, events: [] };
    return (events ?? []).map((event) => observedAt(at, event));
  }

  #after(action: Dispatched): Proposed | null | 'unreadable' {
    try {
      return stepped(this.#state, action);
    } catch {
      // JSON, but no action of the reducer.
      return 'unreadable';
    }
  }
}

function isAction(action: object): boolean {
  const { type, call, process, exec } = action as Record<string, unknown>;
  return (
    typeof type === 'string' &&
    [call, process, exec].every((each) => ['string', 'undefined'].includes(typeof each))
  );
}

/** The container that an action is about; null where it is about none, or about a process of no container. */
function containerIn(action: Dispatched): string | null {
  const { call, process, exec } = action as { call?: string; process?: string; exec?: string };
  const about = call === undefined ? (process ?? exec) : targetOf(call);
  if (about === undefined || (call !== undefined && methodOf(call) === 'shutdown')) return null;
  return about.startsWith('foreign/') ? null : containerOf(about);
}

function observedAt(at: string, { topic, process, pid }: Event): ObservedEvent {
  const container = containerOf(process);
  return { namespace: '', topic, container, exec: execOf(process), pid, exitStatus: null, at };
}
