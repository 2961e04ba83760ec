import type { ProcessId } from '../../spec/index.ts';
import type { Outcome } from './driver.ts';

interface SharedWait {
  readonly outcome: Promise<Outcome>;
  readonly abandon: AbortController;
  clients: number;
}

const abandoned: Outcome = { isAnswered: false, at: 'p.Wait', error: null };

/**
 * All who wait for a process, as one call of the reducer: they are answered by the same exit, and each call that is open
 * costs a look at every step of every other.
 */
export class SharedWaits {
  readonly #waits = new Map<ProcessId, SharedWait>();
  readonly #wait: (process: ProcessId, client: AbortSignal) => Promise<Outcome>;

  /** @param wait begins a wait; it is given up when the signal is aborted */
  constructor(wait: (process: ProcessId, client: AbortSignal) => Promise<Outcome>) {
    this.#wait = wait;
  }

  /** Waits for a process, until `client` is aborted. */
  async join(process: ProcessId, client: AbortSignal): Promise<Outcome> {
    const shared = this.#waits.get(process) ?? this.#begin(process);
    shared.clients++;
    let leave: () => void = () => undefined;
    const left = new Promise<Outcome>((resolve) => {
      leave = () => resolve(abandoned);
      client.addEventListener('abort', leave);
    });
    const outcome = await Promise.race([shared.outcome, left]);
    client.removeEventListener('abort', leave);
    if (--shared.clients === 0) {
      this.#forget(process, shared);
      shared.abandon.abort();
    }
    return outcome;
  }

  #begin(process: ProcessId): SharedWait {
    const abandon = new AbortController();
    const shared = { outcome: this.#wait(process, abandon.signal), abandon, clients: 0 };
    this.#waits.set(process, shared);
    void shared.outcome.then(() => this.#forget(process, shared));
    return shared;
  }

  #forget(process: ProcessId, shared: SharedWait): void {
    if (this.#waits.get(process) === shared) this.#waits.delete(process);
  }
}
