import type { Revision } from '../../spec/index.ts';
import { LogJudge } from '../log/log-judge.ts';
import { type LogBreach, Monitor } from '../log/monitor.ts';
import type { ObservedEvent } from '../log/observed.ts';
import { EnvelopeReader } from './envelope.ts';
import { subscribe } from './subscription.ts';

export interface WatchOptions {
  /** The socket of containerd's gRPC API. */
  readonly address: string;
  /** Only events of this namespace. */
  readonly namespace?: string;
  /** The revision whose behaviours are allowed; null to judge by the rules alone. */
  readonly revision: Revision | null;
  readonly onEvent: (event: ObservedEvent) => void;
  readonly onBreach: (breach: LogBreach) => void;
  /** Events may have been missed from here on. @param why what ended the subscription, in words */
  readonly onGap: (why: string) => void;
}

/** What was watched. */
export interface WatchTotals {
  readonly events: number;
  /** Events of tasks whose type is not known. */
  readonly unknown: number;
  readonly breaches: number;
  readonly gaps: number;
}

/**
 * Judges what a running containerd publishes, as it comes. Memory is bounded by what is alive.
 *
 * After a gap every container is taken for one that was there before: what came before is assumed to be right.
 */
export class Watch {
  readonly #options: WatchOptions;
  readonly #judge: LogJudge | null;
  readonly #totals = { events: 0, unknown: 0, breaches: 0, gaps: 0 };
  #monitor: Monitor;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#judge = options.revision ? new LogJudge(options.revision) : null;
    this.#monitor = this.#begin();
  }

  /** The processes that have started and not exited. */
  get openProcesses(): number {
    return this.#monitor.finish().unfinished;
  }

  /** Watches until `signal` ends it. */
  async run(signal: AbortSignal): Promise<WatchTotals> {
    const { address, namespace } = this.#options;
    const filters = namespace === undefined ? [] : [`namespace==${namespace}`];
    const reader = new EnvelopeReader();
    const onEnvelope = (data: Buffer, from: number, to: number): void =>
      this.#take(reader.read(data, from, to, `event ${this.#totals.events + 1}`));
    await subscribe(address, filters, { onEnvelope, onGap: (why) => this.#takeGap(why) }, signal);
    return this.#totals;
  }

  #begin(): Monitor {
    return new Monitor(this.#judge, (breach) => {
      this.#totals.breaches++;
      this.#options.onBreach(breach);
    });
  }

  #takeGap(why: string): void {
    this.#totals.gaps++;
    this.#monitor = this.#begin();
    this.#options.onGap(why);
  }

  #take(event: ObservedEvent | 'unknown' | null): void {
    if (event === null) return;
    this.#totals.events++;
    if (event === 'unknown') {
      this.#totals.unknown++;
      return;
    }
    this.#options.onEvent(event);
    this.#monitor.take(event);
  }
}
