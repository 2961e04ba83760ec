/**
 * The state of the road behind `s.events`: where each event is, from the shim's channel to whoever listens.
 *
 * @module
 */
import { type Bound, containersOf, processesOf } from '../bound.ts';
import type { ContainerId, EventTopic, ProcessId } from '../vocabulary.ts';
import { type ChannelKind, type EventsChannel, newChannel } from './channel-slice.ts';

/** An event on the road, in its envelope. */
export interface Sent {
  /** The topic without `/tasks/`. */
  readonly topic: EventTopic;
  /** Whose event it is, as the shim says it. */
  readonly process: ProcessId;
  /** Of an exit: the process that truly ended; else `process` again. */
  readonly of: ProcessId;
  /** The envelope's time, as a count from 1: no two events have the same. A repetition has that of the first. */
  readonly time: number;
}

/** A goroutine that calls Forward: that of the service, the publisher's for what failed, and the watcher of TaskOOM. */
export type RoadThread = 'forward' | 'processQueue' | 'watcher';

/**
 * How a task stands that has lost its shim.
 *
 * - `none`: its shim lives, or containerd has no such task.
 * - `known`: containerd has it among its tasks.
 * - `forgotten`: containerd has restarted, and finds the bundle alone.
 * - `cleaned`: `delete` has run.
 */
export type LeftTask = 'none' | 'known' | 'forgotten' | 'cleaned';

/** How each task stands. */
export type LeftTasks = Record<ContainerId, LeftTask>;

/** The tasks before any crash. @returns null where the bound has none */
function newLeftTasks(bound: Bound): LeftTasks | null {
  if (!bound.crash) return null;
  return Object.fromEntries(containersOf(bound).map((c) => [c, 'none']));
}

/** Where the events are that the shim has sent. */
export interface Road {
  /** `s.events`, oldest first. Without `events` it has room for whatever a bound publishes. */
  channel: Sent[];
  /** The event for which `forward` waits in Forward. */
  forwarder: Sent | null;
  /** `requeue`, the publisher's second queue: what failed once, oldest first. */
  requeued: Sent[];
  /** The event for which `processQueue` waits in Forward. */
  retrier: Sent | null;
  /** The TaskOOM for which its watcher waits in Forward; absent where the bound has no lack of memory. */
  watcher?: Sent | null;
  /** A request that the shim has given up, and that the listener may serve yet. */
  unanswered: Sent[];
  /** Whether the listener takes connections; it goes away at most once. */
  listener: 'there' | 'away' | 'back';
  /** Whether the listener has once refused a request, or not answered it in time: it does so at most once. */
  lapsed: boolean;
  /** The time that was given last. */
  sent: number;
  /** The latest time that was delivered. */
  last: number;
  /** Earlier times that were not delivered. */
  missing: number[];
  /** What was delivered, the same fold as `published`; a repetition is marked ` again`. */
  readonly delivered: Record<ProcessId, string[]>;
  /** The bound and the end of `channel`; absent where the bound has none. */
  readonly events?: EventsChannel;
  /** The tasks that have lost their shim; absent where the bound has no crash. */
  readonly left?: LeftTasks;
}

/** Whether a bound has a road: any of its parts behind `s.events`. */
export function hasRoad({ publisher, channel, channelTwo, crash }: Bound): boolean {
  return [publisher, channel, channelTwo, crash].includes(true);
}

/** The road before anything was sent. */
export function emptyRoad(bound: Bound, kind: ChannelKind): Road {
  const events = newChannel(kind, bound);
  const left = newLeftTasks(bound);
  return {
    channel: [],
    forwarder: null,
    requeued: [],
    retrier: null,
    unanswered: [],
    listener: 'there',
    lapsed: false,
    sent: 0,
    last: 0,
    missing: [],
    delivered: Object.fromEntries(processesOf(bound).map((process) => [process, []])),
    ...(bound.oom || bound.oomV1 ? { watcher: null } : {}),
    ...(events ? { events } : {}),
    ...(left ? { left } : {}),
  };
}

/** Whether the listener was given the event before. */
export function wasDelivered({ last, missing }: Road, { time }: Sent): boolean {
  return time <= last && !missing.includes(time);
}

/** What need not happen: a listener may go away for good, never lapse, never look at an old request; a crash, a lack of memory. */
const mayRest: ReadonlySet<string> = new Set([
  'ListenerRefuses',
  'ListenerServesLate',
  'ListenerGoesAway',
  'ListenerComesBack',
  'ShimTimesOut',
  'OutboxGivesUp',
  'ShimCrashes',
  'KernelKillsForMemory',
]);

/** Whether an action of the road is bound to happen once it is enabled. */
export function isBoundOnRoad(type: string): boolean {
  return !mayRest.has(type);
}
