import type { CallId } from '../../spec/index.ts';

/** One thing that a tester saw or did, in the order in which it did. */
export type Moment = { readonly atMs: number } & (
  | { readonly kind: 'call'; readonly call: CallId }
  | { readonly kind: 'reply'; readonly call: CallId; readonly error: string | null }
  | { readonly kind: 'event'; readonly text: string; readonly index: number }
  | { readonly kind: 'gate'; readonly call: string; readonly text: string }
  | { readonly kind: 'kill'; readonly process: string; readonly pid: number }
  | { readonly kind: 'note'; readonly text: string }
);

/** A call that was sent, and how it ended. */
export interface SentCall {
  readonly call: CallId;
  /** null while it is not answered. */
  reply: { readonly error: Error | null; readonly atMs: number } | null;
  readonly done: Promise<void>;
}

/** What happened while a shim was driven. */
export class Timeline {
  readonly moments: Moment[] = [];
  readonly calls: SentCall[] = [];
  #lastMs: number = performance.now();

  add(moment: DistributiveOmit<Moment, 'atMs'>): void {
    this.#lastMs = performance.now();
    this.moments.push({ ...moment, atMs: this.#lastMs } as Moment);
  }

  /** Sends a call, and notes when it is answered. */
  send(call: CallId, send: () => Promise<unknown>): SentCall {
    this.add({ kind: 'call', call });
    const answered = (error: Error | null): void => {
      sent.reply = { error, atMs: performance.now() };
      this.add({ kind: 'reply', call, error: error?.message ?? null });
    };
    let settle: () => void = () => undefined;
    const sent: SentCall = {
      call,
      reply: null,
      done: new Promise((resolve) => {
        settle = resolve;
      }),
    };
    this.calls.push(sent);
    send()
      .then(
        () => answered(null),
        (error: Error) => answered(error),
      )
      .finally(settle);
    return sent;
  }

  /** Waits until nothing has happened for `quietMs`, at most `maxMs`. */
  async quiet(quietMs: number, maxMs: number): Promise<void> {
    const end = performance.now() + maxMs;
    const begin = performance.now();
    for (;;) {
      const now = performance.now();
      const silentMs = now - Math.max(this.#lastMs, begin);
      if (silentMs >= quietMs || now >= end) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(quietMs - silentMs, end - now)));
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
