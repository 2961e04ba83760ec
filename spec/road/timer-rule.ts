/**
 * No call waits for a timer: the states from which nothing but a time-out leads on.
 *
 * - Behind the reaper: the exit loop waits for an exit that stands behind one for which only the exit loop makes room.
 * - Behind a full `s.events`: a send waits for room, and `forward` for the answer to a Forward that the listener need not
 *   give. What sends is a handler, or the exit loop: then no exit is published, of any container, until that time-out.
 *
 * @module
 */
import { always } from '../../checker/property.ts';
import { at } from '../assert.ts';
import type { Bound } from '../bound.ts';
import type { Rule } from '../rule.ts';
import type { Service } from '../service.ts';
import type { ThreadId } from '../vocabulary.ts';
import { isOver, isSendWaiting } from './channel.ts';
import { reaperOf } from './reaper.ts';
import { isHeldUp } from './reaper-rules.ts';
import { holdersFor } from './waiting.ts';

const commit = '301026e58c619e63d09c0ec411012e54c0124b03';
const sources = {
  processExits: `https://github.com/containerd/containerd/blob/${commit}/pkg/sys/reaper/reaper_unix.go#L75-L78`,
  forward: `https://github.com/containerd/containerd/blob/${commit}/pkg/shim/publisher.go#L126-L152`,
} as const;

/**
 * The rule, where a bound has a timer to wait for.
 *
 * @param hasReaper whether exits go through containerd's reaper
 */
export function timerRules({ publisher, channel, channelTwo }: Bound, hasReaper: boolean): Rule[] {
  const isBounded = publisher && (channel || channelTwo);
  const subjects: ThreadId[] = [...(hasReaper ? ['processExits'] : []), ...(isBounded ? ['forward'] : [])];
  return subjects.length === 0
    ? []
    : [
        always('no call waits for a timer', (s, thread) => !waitsForTimer(s, thread), {
          sentence:
            'case <-time.After(1 * time.Second): no exit and no call waits until a time-out lets it pass',
          source: hasReaper ? sources.processExits : sources.forward,
          subjects,
        }),
      ];
}

/** Whether somebody waits for the time-out of the reaper, which the exit loop has to empty, or for that of `forward`. */
function waitsForTimer(s: Service, thread: ThreadId): boolean {
  const isLeft = ['panicked', 'ended', 'crashed'].includes(s.processExits.pc);
  if (thread === 'forward') return isSendWaiting(s) && isListenerSilent(s);
  return isHeldUp(s) && !isLeft && waitsForReaper(s, thread, []);
}

/** Whether `forward` waits for an answer that the listener need not give: it has not lapsed yet. */
function isListenerSilent(s: Service): boolean {
  const { road } = s;
  return (
    road !== undefined && road.forwarder !== null && !road.lapsed && road.listener !== 'away' && !isOver(s)
  );
}

/** By itself in KillAll, or by a lock that is held by one who waits for his runc. */
function waitsForReaper(s: Service, thread: ThreadId, seen: readonly ThreadId[]): boolean {
  if (seen.includes(thread)) return false;
  const { runcs } = reaperOf(s);
  if (thread in runcs && ['zombie', 'reaped'].includes(at(runcs, thread).at)) return true;
  return holdersFor(s, thread).some((holder) => waitsForReaper(s, holder, [...seen, thread]));
}
