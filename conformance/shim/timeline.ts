import type { CallId } from '../../spec/index.ts';

/** One thing that the tester did or saw. */
export type Moment = { readonly atMs: number } & (
  | { readonly kind: 'call'; readonly call: CallId }
  | { readonly kind: 'reply'; readonly call: CallId; readonly error: string | null }
  /** A call that is no step of a schedule, and its end. */
  | { readonly kind: 'plain call'; readonly text: string }
  | { readonly kind: 'plain reply'; readonly text: string; readonly error: string | null }
  | { readonly kind: 'event'; readonly text: string; readonly index: number }
  | { readonly kind: 'gate'; readonly call: string; readonly text: string }
  | { readonly kind: 'kill'; readonly process: string; readonly pid: number }
  | { readonly kind: 'note'; readonly text: string }
);

/** A call that the tester sent, and how it ended. */
export interface SentCall {
  readonly call: CallId;
  /** null until it is answered. */
  reply: { readonly error: Error | null } | null;
}

/** What happened while the tester drove a shim, in the order in which the tester saw it. */
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
    const sent: SentCall = { call, reply: null };
    const answered = (error: Error | null): void => {
      sent.reply = { error };
      this.add({ kind: 'reply', call, error: error?.message ?? null });
    };
    this.calls.push(sent);
    void send().then(
      () => answered(null),
      (error: Error) => answered(error),
    );
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
