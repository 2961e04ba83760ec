import { rowsAfter } from './breach-groups.ts';
import type { LogJudge } from './log-judge.ts';
import { coursesOf, type LogBreach, Monitor } from './monitor.ts';
import type { Named, ObservedEvent } from './observed.ts';
import { wireRule } from './rules.ts';
import type { SavedBreach, SavedContainer } from './saved.ts';
import { Track } from './track.ts';
import { WatchedContainers } from './watched-containers.ts';

/** What changed since it was asked last. */
export interface Changes<T> {
  /** The containers of whose state something changed; null where nothing is known of one any more. */
  readonly containers: readonly (readonly [Named, SavedContainer | null])[];
  /** The breaches that are new, and those of which more is known, by their ids. */
  readonly breaches: ReadonlyMap<string, T>;
  /** How often each rule was broken anew. */
  readonly found: ReadonlyMap<string, number>;
}

interface OpenBreach {
  readonly id: string;
  readonly breach: LogBreach;
}

/**
 * A monitor whose state is kept by container: it can be saved after any event, and another one can go on with it. What it
 * finds depends on each container's events alone, wherever they were judged and however often that was interrupted.
 *
 * A breach is told at once, and again until {@link rowsAfter} more events of its container have come.
 */
export class KeyedJudge<T> {
  readonly #judge: LogJudge | null;
  readonly #textOf: (breach: LogBreach) => T;
  readonly #monitor: Monitor;
  readonly #watched: WatchedContainers;
  readonly #changed = new Map<string, Named>();
  #breaches = new Map<string, T>();
  readonly #open = new Map<string, OpenBreach[]>();
  /** Of the event that is judged. */
  #ofEvent: LogBreach[] = [];
  #found = new Map<string, number>();

  /** @param textOf what is told of a breach; called when it is told */
  constructor(judge: LogJudge | null, textOf: (breach: LogBreach) => T) {
    this.#judge = judge;
    this.#textOf = textOf;
    this.#watched = new WatchedContainers((named) => this.#changed.set(keyOf(named), named));
    this.#monitor = new Monitor(judge, (breach) => this.#ofEvent.push(breach), false, this.#watched);
  }

  /** How many containers were deleted: what {@link continueFrom} of another judge needs. */
  get numDeleted(): number {
    return this.#watched.numDeleted;
  }

  take(event: ObservedEvent): void {
    const { namespace, container, at } = event;
    const named = { namespace, container };
    const key = keyOf(named);
    this.#ofEvent = [];
    this.#monitor.take(event);
    this.#changed.set(key, named);
    const found = this.#ofEvent.map((breach, i): OpenBreach => ({ id: `${at} ${i + 1}`, breach }));
    for (const { rule } of this.#ofEvent) this.#found.set(rule.name, (this.#found.get(rule.name) ?? 0) + 1);
    if (found.length === 0 && !this.#open.has(key)) return;
    this.#open.set(key, [...(this.#open.get(key) ?? []), ...found]);
    this.#tellWhole(key, named);
  }

  /** What changed since the last call. */
  changes(): Changes<T> {
    const containers: [Named, SavedContainer | null][] = [];
    for (const [key, named] of this.#changed) {
      this.#tellWhole(key, named);
      for (const { id, breach } of this.#open.get(key) ?? []) this.#breaches.set(id, this.#textOf(breach));
      const track = this.#watched.get(named);
      containers.push([named, track ? this.#saved(key, track) : null]);
    }
    this.#changed.clear();
    const breaches = this.#breaches;
    this.#breaches = new Map();
    const found = this.#found;
    this.#found = new Map();
    return { containers, breaches, found };
  }

  /** All that is known. */
  *saved(): Generator<[Named, SavedContainer]> {
    for (const [named, track] of this.#watched.all()) yield [named, this.#saved(keyOf(named), track)];
  }

  /** @throws RangeError where the container is known already: its events were not given to one judge at a time */
  restore(named: Named, { track: saved, breaches }: SavedContainer): void {
    if (this.#watched.get(named))
      throw new RangeError(
        `${named.namespace} ${named.container} has two states (allowed: one): give all events of a container to one judge`,
      );
    const track = Track.restore(coursesOf(this.#judge), saved, named);
    this.#watched.restore(named, track);
    if (breaches.length > 0)
      this.#open.set(
        keyOf(named),
        breaches.map((each) => ({ id: each.id, breach: this.#restored(named, track, each) })),
      );
  }

  /** Goes on with the numbers of a judge whose containers are restored. */
  continueFrom(numDeleted: number): void {
    this.#watched.continueFrom(numDeleted);
  }

  /** Tells of the breaches of which no more will be known, as they are now. */
  #tellWhole(key: string, named: Named): void {
    const open = this.#open.get(key);
    if (!open) return;
    const track = this.#watched.get(named);
    const isWhole = ({ breach }: OpenBreach): boolean =>
      !track || breach.history !== track.history || track.size - breach.place >= rowsAfter;
    for (const each of open.filter(isWhole)) this.#breaches.set(each.id, this.#textOf(each.breach));
    const left = open.filter((each) => !isWhole(each));
    if (left.length > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }

  #saved(key: string, track: Track): SavedContainer {
    const open = this.#open.get(key) ?? [];
    const breaches = open.map(
      ({ id, breach }): SavedBreach => ({
        id,
        rule: breach.rule.name,
        exec: breach.exec,
        event: track.history.indexOf(breach.event),
        place: breach.place,
        basis: breach.diagnosis?.basis ?? null,
      }),
    );
    return { track: track.save(), breaches };
  }

  #restored(named: Named, { history, isWhole }: Track, saved: SavedBreach): LogBreach {
    const { rule, exec, event: at, place, basis } = saved;
    const event = history[at];
    if (!event) throw new RangeError(`a saved breach has no event ${at}: the state is damaged`);
    const diagnosis = (basis && this.#judge?.diagnose(isWhole, basis, history)) ?? null;
    return { rule: wireRule(rule), ...named, exec, event, history, place, diagnosis };
  }
}

function keyOf({ namespace, container }: Named): string {
  return `${namespace}\n${container}`;
}
