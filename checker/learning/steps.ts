import type { OpenClaim } from '../ledger.ts';
import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import { asymmetric, type Symmetry } from '../reductions/symmetry.ts';
import type { Slot } from '../store/slots.ts';
import type { Store } from '../store/store.ts';
import type { Allocate } from '../store/words.ts';
import { Candidates } from './candidates.ts';
import type { Claims } from './claims.ts';
import type { Effects } from './effects.ts';
import type { Footprint, Recorder } from './recorder.ts';
import { leafNo, Tries, walk } from './tries.ts';
import { type KnownSteps, Walker } from './walker.ts';

/** What the steps of a model are learnt with. */
export interface Lessons<S extends object, A> {
  readonly model: Model<S, A>;
  readonly slots: readonly Slot[];
  readonly recorder: Recorder<S>;
  readonly claims: Claims<S, A>;
  readonly effects: Effects;
  readonly store: Store;
}

/** The steps of a model, learnt one path at a time: which actions a packed state enables, and what each does. */
export class Steps<S extends object, A> implements KnownSteps {
  readonly tries: Tries;
  readonly candidates: Candidates;
  /** A slot has outgrown its bits: what is packed has to be laid out anew before anything else is asked. */
  isOutgrown = false;
  /** What the search takes for equal: each step that is learnt is compared with an image. */
  symmetry: Symmetry<S, A> | null = null;
  readonly #lessons: Lessons<S, A>;
  readonly #numbers: Int32Array;
  readonly #walker: Walker;
  #words: Int32Array = new Int32Array(1);

  constructor(lessons: Lessons<S, A>, allocate: Allocate) {
    this.#lessons = lessons;
    this.tries = new Tries(lessons.model.actions.length, allocate);
    this.#numbers = new Int32Array(lessons.slots.length);
    this.candidates = new Candidates(this.#guards(), allocate);
    this.#walker = new Walker(this, lessons.store.layout);
  }

  /** The actions that the last state given to {@link findEnabled} enables, and the leaf of each. */
  get enabled(): { actions: readonly number[]; leaves: readonly number[] } {
    const { actions, leaves, count } = this.#walker;
    return { actions: [...actions.subarray(0, count)], leaves: [...leaves.subarray(0, count)] };
  }

  /** The same, in place. */
  get found(): Walker {
    return this.#walker;
  }

  /** The slot that each action reads first, found by running it once on the initial state. */
  #guards(): number[] {
    return this.#lessons.model.actions.map((action) => this.#run(action).footprint.reads[0] ?? -1);
  }

  /** Finds the actions that the state at the beginning of `words` enables. @returns false where a slot was outgrown */
  findEnabled(words: Int32Array): boolean {
    this.#words = words;
    this.#walker.places = this.#lessons.store.layout;
    const isFound = this.#walker.findEnabled(words, this.#learn, this.#begin);
    return isFound && !this.isOutgrown;
  }

  /** The value numbers after `action`, which has been learnt, in the state that is packed in `words`. */
  outcome(words: Int32Array, action: number): Int32Array {
    const { layout } = this.#lessons.store;
    const numbers = new Int32Array(this.#lessons.slots.length);
    layout.unpack(words, 0, numbers);
    const leaf = walk(this.tries, action, words, layout);
    for (const [slot, value] of this.#lessons.effects.writes(leaf)) numbers[slot] = value;
    return numbers;
  }

  /** Runs the recipe of `action` on the state in `#numbers`. */
  #run(action: A): { result: boolean; judged: readonly OpenClaim[]; footprint: Footprint } {
    const { recorder, model, claims } = this.#lessons;
    return recorder.run(
      this.#numbers,
      (draft) => model.step(draft, action),
      (before, after, enabled) => (enabled ? claims.brokenBy(before, after) : []),
      'a property of steps',
    );
  }

  readonly #begin = (guard: number, value: number): number => this.candidates.begin(guard, value);

  /** Runs the recipe of `action` on the current state and notes what it does. */
  readonly #learn = (action: number, guard: number, guardValue: number): number => {
    const { model, slots, effects, store } = this.#lessons;
    if (this.isOutgrown) return leafNo;
    const recipe = model.actions[action] as A;
    const { layout, tree } = store;
    layout.unpack(this.#words, 0, this.#numbers);
    const { result, judged, footprint } = this.#run(recipe);
    if (!result && footprint.writes.length > 0) {
      throw new ModelError(
        `${model.label(recipe)} is not enabled and yet writes (got a write and false, allowed one of them): check before writing`,
      );
    }
    const { leaf, isNew } = result
      ? effects.leafFor(footprint.writes, judged)
      : { leaf: leafNo, isNew: false };
    this.tries.learn(action, footprint, this.#numbers, leaf);
    if (!result && footprint.reads.length <= 1) this.candidates.ruleOut(guard, guardValue, action);
    if (this.symmetry) this.#compareWithImage(this.symmetry, action, result, footprint);
    this.isOutgrown = slots.some(({ size }, slot) => !layout.holds(slot, size - 1));
    if (isNew && !this.isOutgrown) effects.compile(leaf, layout, tree);
    return leaf;
  };

  /** Does the step that has just been learnt once more under a renaming: it has to do the same there. */
  #compareWithImage(symmetry: Symmetry<S, A>, action: number, result: boolean, footprint: Footprint): void {
    const { model, recorder } = this.#lessons;
    const { action: other, numbers, imageOf } = symmetry.mirrored(action, this.#numbers);
    const expected = numbers.slice();
    const image = recorder.run(
      numbers,
      (draft) => model.step(draft, model.actions[other] as A),
      () => null,
      'a step',
    );
    for (const [slot, value] of footprint.writes) {
      const [to, as] = imageOf(slot, value);
      expected[to] = as;
    }
    for (const [slot, value] of image.footprint.writes) numbers[slot] = value;
    if (image.result === result && expected.every((value, slot) => value === numbers[slot])) return;
    const [one, two] = [action, other].map((index) => model.label(model.actions[index] as A));
    throw asymmetric(`${one} does something else than its counterpart ${two}`);
  }
}
