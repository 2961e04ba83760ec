/**
 * The events log, as a fold that keeps what the rules need and nothing that would tell equal states apart.
 *
 * @module
 */
import { at } from './assert.ts';
import { takesEvent } from './road/channel-slice.ts';
import type { Road } from './road/slice.ts';
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
  /** Where each event is behind `s.events`; absent where the bound has no publisher. */
  readonly road?: Road;
}

/** Sends an event to `s.events`, which keeps the order (a Go channel, its reader publishes one by one). */
export function send(log: Log, event: Event): void {
  const { road } = log;
  if (!takesEvent(road?.events)) return;
  log.events?.push(event);
  fold(log.published, event);
  if (!road) return;
  const { topic, process, of = process } = event;
  road.channel.push({ topic, process, of, time: ++road.sent });
}

/**
 * Folds an event into what came before it.
 *
 * @param again what to mark a repetition with. Default: it is none
 */
export function fold(log: Record<ProcessId, Mark[]>, event: Omit<Event, 'pid'>, again = ''): void {
  const marks = at(log, event.process);
  const mark = markOf(log, event, again);
  if (marks.filter((m) => m === mark).length < 2) marks.push(mark);
}

function markOf(log: Record<ProcessId, Mark[]>, event: Omit<Event, 'pid'>, again: string): Mark {
  const of = `${event.of !== undefined && event.of !== event.process ? ` of ${event.of}` : ''}${again}`;
  if (isInit(event.process)) return `${event.topic}${of}`;
  const init = at(log, containerOf(event.process));
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
