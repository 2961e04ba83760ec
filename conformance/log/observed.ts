import { containerOf, type Event, type ProcessId, type Topic } from '../../spec/index.ts';

const orderingTopics: readonly Topic[] = ['create', 'start', 'exec-added', 'exec-started', 'exit', 'delete'];
const otherTopics = ['paused', 'resumed', 'checkpointed', 'oom'] as const;

/** Of a journal: containerd lost the connection to the container's shim. It is no event, and stands beside them. */
const shimDisconnected = 'shim-disconnected';

/** An event of a task as an observer saw it: forwarded by a shim, or read from a log. */
export interface ObservedEvent {
  readonly namespace: string;
  /** The topic without `/tasks/`. */
  readonly topic: Topic | (typeof otherTopics)[number] | typeof shimDisconnected;
  readonly container: string;
  /** Empty for the init. */
  readonly exec: string;
  /** 0 where the event has none. */
  readonly pid: number;
  /** Of exits and deletes; null for the others, and where a record does not tell. */
  readonly exitStatus: number | null;
  /** Where it was seen: `line 12`, or `event 3`. */
  readonly at: string;
  /** When it was published, in microseconds since 1970; null where the log does not say. */
  readonly timeUs: number | null;
  /** The id that it should have and has not; null where it has all. */
  readonly lacks?: 'container_id' | 'id' | 'exec_id' | null;
  /**
   * Of CRI's lines in containerd's journal, which tell exits and OOMs alone, and an exit more than once: what tells this
   * exit from others, such as its time. null for an event.
   */
  readonly criKey?: string | null;
}

/** What tells containers apart. */
export type Named = Pick<ObservedEvent, 'namespace' | 'container'>;

/** An event that the model has, too. */
export type OrderingEvent = ObservedEvent & { readonly topic: Topic };

const topics = [...orderingTopics, ...otherTopics].map((topic) => ({ name: `/tasks/${topic}`, topic }));

/** The topics by the lengths of their names, which tell most apart. */
const byLength = Array.from({ length: 32 }, (_, length) =>
  topics.filter(({ name }) => name.length === length),
);

/**
 * `/tasks/exit` → `exit`; null for a topic that no task has.
 *
 * @param from where it begins in the text, and where it ends
 */
export function topicOf(text: string, from = 0, to: number = text.length): ObservedEvent['topic'] | null {
  const alike = byLength[to - from];
  if (!alike) return null;
  for (let i = 0; i < alike.length; i++) {
    const one = alike[i];
    if (one && text.startsWith(one.name, from)) return one.topic;
  }
  return null;
}

const ordering = new Set<string>(orderingTopics);

/** Whether the model has events of this kind. */
export function isOrdering(event: ObservedEvent): event is OrderingEvent {
  return ordering.has(event.topic);
}

/** The process that an event is about, as the model names it: `c1`, or `c1/e1`. */
export function processOf({ container, exec }: Pick<ObservedEvent, 'container' | 'exec'>): ProcessId {
  return exec === '' ? container : `${container}/${exec}`;
}

/** The exec's part of a process: `c1/e1` → `e1`; empty for an init. */
export function execOf(process: ProcessId): string {
  return process.slice(containerOf(process).length + 1);
}

/**
 * `exec-started c1/e1 pid 12`, as people and reports read it.
 *
 * @param nameOf shortens an id
 */
export function observedText(event: ObservedEvent, nameOf = (id: string): string => id): string {
  const { topic, pid, exitStatus, container, exec } = event;
  const hasStatus = (topic === 'exit' || topic === 'delete') && exitStatus !== null;
  const process = processOf({ container: nameOf(container), exec: nameOf(exec) });
  return `${topic} ${process}${pid > 0 ? ` pid ${pid}` : ''}${hasStatus ? ` status ${exitStatus}` : ''}`;
}

/** The event as the model has it. */
export function modelEvent(event: OrderingEvent): Event {
  return { topic: event.topic, process: processOf(event), pid: event.pid };
}
