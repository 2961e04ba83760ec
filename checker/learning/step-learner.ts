import type { OpenClaim } from '../ledger.ts';
import { writesWithoutBeingEnabled } from '../misuse.ts';
import { asymmetryError, type Canonicalizer } from '../reductions/canonicalizer.ts';
import type { Slot } from '../store/slots.ts';
import type { Store } from '../store/store.ts';
import type { Allocate } from '../store/words.ts';
import type { WholeModel } from '../whole-model.ts';
import { ActionsByGuard } from './actions-by-guard.ts';
import type { ClaimLearner } from './claim-learner.ts';
import type { EffectTable } from './effects.ts';
import { EnabledFinder, type LearntSteps } from './enabled-finder.ts';
import type { Footprint, Recorder } from './recorder.ts';
import { leafNo, Tries, walk } from './tries.ts';

/** The parts of a search that the steps are learnt with. */
export interface StepLearnerParts<S extends object, A> {
  readonly model: WholeModel<S, A>;
  readonly slots: readonly Slot[];
  readonly recorder: Recorder<S>;
  readonly claims: ClaimLearner<S, A>;
  readonly effects: EffectTable;
  readonly store: Store;
}

/** Learns the steps of a model, one path of a trie at a time: which actions a packed state enables, and their effects. */
export class StepLearner<S extends object, A> implements LearntSteps {
  readonly tries: Tries;
  readonly actionsByGuard: ActionsByGuard;
  /** A slot has outgrown its bits: the stored states have to be repacked before any other call. */
  isOutgrown = false;
  /** With symmetry: each step that is learnt is compared with its image under a renaming. */
  canonicalizer: Canonicalizer<S, A> | null = null;
  readonly #parts: StepLearnerParts<S, A>;
  readonly #numbers: Int32Array;
  readonly #finder: EnabledFinder;
  #words: Int32Array = new Int32Array(1);

  constructor(parts: StepLearnerParts<S, A>, allocate: Allocate) {
    this.#parts = parts;
    this.tries = new Tries(parts.model.actions.length, allocate);
    this.#numbers = new Int32Array(parts.slots.length);
    this.actionsByGuard = new ActionsByGuard(this.#guardSlots(), allocate);
    this.#finder = new EnabledFinder(this, parts.store.layout);
  }

  /** The actions that the last state given to {@link findEnabled} enables, and the leaf of each. */
  get enabled(): { actions: readonly number[]; leaves: readonly number[] } {
    const { actions, leaves, count } = this.#finder;
    return { actions: [...actions.subarray(0, count)], leaves: [...leaves.subarray(0, count)] };
  }

  /** The same without a copy: valid until the next call. */
  get lastFound(): EnabledFinder {
    return this.#finder;
  }

  /** The slot that each action reads first: every recipe runs once on the initial state. */
  #guardSlots(): number[] {
    return this.#parts.model.actions.map((action) => this.#run(action).footprint.reads[0] ?? -1);
  }

  /** Finds the actions that the state at the beginning of `words` enables. @returns false where `isOutgrown` */
  findEnabled(words: Int32Array): boolean {
    this.#words = words;
    this.#finder.positions = this.#parts.store.layout;
    const isFound = this.#finder.findEnabled(words, this.#learn, this.#addGuardValue);
    return isFound && !this.isOutgrown;
  }

  /** The value numbers after `action`, which has been learnt, in the state that is packed in `words`. */
  valuesAfter(words: Int32Array, action: number): Int32Array {
    const { layout } = this.#parts.store;
    const numbers = new Int32Array(this.#parts.slots.length);
    layout.unpack(words, 0, numbers);
    const leaf = walk(this.tries, action, words, layout);
    for (const [slot, value] of this.#parts.effects.writes(leaf)) numbers[slot] = value;
    return numbers;
  }

  /** Runs the recipe of `action` on the state in `#numbers`, and judges the claims about steps. */
  #run(action: A): { result: boolean; judged: readonly OpenClaim[]; footprint: Footprint } {
    const { recorder, model, claims } = this.#parts;
    return recorder.run(
      this.#numbers,
      (draft) => model.step(draft, action),
      (before, after, enabled) => (enabled ? claims.brokenBy(before, after) : []),
      'a property of steps',
    );
  }

  readonly #addGuardValue = (guard: number, value: number): number =>
    this.actionsByGuard.addValue(guard, value);

  /** Runs the recipe of `action` on the current state, and adds what it does to the trie. */
  readonly #learn = (action: number, guard: number, guardValue: number): number => {
    const { model, slots, effects, store } = this.#parts;
    if (this.isOutgrown) return leafNo;
    const taken = model.actions[action] as A;
    const { layout, tree } = store;
    layout.unpack(this.#words, 0, this.#numbers);
    const { result, judged, footprint } = this.#run(taken);
    if (!result && footprint.writes.length > 0) {
      throw writesWithoutBeingEnabled(model.label(taken));
    }
    const { leaf, isNew } = result
      ? effects.leafFor(footprint.writes, judged)
      : { leaf: leafNo, isNew: false };
    this.tries.learn(action, footprint, this.#numbers, leaf);
    if (!result && footprint.reads.length <= 1) this.actionsByGuard.ruleOut(guard, guardValue, action);
    if (this.canonicalizer) this.#assertSymmetric(this.canonicalizer, action, result, footprint);
    this.isOutgrown = slots.some(({ size }, slot) => !layout.holds(slot, size - 1));
    if (isNew && !this.isOutgrown) effects.compile(leaf, layout, tree);
    return leaf;
  };

  /** Runs the step that was just learnt once more under a renaming. @throws ModelError where it does something else */
  #assertSymmetric(
    canonicalizer: Canonicalizer<S, A>,
    action: number,
    result: boolean,
    footprint: Footprint,
  ): void {
    const { model, recorder } = this.#parts;
    const { action: other, numbers, imageOf } = canonicalizer.mirrorStep(action, this.#numbers);
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
    throw asymmetryError(`${one} does something else than its counterpart ${two}`);
  }
}
