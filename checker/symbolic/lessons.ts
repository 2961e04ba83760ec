import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import { Observer, UnknownSlot } from './observer.ts';
import { orbitsOf } from './orbits.ts';
import { anArray, unchanged, Values } from './values.ts';

/** What an action does, or a claim says, wherever `seen` is seen. */
export interface Lesson {
  readonly rule: number;
  readonly seen: ReadonlyMap<number, number>;
  /** Of an action: whether it is enabled; of a claim: whether it is true. */
  readonly result: boolean;
  readonly written: ReadonlyMap<number, number>;
}

/** A claim: a property about one subject. */
export interface Claim {
  readonly property: number;
  readonly subject: string;
  readonly rule: number;
}

/**
 * What has been learnt of a model: its rules are the actions, and behind them the claims about states.
 *
 * A slot is *live* where its value differs between states and somebody looks at it. What is written to a slot that nobody
 * looks at makes no difference to what can happen, nor to what is claimed.
 */
export class Lessons<S extends object, A> {
  readonly slots: readonly Slot[];
  readonly values: Values;
  readonly all: Lesson[] = [];
  readonly claims: readonly Claim[];
  readonly #model: Model<S, A>;
  readonly #observer: Observer<S>;
  /** Of what is equal by symmetry one is as live as the other. */
  readonly #orbit: readonly number[];
  readonly #isSeen: boolean[];
  readonly #isArray: boolean[];
  readonly #isChanged: boolean[];
  readonly #keepsAll: boolean;

  /** @param keepsAll whether a slot that nobody looks at counts as live, too */
  constructor(model: Model<S, A>, keepsAll: boolean) {
    this.#model = model;
    this.#keepsAll = keepsAll;
    this.slots = slotsOf(model.initial);
    this.values = new Values(this.slots);
    this.#observer = new Observer<S>(this.values);
    this.#orbit = orbitsOf(this.slots, model.symmetry);
    this.#isSeen = this.slots.map(() => false);
    this.#isArray = this.slots.map((_, slot) => this.values.isArray(slot, 0));
    this.#isChanged = this.slots.map(() => false);
    let rule = model.actions.length;
    this.claims = model.properties.flatMap(({ kind, subjects }, property) =>
      kind === 'step' ? [] : subjects.map((subject) => ({ property, subject, rule: rule++ })),
    );
  }

  /** Whether the slot's value has to be kept. */
  isLive(slot: number): boolean {
    return this.isChanged(slot) && (this.#keepsAll || this.#isSeen[this.#orbitOf(slot)] === true);
  }

  isChanged(slot: number): boolean {
    return this.#isChanged[this.#orbitOf(slot)] === true;
  }

  /** Notes that somebody looks at a slot. */
  look(slot: number): void {
    this.#isSeen[this.#orbitOf(slot)] = true;
  }

  #orbitOf(slot: number): number {
    return this.#orbit[slot] as number;
  }

  /**
   * Learns what a rule does on the state whose slots have the values `numbers`.
   *
   * @returns the number of a slot instead, where its value is unknown and matters
   */
  learn(numbers: Int32Array, rule: number): Lesson | number {
    try {
      const { result, seen, written } = this.#observer.run(numbers, this.#recipe(rule));
      const lesson = { rule, seen, result, written };
      this.#assertPure(lesson);
      this.#assertWhole(numbers, lesson);
      this.all.push(lesson);
      this.#note(lesson);
      return lesson;
    } catch (error) {
      if (error instanceof UnknownSlot) return error.slot;
      throw error;
    }
  }

  #recipe(rule: number): (state: S) => boolean {
    const { actions, properties, step } = this.#model;
    if (rule < actions.length) return (draft) => step(draft, actions[rule] as A);
    const { property, subject } = this.claims[rule - actions.length] as Claim;
    return (state) => properties[property]?.check(state, subject, state) === true;
  }

  #assertPure({ rule, result, written }: Lesson): void {
    const { actions, properties, label } = this.#model;
    if (written.size === 0 || (rule < actions.length && result)) return;
    const claim = this.claims[rule - actions.length];
    throw new ModelError(
      claim
        ? `property '${properties[claim.property]?.name}' writes to the state (allowed: to read it)`
        : `${label(actions[rule] as A)} is not enabled and yet writes (got a write and false, allowed one of them): check before writing`,
    );
  }

  /** The lesson once more with lists as they are: a recipe might tell a view of a list from a list. */
  #assertWhole(numbers: Int32Array, { rule, result, written }: Lesson): void {
    const after = (slot: number, write: number): number =>
      this.values.written(slot, numbers[slot] as number, write);
    try {
      const whole = this.#observer.run(numbers, this.#recipe(rule), true);
      const slots = new Set([...written.keys(), ...whole.written.keys()]);
      const isSame = [...slots].every(
        (slot) =>
          after(slot, written.get(slot) ?? unchanged) === after(slot, whole.written.get(slot) ?? unchanged),
      );
      if (isSame && whole.result === result) return;
    } catch (error) {
      if (error instanceof UnknownSlot) return;
      throw error;
    }
    throw new ModelError(
      'a step or property does something else with a list than with a view of it (got the result of push compared, perhaps; allowed what arrays have otherwise): use length',
    );
  }

  #note({ seen, written }: Lesson): void {
    for (const [slot, what] of seen) if (what !== anArray) this.look(slot);
    for (const [slot, write] of written) {
      if (write !== 0) this.#isChanged[this.#orbitOf(slot)] = true;
      // That it is an array was seen, or may be: that makes no difference as long as it always is one.
      if (write >= 0 && this.values.isArray(slot, write) !== this.#isArray[slot]) this.look(slot);
    }
  }
}
