/**
 * `s.events` with its bound, and Shutdown in its steps: what becomes of the events that are queued then, or sent later.
 *
 * `Shutdown` only begins: its callbacks run beside the handlers, which are served on until the process ends. Up to 2.2 a
 * callback closes `s.events`, on which a handler may still send: the Go runtime panics. Then the process waits for
 * `forward` to empty the queue. Since 1dcd765fa (2.3.0) nothing is closed; a send gives way to Shutdown. But since 2486c1298
 * (2.0) the process does not wait for `forward` any more. An outbox is emptied after Shutdown, before the process ends.
 *
 * Not modelled: that `select` may choose the channel where Shutdown is done, too (here the event is not sent); the callbacks
 * that remove the socket and close the platform; a limit of the outbox.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/shim/shim.go#L446-L451
 * @module
 */
import { sometimes } from '../../checker/property.ts';
import type { AnyAction } from '../action.ts';
import { at } from '../assert.ts';
import type { Bound } from '../bound.ts';
import type { Rule } from '../rule.ts';
import type { Service } from '../service.ts';
import { byCalls, byExitLoop, type ShimSteps } from '../steps.ts';
import type { CallId } from '../vocabulary.ts';
import type { ChannelKind, EventsChannel } from './channel-slice.ts';

/** Whether Shutdown takes more than a step. */
export function isStaged({ road }: Service): boolean {
  return road?.events !== undefined && road.events.kind !== 'drains';
}

/** Whether the shim's process has ended, and with it the goroutines that call Forward. */
export function isOver({ road, processExits }: Service): boolean {
  // What a step reads is what it depends on: without these parts, not on the exit loop.
  if (!road?.events && !road?.left) return false;
  const { pc } = processExits;
  if (pc === 'crashed') return true;
  if (!road.events) return false;
  return road.events.kind === 'drains' ? hasEnded(road.events) : pc === 'ended' || pc === 'panicked';
}

/** The step of Shutdown where it takes more than one. */
export const stagedShutdown: ShimSteps<Service> = {
  ShimShutsDown: byCalls<Service>(['shutdown'], shimShutsDown),
};

/** Shutdown begins where no container is left and none is being created; a second one changes nothing. */
function shimShutsDown(s: Service, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || s.mu !== null) return false;
  const channel = channelOf(s);
  const isServing = Object.values(s.containers).some(Boolean);
  if (!isServing && channel.end === 'open') channel.end = 'begun';
  handler.pc = isServing ? 'idle' : 'answered';
  return true;
}

function channelOf(s: Service): EventsChannel {
  return at({ channel: s.road?.events }, 'channel') as EventsChannel;
}

/**
 * What follows Shutdown.
 *
 * @param stop ends the service
 */
export function channelSteps(stop: (s: Service) => true): ShimSteps<Service> {
  return {
    ShutdownIsDone: byExitLoop<Service>(shutdownIsDone, { text: closingText }),
    ShimEnds: byExitLoop<Service>((s) => mayEnd(s) && stop(s), { text: 'main returns: the process ends' }),
    OutboxIsEmpty: byExitLoop<Service>((s) => isEmpty(s) && endsOutbox(s, 'over'), {
      text: 'the process ends',
    }),
    OutboxGivesUp: byExitLoop<Service>((s) => !isEmpty(s) && endsOutbox(s, 'given up'), {
      text: 'the process ends, and logs which events are lost',
    }),
  };
}

function closingText(s: Service): string {
  return channelOf(s).kind === 'closes'
    ? 'a callback of Shutdown: close(s.events)'
    : 'close(doneC): Shutdown is done';
}

function shutdownIsDone(s: Service): boolean {
  const channel = channelOf(s);
  if (channel.kind === 'drains' || channel.end !== 'begun' || hasStopped(s)) return false;
  channel.end = 'closed';
  return true;
}

function hasStopped({ processExits: { pc } }: Service): boolean {
  return pc === 'ended' || pc === 'panicked' || pc === 'crashed';
}

function mayEnd(s: Service): boolean {
  const { kind, end } = channelOf(s);
  return kind !== 'drains' && end === 'closed' && !hasStopped(s) && (kind === 'selects' || isEmpty(s));
}

function isEmpty({ road }: Service): boolean {
  return road !== undefined && road.channel.length === 0 && road.forwarder === null;
}

function endsOutbox(s: Service, end: 'over' | 'given up'): boolean {
  const channel = channelOf(s);
  if (channel.kind !== 'drains' || hasEnded(channel) || s.processExits.pc !== 'ended') return false;
  channel.end = end;
  return true;
}

/** Whether the process of an outbox has ended. */
function hasEnded({ end }: EventsChannel): boolean {
  return end === 'over' || end === 'given up';
}

/** Whether the log of the shim names what it could not deliver. */
export function isLossTold({ road }: Service): boolean {
  return road?.events?.end === 'given up';
}

/** Whether a handler or the exit loop may go on: a send waits for room. */
export function channelAllows(s: Service, action: AnyAction): boolean {
  const channel = s.road?.events;
  if (!channel || channel.room === null || channel.end === 'closed') return true;
  return (s.road?.channel.length ?? 0) < channel.room || !isSending(s, action);
}

/** Whether a step is a send to `s.events`. */
function isSending(s: Service, { type, call, thread = call ?? 'processExits', process }: AnyAction): boolean {
  if (process !== undefined || !type.startsWith('Shim')) return false;
  return pcOf(s, thread)?.includes('send Task') ?? false;
}

function pcOf(s: Service, thread: string): string | undefined {
  if (thread === 'processExits') return s.processExits.pc;
  return (s.goroutines?.[thread] ?? s.calls[thread])?.pc;
}

/** Whether a handler, a goroutine or the exit loop waits for room in `s.events`. */
export function isSendWaiting(s: Service): boolean {
  const { room = null, end = 'open' } = s.road?.events ?? {};
  if (room === null || end === 'closed' || (s.road?.channel.length ?? 0) < room) return false;
  const threads = [s.processExits, ...Object.values(s.calls), ...Object.values(s.goroutines ?? {})];
  return threads.some(({ pc }) => pc.includes('send Task'));
}

/** The situations that make the rules worth checking. */
export function channelRules(bound: Bound, kind: ChannelKind): Rule[] {
  const witness = (
    name: string,
    sentence: string,
    isReached: (s: Service) => boolean,
    isPossible: boolean,
  ): Rule =>
    sometimes(name, isReached, {
      sentence,
      source: 'https://github.com/containerd/containerd/commit/1dcd765fa6d1448fd16849f1f1e3e99079a07bff',
      subjects: isPossible ? ['forward'] : [],
    });
  return [
    witness(
      'a send waits for room in s.events',
      'send() performs a bare channel send on s.events',
      isSendWaiting,
      kind !== 'drains',
    ),
    witness(
      'events wait when Shutdown is done',
      'remaining buffered events are drained',
      (s) =>
        !isEmpty(s) && (kind === 'drains' ? s.processExits.pc === 'ended' : s.road?.events?.end === 'closed'),
      bound.shutdown && bound.delete,
    ),
  ];
}
