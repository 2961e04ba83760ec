import type { ObservedEvent } from './observed.ts';

/** What breaks no rule, and what one should know of. */
export type SightingName =
  | 'an event told twice'
  | 'two subscribers in one log'
  | 'delete of an exec without its id'
  | 'an OOM after the exit';

export interface Sighting {
  readonly name: SightingName;
  readonly count: number;
  /** The first of them, the last in this list, behind its container's events before it. */
  readonly first: readonly ObservedEvent[];
}

/** A log with two subscribers has at least this part of its events twice. */
const subscribersPart = 0.25;

/** Events before a sighting that are kept. */
const contextMax = 8;

/** Counts what was seen. */
export class Sightings {
  readonly #seen = new Map<SightingName, { count: number; first: readonly ObservedEvent[] }>();

  /** @param history the container's events, the one that was sighted the last */
  add(name: SightingName, history: readonly ObservedEvent[]): void {
    const seen = this.#seen.get(name);
    if (seen) seen.count++;
    else this.#seen.set(name, { count: 1, first: history.slice(-contextMax) });
  }

  /** @param events how many events the log has: with two subscribers most are there twice, a shim repeats a few */
  found(events: number): Sighting[] {
    return [...this.#seen].map(([name, { count, first }]) => {
      const isAll = name === 'an event told twice' && count >= events * subscribersPart && count > 1;
      return { name: isAll ? 'two subscribers in one log' : name, count, first };
    });
  }
}
