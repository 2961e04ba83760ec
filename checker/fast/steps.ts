import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import type { OpenClaim } from '../verdict.ts';
import { Candidates } from './candidates.ts';
import type { Claims } from './claims.ts';
import type { Effects } from './effects.ts';
import type { Layout } from './layout.ts';
import type { Footprint, Recorder } from './recorder.ts';
import type { Slot } from './slots.ts';
import type { Stubborn } from './stubborn.ts';
import { asymmetric, type Symmetry } from './symmetry.ts';
import { leafNo, Tries } from './tries.ts';

/** Who is told of what is learnt about the steps. */
export interface Learners<S extends object, A> {
  readonly symmetry: Symmetry<S, A> | null;
  readonly stubborn: Stubborn<S, A> | null;
  /** A slot has outgrown its bits; it has another place when this returns. */
  readonly repack: () => void;
}

/** The steps of a model, learnt one path at a time: which actions a packed state enables, and what each does. */
export class Steps<S extends object, A> {
  /** The actions that the last state given to {@link findEnabled} enables, and the leaf of each. */
  readonly actions: number[] = [];
  readonly leaves: number[] = [];
  readonly tries: Tries;
  readonly #model: Model<S, A>;
  readonly #slots: readonly Slot[];
  readonly #recorder: Recorder<S>;
  readonly #claims: Claims<S, A>;
  readonly #effects: Effects;
  readonly #candidates: Candidates;
  readonly #numbers: Int32Array;
  #layout: Layout;
  #current: Int32Array = new Int32Array(1);
  #learners: Learners<S, A> = { symmetry: null, stubborn: null, repack: () => undefined };

  constructor(
    model: Model<S, A>,
    slots: readonly Slot[],
    recorder: Recorder<S>,
    claims: Claims<S, A>,
    effects: Effects,
    layout: Layout,
  ) {
    this.#model = model;
    this.#slots = slots;
    this.#recorder = recorder;
    this.#claims = claims;
    this.#effects = effects;
    this.#layout = layout;
    this.tries = new Tries(model.actions.length);
    this.#numbers = new Int32Array(slots.length);
    this.#candidates = new Candidates(this.#guards());
  }

  tell(learners: Learners<S, A>): void {
    this.#learners = learners;
  }

  /** Tells which packed state the other methods speak of. */
  moveTo(current: Int32Array, layout: Layout): void {
    this.#current = current;
    this.#layout = layout;
  }

  /** The slot that each action reads first, found by running it once on the initial state. */
  #guards(): number[] {
    return this.#model.actions.map((action) => this.#run(action).footprint.reads[0] ?? -1);
  }

  /** The value numbers after `action`, which has been learnt, in the state that is packed in `words`. */
  outcome(words: Int32Array, action: number): Int32Array {
    const numbers = new Int32Array(this.#slots.length);
    this.#layout.unpack(words, 0, numbers);
    const current = this.#current;
    this.#current = words;
    for (const [slot, value] of this.#effects.writes(this.walk(action))) numbers[slot] = value;
    this.#current = current;
    return numbers;
  }

  /** Runs the recipe of `action` on the state in `#numbers`. */
  #run(action: A): { result: boolean; judged: readonly OpenClaim[]; footprint: Footprint } {
    return this.#recorder.run(
      this.#numbers,
      (draft) => this.#model.step(draft, action),
      (before, after, enabled) => (enabled ? this.#claims.brokenBy(before, after) : []),
      'a property of steps',
    );
  }

  /** Finds the actions that the current state enables. */
  findEnabled(): void {
    this.actions.length = 0;
    this.leaves.length = 0;
    const { guards, lists } = this.#candidates;
    for (let g = 0; g < guards.length; g++) {
      const slot = guards[g] as number;
      const value = slot < 0 ? 0 : this.valueOf(slot);
      const list = lists[g]?.[value] ?? this.#candidates.begin(g, value);
      for (let k = 0; k < list.length; k++) {
        const action = list[k] as number;
        const leaf = this.walk(action) || this.#learn(action, g, value);
        if (leaf === leafNo) continue;
        this.actions.push(action);
        this.leaves.push(leaf);
      }
    }
  }

  /** The value number of a slot of the current state. */
  valueOf(slot: number): number {
    const { word, shift, mask } = this.#layout;
    return (
      ((this.#current[word[slot] as number] as number) >>> (shift[slot] as number)) & (mask[slot] as number)
    );
  }

  /** @returns the leaf that `action` ends in on the current state, 0 where that has not been learnt */
  walk(action: number): number {
    const { nodes, edges } = this.tries;
    const { word, shift, mask } = this.#layout;
    const current = this.#current;
    let ref = this.tries.roots[action] as number;
    while (ref > 0) {
      const slot = nodes[3 * ref] as number;
      const value =
        ((current[word[slot] as number] as number) >>> (shift[slot] as number)) & (mask[slot] as number);
      ref =
        value < (nodes[3 * ref + 2] as number)
          ? (edges[(nodes[3 * ref + 1] as number) + value] as number)
          : 0;
    }
    return -ref;
  }

  /** Runs the recipe of `action` on the current state and notes what it does. */
  #learn(action: number, guard: number, guardValue: number): number {
    const recipe = this.#model.actions[action] as A;
    this.#layout.unpack(this.#current, 0, this.#numbers);
    const { result, judged, footprint } = this.#run(recipe);
    if (!result && footprint.writes.length > 0) {
      throw new ModelError(
        `${this.#model.label(recipe)} is not enabled and yet writes (got a write and false, allowed one of them): check before writing`,
      );
    }
    const { leaf, isNew } = result
      ? this.#effects.leafFor(footprint.writes, judged)
      : { leaf: leafNo, isNew: false };
    this.tries.learn(action, footprint, this.#numbers, leaf);
    if (!result && footprint.reads.length <= 1) this.#candidates.ruleOut(guard, guardValue, action);
    this.#learners.stubborn?.learn(
      action,
      footprint.reads,
      footprint.writes.map(([slot]) => slot),
    );
    const { symmetry } = this.#learners;
    if (symmetry) this.#compareWithImage(symmetry, action, result, footprint);
    if (this.#slots.some(({ size }, slot) => !this.#layout.holds(slot, size - 1))) {
      this.#learners.repack();
    } else if (isNew) {
      this.#effects.compile(leaf, this.#layout);
    }
    return leaf;
  }

  /** Does the step that has just been learnt once more under a renaming: it has to do the same there. */
  #compareWithImage(symmetry: Symmetry<S, A>, action: number, result: boolean, footprint: Footprint): void {
    const { action: other, numbers, imageOf } = symmetry.mirrored(action, this.#numbers);
    const expected = numbers.slice();
    const image = this.#recorder.run(
      numbers,
      (draft) => this.#model.step(draft, this.#model.actions[other] as A),
      () => null,
      'a step',
    );
    for (const [slot, value] of footprint.writes) {
      const [to, as] = imageOf(slot, value);
      expected[to] = as;
    }
    for (const [slot, value] of image.footprint.writes) numbers[slot] = value;
    if (image.result === result && expected.every((value, slot) => value === numbers[slot])) return;
    const [one, two] = [action, other].map((index) => this.#model.label(this.#model.actions[index] as A));
    throw asymmetric(`${one} does something else than its counterpart ${two}`);
  }
}
