import type { Limits, Progress, Watching } from './limits.ts';
import type { SearchOptions } from './options.ts';
import type { Stop } from './verdict.ts';

/** What a search may take when nobody says: 2 GiB. */
export const memoryMaxBytesDefault: number = 2 * 1024 ** 3;

/** A plain state may take some milliseconds. */
const clockEveryStates = 16;
const progressEveryMs = 1_000;

/** Watches a search's {@link Limits} and reports progress about once a second. */
export class BoundWatch {
  readonly #limits: Limits;
  readonly #watching: Watching;
  readonly #startMs: number;
  #toldMs: number;
  /** Set by {@link mayGoDeeper}: the search left something out because of its depth. */
  depthWasReached: boolean;

  constructor(options: SearchOptions) {
    this.#toldMs = options.resume?.elapsedMs ?? 0;
    this.#startMs = performance.now() - this.#toldMs;
    this.depthWasReached = options.resume?.depthWasReached ?? false;
    this.#limits = options.limits ?? {};
    this.#watching = options;
  }

  elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  /** Whether a new state `depth` steps from the initial one is within the bound. */
  mayGoDeeper(depth: number): boolean {
    const { depthMax } = this.#limits;
    if (depthMax === undefined || depth <= depthMax) return true;
    this.depthWasReached = true;
    return false;
  }

  /** To be asked before each expansion; `head` counts them. */
  stop(head: number, states: number, violated: boolean, progress: () => Progress): Stop {
    if (violated && this.#limits.stopAtViolation) return 'violation';
    if (states >= (this.#limits.statesMax ?? Infinity)) return 'states';
    if (head % clockEveryStates !== 0) return null;
    if (this.#watching.isCancelled?.()) return 'interrupt';
    const elapsedMs = this.elapsedMs();
    if (elapsedMs >= (this.#limits.timeoutMs ?? Infinity)) return 'time';
    const now = progress();
    if (now.bytes >= (this.#limits.memoryMaxBytes ?? memoryMaxBytesDefault)) return 'memory';
    if (elapsedMs - this.#toldMs >= progressEveryMs) {
      this.#toldMs = elapsedMs;
      this.#watching.onProgress?.(now);
    }
    return null;
  }
}
