import type { Named } from './observed.ts';
import type { Track } from './track.ts';

/** Containers that are watched at once. Beyond that, one is forgotten that has been silent for long. */
export const watchedMax = 200_000;

/** Deleted containers that are remembered, so that an event after the delete is recognized. */
const deletedMax = 4_000;

/** Of these, the last ones keep their history as well. */
const historiesMax = 500;

/** The containers that a monitor watches, in bounded memory. */
export class WatchedContainers {
  /** How many were forgotten although they were not deleted. */
  forgotten = 0;
  #size = 0;
  readonly #tracks = new Map<string, Map<string, Track>>();
  /** A ring of the containers that were deleted last. */
  readonly #deleted: { readonly named: Named; readonly track: Track }[] = [];
  #numDeleted = 0;
  readonly #onChange: (named: Named) => void;
  /** Events that follow each other are mostly of one namespace. */
  #lastNamespace: string | null = null;
  #last: Map<string, Track> | undefined;

  /** @param onChange told of each container that was added, was forgotten, or whose history was cut, beside what its events change */
  constructor(onChange: (named: Named) => void = () => undefined) {
    this.#onChange = onChange;
  }

  get({ namespace, container }: Named): Track | undefined {
    if (namespace !== this.#lastNamespace) {
      this.#lastNamespace = namespace;
      this.#last = this.#tracks.get(namespace);
    }
    return this.#last?.get(container);
  }

  /** Watches a container, in place of an older one with its name. */
  add(named: Named, track: Track): void {
    this.#remove(named);
    if (this.#size >= watchedMax) this.#forgetOne();
    this.#put(named, track);
  }

  /** Marks a container as deleted. Of too many, the first one is forgotten. */
  markDeleted({ namespace, container }: Named, track: Track): void {
    const at = this.#numDeleted;
    this.#putDeleted({ namespace, container }, track, at);
    const older = this.#deleted[(at - historiesMax) % deletedMax];
    if (older?.track.deletedAt !== at - historiesMax) return;
    older.track.history = older.track.history.slice(-1);
    this.#onChange(older.named);
  }

  /** How many were deleted so far. */
  get numDeleted(): number {
    return this.#numDeleted;
  }

  /** Goes on where another one ended. */
  continueFrom(numDeleted: number): void {
    this.#numDeleted = Math.max(this.#numDeleted, numDeleted);
  }

  /** Takes a container that was saved. */
  restore(named: Named, track: Track): void {
    this.#put(named, track);
    const { deletedAt } = track;
    if (deletedAt === null) return;
    const isTaken = this.#deleted[deletedAt % deletedMax] !== undefined;
    this.#putDeleted(named, track, isTaken ? this.#numDeleted : deletedAt);
  }

  #putDeleted(named: Named, track: Track, at: number): void {
    const oldest = this.#deleted[at % deletedMax];
    if (oldest?.track.deletedAt === at - deletedMax && this.get(oldest.named) === oldest.track)
      this.#remove(oldest.named);
    this.#deleted[at % deletedMax] = { named, track };
    track.deletedAt = at;
    this.continueFrom(at + 1);
  }

  /** All containers, the deleted ones that are remembered as well. */
  *all(): Generator<[Named, Track]> {
    for (const [namespace, tracks] of this.#tracks)
      for (const [container, track] of tracks) yield [{ namespace, container }, track];
  }

  /** The tracks of the containers that are not deleted. */
  alive(): Track[] {
    const all = [...this.#tracks.values()].flatMap((tracks) => [...tracks.values()]);
    return all.filter(({ isDeleted }) => !isDeleted);
  }

  #put({ namespace, container }: Named, track: Track): void {
    let tracks = this.#tracks.get(namespace);
    if (!tracks) {
      tracks = new Map();
      this.#tracks.set(namespace, tracks);
      this.#lastNamespace = null;
    }
    tracks.set(container, track);
    this.#size++;
  }

  #remove({ namespace, container }: Named): void {
    if (!this.#tracks.get(namespace)?.delete(container)) return;
    this.#size--;
    this.#onChange({ namespace, container });
  }

  /** Forgets the first that was silent since its last turn. One that was not silent waits for another turn. */
  #forgetOne(): void {
    for (const [namespace, tracks] of this.#tracks) {
      for (const [container, track] of tracks) {
        this.#remove({ namespace, container });
        if (!track.isFresh) {
          if (!track.isDeleted) this.forgotten++;
          return;
        }
        track.isFresh = false;
        this.#put({ namespace, container }, track);
      }
    }
  }
}
