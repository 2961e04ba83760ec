import type { ProcessId } from '../../spec/index.ts';
import type { Outcome } from './outcome.ts';

interface SharedWait {
  readonly outcome: Promise<Outcome>;
  readonly abandon: AbortController;
  clients: number;
}

const abandoned: Outcome = { isAnswered: false, at: 'p.Wait', error: null };

/**
 * Makes all clients that wait for a process one call of the reducer.
 *
 * Why: one exit answers them all, and the machine looks at every open call after every step.
 */
export class SharedWaits {
  readonly #waits = new Map<ProcessId, SharedWait>();
  readonly #begin: (process: ProcessId, client: AbortSignal) => Promise<Outcome>;

  /** @param begin begins the reducer's Wait; aborting the signal ends it */
  constructor(begin: (process: ProcessId, client: AbortSignal) => Promise<Outcome>) {
    this.#begin = begin;
  }

  /** Waits for a process, until `client` is aborted. */
  async join(process: ProcessId, client: AbortSignal): Promise<Outcome> {
    const shared = this.#waits.get(process) ?? this.#share(process);
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

  #share(process: ProcessId): SharedWait {
    const abandon = new AbortController();
    const shared = { outcome: this.#begin(process, abandon.signal), abandon, clients: 0 };
    this.#waits.set(process, shared);
    void shared.outcome.then(() => this.#forget(process, shared));
    return shared;
  }

  #forget(process: ProcessId, shared: SharedWait): void {
    if (this.#waits.get(process) === shared) this.#waits.delete(process);
  }
}
