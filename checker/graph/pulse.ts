import type { Watching } from '../limits.ts';

const beatsPerLook = 256;
const progressEveryMs = 1_000;

/**
 * `isCancelled` has ended an exploration that has no report of its own.
 *
 * @example
 * ```ts
 * import { CancelledError, StateGraph } from 'shim-spec/checker';
 *
 * const counter = {
 *   initial: { n: 0 },
 *   actions: ['add'],
 *   step: (s: { n: number }) => {
 *     s.n++;
 *     return true;
 *   },
 *   properties: [],
 * };
 * const end = performance.now() + 100;
 * const graph = new StateGraph(counter, 1e9, { isCancelled: () => performance.now() > end });
 * try {
 *   for (let number = 0; ; number++) graph.edges(number);
 * } catch (error) {
 *   if (error instanceof CancelledError) console.log(graph.size > 1);
 *   // true
 * }
 * ```
 */
export class CancelledError extends Error {
  /** To tell it from other errors where classes are of two copies of this package. */
  override readonly name = 'CancelledError';

  constructor() {
    super('the exploration was cancelled');
  }
}

/** Asks now and then whether an exploration is cancelled, and tells how far it is. */
export class Pulse<P> {
  readonly #watching: Watching<P>;
  readonly #startMs = performance.now();
  #beats = 0;
  #toldMs = 0;

  constructor(watching: Watching<P>) {
    this.#watching = watching;
  }

  /** To be called once for each small piece of work. @throws CancelledError */
  beat(progress: (elapsedMs: number) => P): void {
    if (this.#beats++ % beatsPerLook !== 0) return;
    if (this.#watching.isCancelled?.()) throw new CancelledError();
    const elapsedMs = performance.now() - this.#startMs;
    if (elapsedMs - this.#toldMs < progressEveryMs) return;
    this.#toldMs = elapsedMs;
    this.#watching.onProgress?.(progress(elapsedMs));
  }
}
