import type { ObservedEvent } from './observed.ts';
import type { Track } from './track.ts';

/** Containers that are watched at once. Beyond that, one is forgotten that has been silent for long. */
export const watchedMax = 200_000;

/** Deleted containers that are remembered, so that an event after the delete is recognized. */
const deletedMax = 4_000;

/** Of these, the last ones keep their history as well. */
const historiesMax = 500;

type Named = Pick<ObservedEvent, 'namespace' | 'container'>;

/** The containers that a monitor watches, in bounded memory. */
export class WatchedContainers {
  /** How many were forgotten although they were not deleted. */
  forgotten = 0;
  #size = 0;
  readonly #tracks = new Map<string, Map<string, Track>>();
  /** A ring of the containers that were deleted last. */
  readonly #deleted: { readonly named: Named; readonly track: Track }[] = [];
  #numDeleted = 0;
  /** Events that follow each other are mostly of one namespace. */
  #lastNamespace: string | null = null;
  #last: Map<string, Track> | undefined;

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
    track.isDeleted = true;
    const at = this.#numDeleted++;
    const oldest = this.#deleted[at % deletedMax];
    if (oldest && this.get(oldest.named) === oldest.track) this.#remove(oldest.named);
    this.#deleted[at % deletedMax] = { named: { namespace, container }, track };
    const older = this.#deleted[(at - historiesMax) % deletedMax];
    if (older) older.track.history = older.track.history.slice(-1);
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
    if (this.#tracks.get(namespace)?.delete(container)) this.#size--;
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
