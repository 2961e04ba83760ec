/**
 * The state of `s.events` where it has a bound and an end.
 *
 * @module
 */
import type { Bound } from '../bound.ts';

/**
 * What Shutdown does to the queue of events.
 *
 * - `closes`: `close(s.events)`; the process ends when `forward` has emptied it.
 * - `selects`: sends give way, and the process ends without waiting for `forward`.
 * - `drains`: the service ends in one step, and its process when the outbox is empty.
 */
export type ChannelKind = 'closes' | 'selects' | 'drains';

/** The end of a shim's queue of events. */
export interface EventsChannel {
  /** Never changes. */
  readonly kind: ChannelKind;
  /** How many events it holds before a send waits: 128 in Go; null for no limit. Never changes. */
  readonly room: number | null;
  /**
   * Shutdown has begun; has closed the channel or is done; the process has ended, where its service had before; it has,
   * and its log names what is lost.
   */
  end: 'open' | 'begun' | 'closed' | 'over' | 'given up';
  /** Whether a handler has sent on the closed channel. */
  isBroken: boolean;
}

/** The queue before Shutdown. @returns null where the bound has none */
export function newChannel(
  kind: ChannelKind,
  { channel = false, channelTwo = false }: Bound,
): EventsChannel | null {
  if (!channel && !channelTwo) return null;
  const room = kind === 'drains' ? null : channel ? 1 : 2;
  return { kind, room, end: 'open', isBroken: false };
}

/** Whether an event may be put into the queue; notes that it was closed. */
export function takesEvent(channel: EventsChannel | undefined): boolean {
  if (channel?.end !== 'closed') return true;
  if (channel.kind === 'closes') channel.isBroken = true;
  return false;
}
