/**
 * The events log, as a fold that keeps what the rules need and nothing that would tell equal states apart.
 *
 * @module
 */
import { at } from './assert.ts';
import { containerOf, type Event, isInit, type ProcessId, type Topic } from './vocabulary.ts';

/**
 * An event as the log's fold keeps it: its topic, and how it stands to what was published before it.
 *
 * - `exit of c1/e2`: an exit that was made from another process's.
 * - `… after init exit`: an exec's event after its container's init was said to have exited.
 * - `… before create`: an exec's event before its task's create.
 */
export type Mark = string;

/** The events log. */
export interface Log {
  /**
   * For each process its own events in order, a third equal one left out. This fold is all that the
   * properties look at; `test/spec/log.test.ts` shows that it loses nothing that they need.
   */
  readonly published: Record<ProcessId, Mark[]>;
  /** Every event in order; null in a search, where the fold is enough. */
  events: Event[] | null;
}

/** Sends an event to `s.events`, which keeps the order (a Go channel, its reader publishes one by one). */
export function send(log: Log, event: Event): void {
  log.events?.push(event);
  const marks = at(log.published, event.process);
  const mark = markOf(log, event);
  if (marks.filter((m) => m === mark).length < 2) marks.push(mark);
}

function markOf(log: Log, event: Event): Mark {
  const of = event.of !== undefined && event.of !== event.process ? ` of ${event.of}` : '';
  if (isInit(event.process)) return `${event.topic}${of}`;
  const init = at(log.published, containerOf(event.process));
  if (init.length === 0) return `${event.topic}${of} before create`;
  const late = event.topic !== 'exec-added' && init.some(isExit) ? ' after init exit' : '';
  return `${event.topic}${of}${late}`;
}

/** Whether a mark is an event of this topic, however it stands to others. */
export function isOf(topic: Topic): (mark: Mark) => boolean {
  return (mark) => mark === topic || mark.startsWith(`${topic} `);
}

/** Whether a mark is an exit. */
export const isExit: (mark: Mark) => boolean = isOf('exit');
