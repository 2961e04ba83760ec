import { ClaimLearner } from '../learning/claim-learner.ts';
import { EffectTable } from '../learning/effects.ts';
import { Recorder } from '../learning/recorder.ts';
import { StepLearner } from '../learning/step-learner.ts';
import { Ledger } from '../ledger.ts';
import type { Progress, Watching } from '../limits.ts';
import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import { type Slot, slotsOf, stateOf } from '../store/slots.ts';
import { Store } from '../store/store.ts';
import { ownWords } from '../store/words.ts';
import { type WholeModel, wholeModel } from '../whole-model.ts';
import { Pulse } from './pulse.ts';

/** How far the exploration of a graph is. */
export type GraphProgress = Pick<Progress, 'states' | 'elapsedMs'>;

/** A step from one state to another, in numbers. */
export interface Edge {
  /** The index of its action among `model.actions`. */
  readonly action: number;
  /** The number of the state after it. */
  readonly to: number;
}

/**
 * The reachable states of a model as a graph that is explored where somebody looks, each state once.
 *
 * For those who ask about paths, not about all states: is there a run that does this and then that? State 0 is the
 * initial one. Properties are not judged.
 *
 * @example
 * ```ts
 * import { StateGraph } from 'shim-spec/checker';
 *
 * const graph = new StateGraph({
 *   initial: { n: 0 },
 *   actions: [1, 2],
 *   step: (s, by) => {
 *     if (s.n + by > 2) return false;
 *     s.n += by;
 *     return true;
 *   },
 *   properties: [],
 * });
 * for (const { action, to } of graph.edges(0)) console.log(graph.model.actions[action], graph.state(to));
 * // 1 { n: 1 }
 * // 2 { n: 2 }
 * ```
 */
export class StateGraph<S extends object, A> {
  /** The model, with every default filled in. */
  readonly model: WholeModel<S, A>;
  readonly #slots: Slot[];
  readonly #store: Store;
  readonly #effects = new EffectTable(ownWords);
  readonly #steps: StepLearner<S, A>;
  readonly #edges: (readonly Edge[] | undefined)[] = [];
  readonly #numbers: Int32Array;
  readonly #statesMax: number;
  readonly #pulse: Pulse<GraphProgress>;
  #isFull = false;
  /** The state that was read last, and its words. */
  #readNumber = -1;
  #readNodes: Int32Array = new Int32Array(0);

  /**
   * @param statesMax more states than this end the exploration with ModelError
   * @param watching `isCancelled` ends the exploration with CancelledError
   */
  constructor(model: Model<S, A>, statesMax = 20_000_000, watching: Watching<GraphProgress> = {}) {
    this.#pulse = new Pulse(watching);
    this.model = wholeModel(model);
    this.#statesMax = statesMax;
    this.#slots = slotsOf(model.initial);
    this.#numbers = new Int32Array(this.#slots.length);
    const recorder = new Recorder<S>(this.#slots);
    this.#store = new Store(this.#slots, { statesMax });
    const bare = { ...this.model, properties: [] };
    const claims = new ClaimLearner<S, A>(bare, new Ledger(bare), recorder, this.#effects, ownWords);
    const lessons = { model: this.model, slots: this.#slots, recorder, claims, effects: this.#effects };
    this.#steps = new StepLearner<S, A>({ ...lessons, store: this.#store }, ownWords);
    this.#store.add(this.#store.newNodes());
  }

  /** How many states have been met. */
  get size(): number {
    return this.#store.count;
  }

  /** Whether a state was met that is more than allowed. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Every step that state `number` enables. @throws ModelError where the model is larger than allowed; CancelledError */
  edges(number: number): readonly Edge[] {
    this.#edges[number] ??= this.#explore(number);
    return this.#edges[number];
  }

  /** Lets go of the steps of state `number`, for those who look at each state once. */
  forget(number: number): void {
    this.#edges[number] = undefined;
  }

  /** State `number`, whole. */
  state(number: number): S {
    this.#store.unpack(number, this.#numbers);
    return stateOf(this.#slots, this.#numbers) as S;
  }

  /**
   * Reads one end of the state's tree without building the state.
   *
   * @param path the keys that lead to it: `['calls', 'create c1', 'pc']`
   * @throws ModelError where the state has no such end
   */
  reader(path: readonly string[]): (number: number) => unknown {
    const index = this.#slots.findIndex((slot) => slot.path.join('\0') === path.join('\0'));
    const slot = this.#slots[index];
    if (!slot) throw new ModelError(`a state of ${this.model.name} has no end at ${path.join('.')}`);
    const values: unknown[] = [];
    return (number) => {
      const { word, shift, mask } = this.#store.layout;
      const packed = this.#read(number)[word[index] as number] as number;
      const value = (packed >>> (shift[index] as number)) & (mask[index] as number);
      values[value] ??= slot.valueOf(value);
      return values[value];
    };
  }

  /** The words of state `number`; a state is often read more than once in a row. */
  #read(number: number): Int32Array {
    if (this.#readNumber !== number) {
      if (this.#readNodes.length !== this.#store.tree.size) this.#readNodes = this.#store.newNodes();
      this.#store.load(number, this.#readNodes);
      this.#readNumber = number;
    }
    return this.#readNodes;
  }

  #explore(number: number): Edge[] {
    this.#pulse.beat((elapsedMs) => ({ states: this.size, elapsedMs }));
    const nodes = this.#enabledIn(number);
    const { actions, leaves } = this.#steps.enabled;
    return actions.map((action, i) => {
      const after = nodes.slice();
      this.#effects.apply(leaves[i] as number, after);
      return { action, to: this.#numberOf(after) };
    });
  }

  /** Finds what state `number` enables. @returns its nodes */
  #enabledIn(number: number): Int32Array {
    for (;;) {
      const nodes = this.#store.newNodes();
      this.#store.load(number, nodes);
      if (this.#steps.findEnabled(nodes)) return nodes;
      this.#steps.isOutgrown = false;
      if (this.#store.repack()) this.#store.rebuildIndex();
      this.#effects.compileAll(this.#store.layout, this.#store.tree);
      this.#readNumber = -1;
    }
  }

  /** The number of the state whose words stand at the beginning of `nodes`, a new one where it has not been met. */
  #numberOf(nodes: Int32Array): number {
    const known = this.#store.find(nodes);
    if (known >= 0) return known;
    if (this.#store.count >= this.#statesMax) {
      this.#isFull = true;
      throw new ModelError(
        `the part of ${this.model.name} that is asked about is too large (got more than ${this.#statesMax} states): lower the bound`,
      );
    }
    return this.#store.add(nodes);
  }
}
