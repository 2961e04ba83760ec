/**
 * The outbox of `proposed`: one event in flight, the oldest, which is kept until it is acknowledged and tried again, in
 * its turn, for as long as that takes. There is no second queue, and an answer's code decides nothing.
 *
 * So events come in the order of their envelopes' times. An event that was served and not answered in time comes once
 * more with the same time: what is not newer than the last event is a repetition.
 *
 * The reference shim's publisher runs {@link outboxRules} on its own queue.
 *
 * Not modelled: the pause before an event is tried again; the limit of the reference shim's queue.
 *
 * @module
 */
import type { Service } from '../service.ts';
import { byThreads } from '../steps.ts';
import { type PublisherPart, roadOf } from './part.ts';

/** What waits for the listener, oldest first, and what of it is in flight. */
export interface Outbox<E> {
  /** Every event that was not acknowledged. */
  channel: E[];
  /** The first of them, once it was sent and not answered. */
  forwarder: E | null;
}

/** The transitions of an outbox; each changes it in place. */
export interface OutboxRules {
  /** Puts the oldest event in flight. @returns whether there is one, and none in flight */
  readonly takes: <E>(box: Outbox<E>) => boolean;
  /** The event in flight was answered: it is done with. */
  readonly acknowledged: <E>(box: Outbox<E>) => void;
  /** The event in flight failed: it stays the oldest. */
  readonly failed: <E>(box: Outbox<E>) => void;
}

/** The outbox of `proposed`. */
export const outboxRules: OutboxRules = {
  takes: (box) => {
    if (box.forwarder !== null || box.channel.length === 0) return false;
    box.forwarder = box.channel[0] ?? null;
    return true;
  },
  acknowledged: (box) => {
    box.channel.shift();
    box.forwarder = null;
  },
  failed: (box) => {
    box.forwarder = null;
  },
};

/** The publisher that an outbox is. */
export function outboxPublisher({ takes, acknowledged, failed }: OutboxRules): PublisherPart {
  return {
    threads: ['forward'],
    own: {
      ShimForwards: byThreads<Service>(
        () => ['forward'],
        (s) => takes(roadOf(s)),
        { text: 'sends the oldest event that is not acknowledged' },
      ),
    },
    answered: acknowledged,
    failed,
    isOrdered: true,
  };
}
