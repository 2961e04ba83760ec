import type { Event, Topic } from '../../spec/index.ts';

/** An event of a task as an observer saw it: forwarded by a shim, or read from a log. */
export interface ObservedEvent {
  readonly namespace: string;
  /** The topic without `/tasks/`. */
  readonly topic: Topic | 'paused' | 'resumed' | 'checkpointed' | 'oom';
  readonly container: string;
  /** Empty for the init. */
  readonly exec: string;
  /** 0 where the event has none. */
  readonly pid: number;
  /** Of exits and deletes; null where the event has none. */
  readonly exitStatus: number | null;
  /** Where it was seen: `line 12`, or `event 3`. */
  readonly at: string;
}

const topics = [
  'create',
  'start',
  'exec-added',
  'exec-started',
  'exit',
  'delete',
  'paused',
  'resumed',
  'checkpointed',
  'oom',
] as const;

/** `/tasks/exit` → `exit`; null for a topic that is none of a task's. */
export function topicOf(topic: string): ObservedEvent['topic'] | null {
  return topics.find((each) => topic === `/tasks/${each}`) ?? null;
}

/** Whether the model has events of this kind. */
export function isOrdering(event: ObservedEvent): event is ObservedEvent & { readonly topic: Topic } {
  return !['paused', 'resumed', 'checkpointed', 'oom'].includes(event.topic);
}

/** `exec-started c1/e1 pid 12`, as people and reports read it. */
export function eventText({ topic, container, exec, pid, exitStatus }: ObservedEvent): string {
  const process = exec === '' ? container : `${container}/${exec}`;
  const status = exitStatus === null || topic === 'create' ? '' : ` status ${exitStatus}`;
  return `${topic} ${process}${pid > 0 ? ` pid ${pid}` : ''}${topic === 'exit' || topic === 'delete' ? status : ''}`;
}

/** The event in the model's words. */
export function modelEvent({ topic, container, exec, pid }: ObservedEvent & { topic: Topic }): Event {
  return { topic, process: exec === '' ? container : `${container}/${exec}`, pid };
}
