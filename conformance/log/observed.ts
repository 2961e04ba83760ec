import { containerOf, type Event, type ProcessId, type Topic } from '../../spec/index.ts';

const orderingTopics: readonly Topic[] = ['create', 'start', 'exec-added', 'exec-started', 'exit', 'delete'];
const otherTopics = ['paused', 'resumed', 'checkpointed', 'oom'] as const;

/** An event of a task as an observer saw it: forwarded by a shim, or read from a log. */
export interface ObservedEvent {
  readonly namespace: string;
  /** The topic without `/tasks/`. */
  readonly topic: Topic | (typeof otherTopics)[number];
  readonly container: string;
  /** Empty for the init. */
  readonly exec: string;
  /** 0 where the event has none. */
  readonly pid: number;
  /** Of exits and deletes; null for the others, and where a record does not tell. */
  readonly exitStatus: number | null;
  /** Where it was seen: `line 12`, or `event 3`. */
  readonly at: string;
}

/** An event that the model has, too. */
export type OrderingEvent = ObservedEvent & { readonly topic: Topic };

/** `/tasks/exit` → `exit`; null for a topic that no task has. */
export function topicOf(topic: string): ObservedEvent['topic'] | null {
  return [...orderingTopics, ...otherTopics].find((each) => topic === `/tasks/${each}`) ?? null;
}

/** Whether the model has events of this kind. */
export function isOrdering(event: ObservedEvent): event is OrderingEvent {
  return orderingTopics.some((topic) => topic === event.topic);
}

/** The process that an event is about, as the model names it: `c1`, or `c1/e1`. */
export function processOf({ container, exec }: Pick<ObservedEvent, 'container' | 'exec'>): ProcessId {
  return exec === '' ? container : `${container}/${exec}`;
}

/** The exec's part of a process: `c1/e1` → `e1`; empty for an init. */
export function execOf(process: ProcessId): string {
  return process.slice(containerOf(process).length + 1);
}

/** `exec-started c1/e1 pid 12`, as people and reports read it. */
export function observedText(event: ObservedEvent): string {
  const { topic, pid, exitStatus } = event;
  const hasStatus = (topic === 'exit' || topic === 'delete') && exitStatus !== null;
  return `${topic} ${processOf(event)}${pid > 0 ? ` pid ${pid}` : ''}${hasStatus ? ` status ${exitStatus}` : ''}`;
}

/** The event as the model has it. */
export function modelEvent(event: OrderingEvent): Event {
  return { topic: event.topic, process: processOf(event), pid: event.pid };
}
