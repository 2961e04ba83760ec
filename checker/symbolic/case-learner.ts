import { ModelError, writesWithoutBeingEnabled } from '../misuse.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import type { WholeModel } from '../whole-model.ts';
import { PartialReadRecorder, UnknownSlotRead } from './partial-read-recorder.ts';
import { slotOrbits } from './slot-orbits.ts';
import { anArray, unchanged, ValueCodes } from './value-codes.ts';

/** What a recipe does in every state of which it sees `seen`. */
export interface LearntCase {
  /** The number of an action; or, behind the actions, of a claim. */
  readonly recipe: number;
  /** For each slot that was read, the code of what was seen of its value: see {@link ValueCodes}. */
  readonly seen: ReadonlyMap<number, number>;
  /** For an action: whether it is enabled. For a claim: whether its check is true. */
  readonly result: boolean;
  /** For each slot that was written, the code of what was written. */
  readonly written: ReadonlyMap<number, number>;
}

/** A claim about states, and the number of its recipe. */
export interface ClaimRecipe {
  readonly property: number;
  readonly subject: string;
  readonly recipe: number;
}

/**
 * Learns cases: runs the recipe of an action or claim on a state, and keeps how little of the state it needed.
 *
 * It also keeps which slots are *live*: their value differs between states, and a recipe reads it. A slot that no recipe
 * reads cannot change what a step or a claim does, so the search may leave it out.
 */
export class CaseLearner<S extends object, A> {
  readonly slots: readonly Slot[];
  readonly values: ValueCodes;
  readonly cases: LearntCase[] = [];
  readonly claims: readonly ClaimRecipe[];
  readonly #model: WholeModel<S, A>;
  readonly #recorder: PartialReadRecorder<S>;
  /** Slots that are equal by symmetry have the same number, and are live together. */
  readonly #orbit: readonly number[];
  readonly #isRead: boolean[];
  readonly #isArray: boolean[];
  readonly #isChanged: boolean[];
  readonly #keepsAll: boolean;

  /** @param keepsAll whether every slot whose value changes counts as live, read or not */
  constructor(model: WholeModel<S, A>, keepsAll: boolean) {
    this.#model = model;
    this.#keepsAll = keepsAll;
    this.slots = slotsOf(model.initial);
    this.values = new ValueCodes(this.slots);
    this.#recorder = new PartialReadRecorder<S>(this.values);
    this.#orbit = slotOrbits(this.slots, model.symmetry);
    this.#isRead = this.slots.map(() => false);
    this.#isArray = this.slots.map((_, slot) => this.values.isArray(slot, 0));
    this.#isChanged = this.slots.map(() => false);
    let recipe = model.actions.length;
    this.claims = model.properties.flatMap(({ kind, subjects }, property) =>
      kind === 'step' ? [] : subjects.map((subject) => ({ property, subject, recipe: recipe++ })),
    );
  }

  /** Whether the search has to keep the slot's value. */
  isLive(slot: number): boolean {
    return this.isChanged(slot) && (this.#keepsAll || this.#isRead[this.#orbitOf(slot)] === true);
  }

  isChanged(slot: number): boolean {
    return this.#isChanged[this.#orbitOf(slot)] === true;
  }

  /** Says that a recipe reads a slot. */
  markRead(slot: number): void {
    this.#isRead[this.#orbitOf(slot)] = true;
  }

  #orbitOf(slot: number): number {
    return this.#orbit[slot] as number;
  }

  /**
   * Learns what a recipe does in the state whose slots have the values `numbers`, some of which may be unknown.
   *
   * @returns a slot instead of a case, where the recipe reads it and its value is unknown
   */
  learn(numbers: Int32Array, recipe: number): LearntCase | number {
    try {
      const { result, seen, written } = this.#recorder.run(numbers, this.#functionOf(recipe));
      const learntCase = { recipe, seen, result, written };
      this.#assertPure(learntCase);
      this.#assertSameWithWholeLists(numbers, learntCase);
      this.cases.push(learntCase);
      this.#updateSlotUse(learntCase);
      return learntCase;
    } catch (error) {
      if (error instanceof UnknownSlotRead) return error.slot;
      throw error;
    }
  }

  #functionOf(recipe: number): (state: S) => boolean {
    const { actions, properties, step } = this.#model;
    if (recipe < actions.length) return (draft) => step(draft, actions[recipe] as A);
    const { property, subject } = this.claims[recipe - actions.length] as ClaimRecipe;
    return (state) => properties[property]?.check(state, subject, state) === true;
  }

  #assertPure({ recipe, result, written }: LearntCase): void {
    const { actions, properties, label } = this.#model;
    if (written.size === 0 || (recipe < actions.length && result)) return;
    const claim = this.claims[recipe - actions.length];
    if (!claim) throw writesWithoutBeingEnabled(label(actions[recipe] as A));
    throw new ModelError(
      `property '${properties[claim.property]?.name}' writes to the state (allowed: to read it)`,
    );
  }

  /** Runs the recipe once more on plain arrays. @throws ModelError where it does something else with a {@link ListView} */
  #assertSameWithWholeLists(numbers: Int32Array, { recipe, result, written }: LearntCase): void {
    const after = (slot: number, write: number): number =>
      this.values.valueAfter(slot, numbers[slot] as number, write);
    try {
      const whole = this.#recorder.run(numbers, this.#functionOf(recipe), true);
      const slots = new Set([...written.keys(), ...whole.written.keys()]);
      const isSame = [...slots].every(
        (slot) =>
          after(slot, written.get(slot) ?? unchanged) === after(slot, whole.written.get(slot) ?? unchanged),
      );
      if (isSame && whole.result === result) return;
    } catch (error) {
      if (error instanceof UnknownSlotRead) return;
      throw error;
    }
    throw new ModelError(
      'a step or property does something else with a list than with a view of it (got the result of push compared, perhaps; allowed what arrays have otherwise): use length',
    );
  }

  #updateSlotUse({ seen, written }: LearntCase): void {
    for (const [slot, what] of seen) if (what !== anArray) this.markRead(slot);
    for (const [slot, write] of written) {
      if (write !== 0) this.#isChanged[this.#orbitOf(slot)] = true;
      // A recipe may rely on the slot holding an array. That is harmless as long as nothing else is written to it.
      if (write >= 0 && this.values.isArray(slot, write) !== this.#isArray[slot]) this.markRead(slot);
    }
  }
}
