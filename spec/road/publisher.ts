/**
 * containerd's publisher: `forward` of the service, and `RemoteEventsPublisher`. It is the same in every revision.
 *
 * `forward` takes events from `s.events` and calls Forward, one after the other. An event that fails goes into a second
 * queue, and `forward` goes on with the next one: so events overtake each other. `processQueue` tries the second queue
 * again, beside it. In Go it tries an event five times, with 1 to 5 s between, and drops it then; here one retry that
 * fails stands for the five. Any of its times may pass at any moment.
 *
 * Not modelled: the second attempt within one Forward, on a fresh connection; the order of the second queue among events
 * that failed differently often; what is in the second queue when the shim ends, which is lost.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/shim/publisher.go
 * @module
 */
import type { Service } from '../service.ts';
import { byThreads, type GoCode } from '../steps.ts';
import { type PublisherPart, roadOf } from './part.ts';
import type { Road, RoadThread } from './slice.ts';

/** What `forward` does, with its lines in each revision. */
const forwardCode: GoCode = {
  text: 'e := <-s.events; publisher.Publish calls Forward',
  lines:
    'big-lock 587-588, early-exits 689-690, mu-locked 694-695, pending-execs 748-749, defer-init-only 749-750, running-execs 781-782, main 824-825',
};

/** What `processQueue` does: the file is the same up to 2.0. */
const retryCode: GoCode = {
  text: 'i := <-l.requeue; calls Forward again',
  lines: [
    ...['big-lock', 'early-exits', 'mu-locked', 'pending-execs', 'defer-init-only', 'running-execs'].map(
      (slug) => `${slug} ../shim/publisher.go:84-94`,
    ),
    'main ../../pkg/shim/publisher.go:103-114',
  ].join(', '),
};

/** containerd's publisher. */
export const upstreamPublisher: PublisherPart = {
  threads: ['forward', 'processQueue'],
  own: {
    ShimForwards: byThreads<Service>(() => ['forward'], shimForwards, forwardCode),
    ShimRetries: byThreads<Service>(() => ['processQueue'], shimRetries, retryCode),
  },
  answered: leave,
  failed: (road, thread) => {
    const sent = thread === 'watcher' ? road.watcher : road.forwarder;
    if (thread !== 'processQueue' && sent) road.requeued.push(sent);
    leave(road, thread);
  },
  isOrdered: false,
};

/** `forward`: takes an event, and calls Forward. */
function shimForwards(s: Service): boolean {
  const road = roadOf(s);
  if (road.forwarder !== null || road.channel.length === 0) return false;
  road.forwarder = road.channel.shift() ?? null;
  return true;
}

/** `processQueue`: takes an event that has failed, and calls Forward again. */
function shimRetries(s: Service): boolean {
  const road = roadOf(s);
  if (road.retrier !== null || road.requeued.length === 0) return false;
  road.retrier = road.requeued.shift() ?? null;
  return true;
}

/** The goroutine goes on; what it could not deliver is in the second queue, or dropped. */
function leave(road: Road, thread: RoadThread): void {
  if (thread === 'forward') road.forwarder = null;
  else if (thread === 'watcher') road.watcher = null;
  else road.retrier = null;
}
