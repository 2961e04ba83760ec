/**
 * The state of the road behind `s.events`: where each event is, from the shim's channel to whoever listens.
 *
 * @module
 */
import { type Bound, processesOf } from '../bound.ts';
import type { ProcessId, Topic } from '../vocabulary.ts';

/** An event on the road, in its envelope. */
export interface Sent {
  /** The topic without `/tasks/`. */
  readonly topic: Topic;
  /** Whose event it is, as the shim says it. */
  readonly process: ProcessId;
  /** Of an exit: the process that truly ended; else `process` again. */
  readonly of: ProcessId;
  /** The envelope's time, as a count from 1: no two events have the same. A repetition has that of the first. */
  readonly time: number;
}

/** A goroutine that calls Forward: that of the service, and the publisher's for what failed. */
export type RoadThread = 'forward' | 'processQueue';

/** Where the events are that the shim has sent. */
export interface Road {
  /** `s.events`, oldest first. It has room for 128, more than a bound of 1 × 1 publishes: a send never waits. */
  channel: Sent[];
  /** The event for which `forward` waits in Forward. */
  forwarder: Sent | null;
  /** `requeue`, the publisher's second queue: what failed once, oldest first. */
  requeued: Sent[];
  /** The event for which `processQueue` waits in Forward. */
  retrier: Sent | null;
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
}

/** The road before anything was sent. */
export function emptyRoad(bound: Bound): Road {
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
  };
}

/** Whether the listener was given the event before. */
export function wasDelivered({ last, missing }: Road, { time }: Sent): boolean {
  return time <= last && !missing.includes(time);
}

/** What the listener need not do: it may go away for good, never lapse, and never look at an old request. */
const mayRest: ReadonlySet<string> = new Set([
  'ListenerRefuses',
  'ListenerServesLate',
  'ListenerGoesAway',
  'ListenerComesBack',
  'ShimTimesOut',
]);

/** Whether an action of the road is bound to happen once it is enabled. */
export function isBoundOnRoad(type: string): boolean {
  return !mayRest.has(type);
}
