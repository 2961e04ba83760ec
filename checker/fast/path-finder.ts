import type { Steps } from '../learning/steps.ts';
import type { StoredWay } from '../reductions/decanonicalize.ts';
import type { Symmetry } from '../reductions/symmetry.ts';
import type { Ancestry } from '../store/ancestry.ts';
import type { Store } from '../store/store.ts';

/** How stored states hang together: which step of one leads to another. */
export class Ways<S extends object, A> {
  readonly #ancestry: Ancestry;
  readonly #steps: Steps<S, A>;
  readonly #symmetry: Symmetry<S, A> | null;
  readonly #store: Store;

  constructor(ancestry: Ancestry, steps: Steps<S, A>, symmetry: Symmetry<S, A> | null, store: Store) {
    this.#ancestry = ancestry;
    this.#steps = steps;
    this.#symmetry = symmetry;
    this.#store = store;
  }

  /** The way on which state `number` was found. Its actions are not stored: the first that leads there is the one. */
  to(number: number): StoredWay {
    const numbers = this.#ancestry.wayTo(number);
    const nodes = this.#store.nodes();
    const actions = numbers.map((to, i) => {
      const from = numbers[i - 1] ?? 0;
      this.#store.load(from, nodes);
      this.#steps.findEnabled(nodes);
      return this.#steps.enabled.actions.find((action) => this.#after(from, action) === to) ?? 0;
    });
    return { numbers, actions };
  }

  /** The value numbers after `action`, which has been learnt, in state `number`. */
  outcome(number: number, action: number): Int32Array {
    const nodes = this.#store.nodes();
    this.#store.load(number, nodes);
    return this.#steps.outcome(nodes, action);
  }

  /** The number of the state that is stored for the one after `action`, which has been learnt; -1 where there is none. */
  #after(number: number, action: number): number {
    const numbers = this.outcome(number, action);
    this.#symmetry?.canonicalize(numbers);
    return this.#store.numberOf(numbers);
  }
}
