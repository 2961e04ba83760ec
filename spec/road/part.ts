/**
 * What a publisher is, and the listener at the end of its road: the steps that all publishers have in common.
 *
 * The listener serves a Forward, refuses it, or does not answer it in time; it goes away and comes back. It lapses (a
 * refusal, or a late answer) at most once in a run, and goes away at most once.
 *
 * Not modelled: two lapses; that a time-out closes the connection; containerd's own exchange behind Forward. Without
 * `--with channel` the shim's process does not end while events wait.
 *
 * @module
 */
import { at } from '../assert.ts';
import { fold } from '../log.ts';
import type { Service } from '../service.ts';
import { byExitLoop, byThreads, type GoCode, type ShimSteps } from '../steps.ts';
import type { ThreadId } from '../vocabulary.ts';
import { forgetTasks } from './crash.ts';
import type { Road, RoadThread, Sent } from './slice.ts';

/** Who brings a shim's events to the listener, and what it does with an answer. */
export interface PublisherPart {
  /** The goroutines that call Forward. */
  readonly threads: readonly RoadThread[];
  /** Its own steps, in which it takes an event and calls Forward. */
  readonly own: ShimSteps<Service>;
  /** Forward has returned to a goroutine. */
  readonly answered: (road: Road, thread: RoadThread) => void;
  /** Forward has failed for a goroutine. */
  readonly failed: (road: Road, thread: RoadThread) => void;
  /**
   * Whether the first delivery of each event comes in the order of the envelopes' times. Then what is not newer than
   * the last event is a repetition, and the listener drops it.
   */
  readonly isOrdered: boolean;
}

const slotOf = { forward: 'forwarder', processQueue: 'retrier', watcher: 'watcher' } as const;

/** The state of the road. @throws Impossible for a state without one */
export function roadOf(s: Service): Road {
  return at({ road: s.road }, 'road') as Road;
}

/** Every step of the road: those of the publisher, and those of the listener. */
export function roadSteps(part: PublisherPart): ShimSteps<Service> {
  const threads = (): readonly ThreadId[] => part.threads;
  /** A step that ends a Forward, where the listener lets it. */
  const ending = (
    text: string,
    end: (road: Road, thread: RoadThread, sent: Sent) => boolean,
  ): ReturnType<typeof byThreads<Service>> =>
    byThreads<Service>(threads, (s, thread) => ends(s, thread as RoadThread, end), said(text));
  const fail = (road: Road, thread: RoadThread): true => {
    part.failed(road, thread);
    return true;
  };
  return {
    ...part.own,
    ListenerServes: ending('Forward returns: the event is delivered', (road, thread, sent) => {
      if (road.listener === 'away') return false;
      deliver(road, sent, part.isOrdered);
      part.answered(road, thread);
      return true;
    }),
    ListenerRefuses: ending('Forward returns an error', (road, thread) => lapses(road) && fail(road, thread)),
    ShimTimesOut: ending('Forward times out; the listener has the request', (road, thread, sent) => {
      if (!lapses(road)) return false;
      road.unanswered = [sent];
      return fail(road, thread);
    }),
    ShimFindsNobody: ending(
      'Forward fails: nobody listens',
      (road, thread) => road.listener === 'away' && fail(road, thread),
    ),
    ListenerServesLate: ofListener('serves the request that timed out', (road) => {
      const [sent] = road.unanswered;
      if (sent === undefined) return false;
      road.unanswered = [];
      deliver(road, sent, part.isOrdered);
      return true;
    }),
    ListenerGoesAway: ofListener('goes away', (road) => {
      if (road.listener !== 'there') return false;
      road.listener = 'away';
      road.unanswered = [];
      forgetTasks(road);
      return true;
    }),
    ListenerComesBack: ofListener('comes back', (road) => {
      if (road.listener !== 'away') return false;
      road.listener = 'back';
      return true;
    }),
  };
}

/** The road to a listener that takes each event at once: what calls Forward first, and its answer. */
export function listenerSteps(part: PublisherPart): ShimSteps<Service> {
  const { ShimForwards, ListenerServes } = roadSteps(part);
  return { ShimForwards, ListenerServes } as ShimSteps<Service>;
}

/** A publisher whose Forward the watchers of TaskOOM call, too. */
export function watcherSteps(part: PublisherPart): PublisherPart {
  return { ...part, threads: [...part.threads, 'watcher'] };
}

function said(text: string): GoCode {
  return { text };
}

function ofListener(text: string, take: (road: Road) => boolean): ReturnType<typeof byExitLoop<Service>> {
  return byExitLoop<Service>((s) => take(roadOf(s)), said(text));
}

function ends(
  s: Service,
  thread: RoadThread,
  end: (road: Road, thread: RoadThread, sent: Sent) => boolean,
): boolean {
  const road = roadOf(s);
  const sent = road[slotOf[thread]] ?? null;
  return sent !== null && end(road, thread, sent);
}

/** The listener's one lapse. @returns whether it was left */
function lapses(road: Road): boolean {
  if (road.lapsed || road.listener === 'away') return false;
  road.lapsed = true;
  return true;
}

/** The listener is given an event, and drops a repetition where it can tell one by its time. */
function deliver(road: Road, sent: Sent, isOrdered: boolean): void {
  const { time } = sent;
  const isNewer = time > road.last;
  if (isOrdered && !isNewer) return;
  const isFirst = isNewer || road.missing.includes(time);
  for (let t = road.last + 1; t < time; t++) road.missing.push(t);
  road.missing = road.missing.filter((t) => t !== time);
  road.last = Math.max(road.last, time);
  fold(road.delivered, sent, isFirst ? '' : ' again');
}
