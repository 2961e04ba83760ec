/**
 * What is remembered of a container, as JSON: so that a judge can end and another one go on, and that logs can be judged
 * by any engine that groups by container.
 *
 * @module
 */
import type { SavedCourse } from './course.ts';
import type { Letter } from './letters.ts';
import type { Named, ObservedEvent } from './observed.ts';

/** The place of its course in the list of courses, its pid, and its exit status. */
export type SavedFollowed = readonly [course: number, pid: number, exitStatus: number | null];

/** An event without its container: topic, exec, pid, status, where it was seen, time in µs, and what it lacks. */
export type SavedEvent = readonly [
  topic: ObservedEvent['topic'],
  exec: string,
  pid: number,
  exitStatus: number | null,
  at: string,
  timeUs: number | null,
  lacks?: ObservedEvent['lacks'],
  criKey?: ObservedEvent['criKey'],
];

/** What a track remembers. */
export interface SavedTrack {
  readonly flags: Readonly<
    Record<'isWhole' | 'isPartial' | 'isPaused' | 'isRejected' | 'isOver' | 'addsEarly', boolean>
  >;
  readonly possible: number;
  readonly size: number;
  readonly deletedAt: number | null;
  readonly timeUs: number | null;
  readonly init: SavedFollowed;
  readonly execs: readonly (readonly [id: string, SavedFollowed])[];
  readonly finished: readonly string[] | null;
  /** Each course once. */
  readonly courses: readonly SavedCourse[];
  readonly history: readonly SavedEvent[];
}

/** A breach whose later events are still to come. */
export interface SavedBreach {
  readonly id: string;
  readonly rule: string;
  readonly exec: string;
  /** The place of its event in the history. */
  readonly event: number;
  readonly place: number;
  /** Of its diagnosis; null where it has none. */
  readonly basis: { readonly exec: string; readonly log: readonly Letter[]; readonly from: number } | null;
}

/** The state of one container: what a judge needs to go on with its next event. */
export interface SavedContainer {
  readonly track: SavedTrack;
  readonly breaches: readonly SavedBreach[];
}

export function savedEvent(event: ObservedEvent): SavedEvent {
  const { topic, exec, pid, exitStatus, at, timeUs, lacks, criKey } = event;
  const own = [topic, exec, pid, exitStatus, at, timeUs] as const;
  return lacks || criKey ? [...own, lacks ?? null, criKey ?? null] : own;
}

export function restoredEvent(saved: SavedEvent, { namespace, container }: Named): ObservedEvent {
  const [topic, exec, pid, exitStatus, at, timeUs, lacks = null, criKey = null] = saved;
  return { namespace, container, topic, exec, pid, exitStatus, at, timeUs, lacks, criKey };
}
