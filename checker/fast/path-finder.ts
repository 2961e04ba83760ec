import type { StepLearner } from '../learning/step-learner.ts';
import type { Canonicalizer } from '../reductions/canonicalizer.ts';
import type { StoredPath } from '../reductions/decanonicalize.ts';
import type { Ancestry } from '../store/ancestry.ts';
import type { Store } from '../store/store.ts';

/** Finds the path from the initial state to a stored state. */
export class PathFinder<S extends object, A> {
  readonly #ancestry: Ancestry;
  readonly #steps: StepLearner<S, A>;
  readonly #canonicalizer: Canonicalizer<S, A> | null;
  readonly #store: Store;

  constructor(
    ancestry: Ancestry,
    steps: StepLearner<S, A>,
    canonicalizer: Canonicalizer<S, A> | null,
    store: Store,
  ) {
    this.#ancestry = ancestry;
    this.#steps = steps;
    this.#canonicalizer = canonicalizer;
    this.#store = store;
  }

  /** The path that led to the discovery of state `number`. The store has the states on it; the actions are found anew. */
  pathTo(number: number): StoredPath {
    const numbers = this.#ancestry.pathTo(number);
    const nodes = this.#store.newNodes();
    const actions = numbers.map((to, i) => {
      const from = numbers[i - 1] ?? 0;
      this.#store.load(from, nodes);
      this.#steps.findEnabled(nodes);
      return this.#steps.enabled.actions.find((action) => this.#stateAfter(from, action) === to) ?? 0;
    });
    return { numbers, actions };
  }

  /** The value numbers after `action`, which has been learnt, in state `number`. */
  valuesAfter(number: number, action: number): Int32Array {
    const nodes = this.#store.newNodes();
    this.#store.load(number, nodes);
    return this.#steps.valuesAfter(nodes, action);
  }

  /** The number of the state after `action`, or of its representative; -1 where it is not stored. */
  #stateAfter(number: number, action: number): number {
    const numbers = this.valuesAfter(number, action);
    this.#canonicalizer?.canonicalize(numbers);
    return this.#store.findValues(numbers);
  }
}
