import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import { Ledger } from '../verdict.ts';
import { Claims } from './claims.ts';
import { Effects } from './effects.ts';
import { Recorder } from './recorder.ts';
import { type Slot, slotsOf, stateOf } from './slots.ts';
import { Steps } from './steps.ts';
import { hashOf, Store } from './store.ts';

/** A step from one state to another: the index of its action, and the number of the state after it. */
export interface Edge {
  readonly action: number;
  readonly to: number;
}

/**
 * The reachable states of a model as a graph that is explored where somebody looks, each state once.
 *
 * For those who ask about paths, not about all states: is there a run that does this and then that? State 0 is the
 * initial one. Properties are not judged.
 */
export class StateGraph<S extends object, A> {
  readonly model: Model<S, A>;
  readonly #slots: Slot[];
  readonly #store: Store;
  readonly #effects = new Effects();
  readonly #steps: Steps<S, A>;
  readonly #edges: (readonly Edge[] | undefined)[] = [];
  readonly #numbers: Int32Array;
  readonly #statesMax: number;
  #current: Int32Array;
  #at = 0;
  #isFull = false;

  /** @param statesMax more states than this end the exploration with ModelError */
  constructor(model: Model<S, A>, statesMax = 20_000_000) {
    this.model = model;
    this.#statesMax = statesMax;
    this.#slots = slotsOf(model.initial);
    this.#numbers = new Int32Array(this.#slots.length);
    const recorder = new Recorder<S>(this.#slots);
    this.#store = new Store(this.#slots);
    const ledger = new Ledger<S, A>({ ...model, properties: [] });
    const claims = new Claims({ ...model, properties: [] }, ledger, recorder, this.#effects);
    this.#steps = new Steps(model, this.#slots, recorder, claims, this.#effects, this.#store.layout);
    this.#steps.tell({ symmetry: null, stubborn: null, repack: () => this.#repack() });
    this.#current = new Int32Array(this.#store.layout.width);
    this.#steps.moveTo(this.#current, this.#store.layout);
    this.#store.add(this.#current, 0, hashOf(this.#current, 0, this.#store.layout.width), 0, 0);
  }

  /** How many states have been met. */
  get size(): number {
    return this.#store.count;
  }

  /** Whether a state was met that is more than allowed. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Every step that state `number` enables. @throws ModelError where the model is larger than allowed */
  edges(number: number): readonly Edge[] {
    this.#edges[number] ??= this.#explore(number);
    return this.#edges[number];
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
      const { layout } = this.#store;
      const { words, from } = this.#store.locate(number);
      const packed = words[from + (layout.word[index] as number)] as number;
      const value = (packed >>> (layout.shift[index] as number)) & (layout.mask[index] as number);
      values[value] ??= slot.valueOf(value);
      return values[value];
    };
  }

  #explore(number: number): Edge[] {
    this.#at = number;
    this.#store.load(number, this.#current);
    this.#steps.findEnabled();
    const { actions, leaves } = this.#steps;
    const numbers = new Int32Array(this.#slots.length);
    return actions.map((action, i) => {
      this.#store.unpack(number, numbers);
      for (const [slot, value] of this.#effects.writes(leaves[i] as number)) numbers[slot] = value;
      return { action, to: this.#numberOf(numbers, number, action) };
    });
  }

  #numberOf(numbers: Int32Array, parent: number, action: number): number {
    const { layout } = this.#store;
    const words = new Int32Array(layout.width);
    layout.pack(numbers, words, 0);
    const hash = hashOf(words, 0, layout.width);
    const known = this.#store.find(words, 0, hash);
    if (known >= 0) return known;
    if (this.#store.count >= this.#statesMax) {
      this.#isFull = true;
      throw new ModelError(
        `the part of ${this.model.name} that is asked about is too large (got more than ${this.#statesMax} states): lower the bound`,
      );
    }
    return this.#store.add(words, 0, hash, parent, action);
  }

  #repack(): void {
    this.#store.repack();
    this.#effects.compileAll(this.#store.layout);
    this.#current = new Int32Array(this.#store.layout.width);
    this.#steps.moveTo(this.#current, this.#store.layout);
    this.#store.load(this.#at, this.#current);
  }
}
