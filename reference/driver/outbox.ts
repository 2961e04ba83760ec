import { type Outbox, outboxRules } from '../../spec/index.ts';

/**
 * The outbox that the checker proves, for a queue of this process: which event is sent when, and when it is done with, the
 * specification's transitions alone decide.
 */
export class EventOutbox<E> {
  readonly #box: Outbox<E> = { channel: [], forwarder: null };

  /** What was not acknowledged, oldest first. */
  get waiting(): readonly E[] {
    return this.#box.channel;
  }

  put(event: E): void {
    this.#box.channel.push(event);
  }

  /** The event to send now; null where there is none, or one is in flight. */
  take(): E | null {
    return outboxRules.takes(this.#box) ? this.#box.forwarder : null;
  }

  /** What was taken was answered. */
  acknowledge(): void {
    outboxRules.acknowledged(this.#box);
  }

  /** What was taken failed, for whatever reason. */
  fail(): void {
    outboxRules.failed(this.#box);
  }
}
