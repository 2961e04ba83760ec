import type { ObservedEvent } from '../observed.ts';

/** A file of a log. */
export interface Source {
  /** The time of its first event, in microseconds since 1970. */
  readonly firstUs: number;
  /** Opens it, and gives its events part by part. */
  readonly parts: () => AsyncGenerator<readonly ObservedEvent[]>;
}

/** A source that is being read. */
class Open {
  /** The time of its next event; of one without a time, or that is older than one before it, that one's. */
  timeUs: number;
  readonly #parts: AsyncGenerator<readonly ObservedEvent[]>;
  #events: readonly ObservedEvent[] = [];
  #at = 0;

  constructor({ firstUs, parts }: Source) {
    this.timeUs = firstUs;
    this.#parts = parts();
  }

  /** Gives the events up to a time, as far as the part goes that was read. */
  takeUntil(timeUs: number, take: (event: ObservedEvent) => void): void {
    while (this.timeUs <= timeUs) {
      const event = this.#events[this.#at];
      if (!event) return;
      take(event);
      this.#at++;
      this.#setTime();
    }
  }

  /** Reads until there is an event. @returns false where there is none any more */
  async hasMore(): Promise<boolean> {
    while (this.#at === this.#events.length) {
      const next = await this.#parts.next();
      if (next.done) return false;
      this.#events = next.value;
      this.#at = 0;
      this.#setTime();
    }
    return true;
  }

  #setTime(): void {
    const timeUs = this.#events[this.#at]?.timeUs;
    if (timeUs != null && timeUs > this.timeUs) this.timeUs = timeUs;
  }
}

/**
 * Gives the events of several files in the order of their times, those of one file in the order of its lines. Of each
 * file a part is in memory; one whose first event is later than what is read is not opened yet.
 *
 * @param take told of each event
 */
export async function mergeByTime(
  sources: readonly Source[],
  take: (event: ObservedEvent) => void,
): Promise<void> {
  const waiting = sources.toSorted((a, b) => a.firstUs - b.firstUs);
  let open: Open[] = [];
  while (open.length > 0 || waiting.length > 0) {
    const begun = Math.min(
      ...open.map((each) => each.timeUs),
      waiting[0]?.firstUs ?? Number.POSITIVE_INFINITY,
    );
    while (waiting[0] && waiting[0].firstUs <= begun) open.push(new Open(waiting.shift() as Source));
    const has = await Promise.all(open.map((each) => each.hasMore()));
    open = open.filter((_, i) => has[i]);
    const [first, ...others] = open.toSorted((a, b) => a.timeUs - b.timeUs);
    if (!first) continue;
    const nextUs = Math.min(
      others[0]?.timeUs ?? Number.POSITIVE_INFINITY,
      waiting[0]?.firstUs ?? Number.POSITIVE_INFINITY,
    );
    first.takeUntil(nextUs, take);
  }
}
