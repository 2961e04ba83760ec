import type { ObservedEvent } from './observed.ts';
import type { Track } from './track.ts';

/** Containers that are watched at once. Beyond that, one is forgotten that has been silent for long. */
export const watchedMax = 200_000;

/** Deleted containers that are remembered, so that an event after the delete is recognized. */
const deletedMax = 10_000;

type Named = Pick<ObservedEvent, 'namespace' | 'container'>;

/** The containers that a monitor watches, in bounded memory. */
export class WatchedContainers {
  /** How many were forgotten although they were not deleted. */
  forgotten = 0;
  readonly #tracks = new Map<string, Track>();
  readonly #deleted: string[] = [];

  get(named: Named): Track | undefined {
    return this.#tracks.get(keyOf(named));
  }

  /** Watches a container, in place of an older one with its name. */
  add(named: Named, track: Track): void {
    const key = keyOf(named);
    this.#tracks.delete(key);
    if (this.#tracks.size >= watchedMax) this.#forgetOne();
    this.#tracks.set(key, track);
  }

  /** Marks a container as deleted. Of too many, the first one is forgotten. */
  markDeleted(named: Named, track: Track): void {
    track.isDeleted = true;
    this.#deleted.push(keyOf(named));
    if (this.#deleted.length <= deletedMax) return;
    const oldest = this.#deleted.shift();
    if (oldest !== undefined && this.#tracks.get(oldest)?.isDeleted) this.#tracks.delete(oldest);
  }

  /** The tracks of the containers that are not deleted. */
  alive(): Track[] {
    return [...this.#tracks.values()].filter(({ isDeleted }) => !isDeleted);
  }

  /** Forgets the first that was silent since its last turn. One that was not silent waits for another turn. */
  #forgetOne(): void {
    for (const [key, track] of this.#tracks) {
      this.#tracks.delete(key);
      if (!track.isFresh) {
        if (!track.isDeleted) this.forgotten++;
        return;
      }
      track.isFresh = false;
      this.#tracks.set(key, track);
    }
  }
}

function keyOf({ namespace, container }: Named): string {
  return `${namespace}/${container}`;
}
