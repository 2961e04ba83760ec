import { ModelError } from '../misuse.ts';
import { draftOf } from '../store/slots.ts';
import { listViewOf, viewList } from './list-view.ts';
import { anArray, unchanged, type ValueCodes } from './value-codes.ts';

/** Instead of a value's number: the slot may have any value. */
export const unknown = -1;

/** Instead of a value's number: the slot may have any value, but it is an array where it began as one. */
export const hidden = -2;

/** A recipe reads a slot whose value is unknown. */
export class UnknownSlotRead extends ModelError {
  readonly slot: number;

  constructor(slot: number) {
    super(`slot ${slot} was read, and is unknown`);
    this.slot = slot;
  }
}

/** What a run saw of the slots that it read, and what it wrote to slots: codes of {@link ValueCodes}, by slot. */
export interface PartialReads {
  readonly seen: ReadonlyMap<number, number>;
  readonly written: ReadonlyMap<number, number>;
}

/** Runs recipes on a draft that records how little of each slot they read. */
export class PartialReadRecorder<S extends object> {
  readonly #values: ValueCodes;
  readonly #draft: S;
  #numbers: Int32Array = new Int32Array();
  #givesWholeLists = false;
  #seen = new Map<number, number>();
  #touched = new Map<number, unknown>();

  constructor(values: ValueCodes) {
    this.#values = values;
    this.#draft = draftOf(
      values.slots,
      (index) => this.#read(index),
      (index, value) => this.#touched.set(index, value),
    );
  }

  /**
   * Runs `recipe` on the state whose slots have the values `numbers`.
   *
   * @param givesWholeLists whether the recipe gets plain arrays, which count as read, instead of list views
   * @throws UnknownSlotRead where it reads a slot whose value is unknown
   * @throws ModelError where it throws or changes the state's shape; `cause` is kept
   */
  run<R>(
    numbers: Int32Array,
    recipe: (draft: S) => R,
    givesWholeLists = false,
  ): PartialReads & { result: R } {
    this.#numbers = numbers;
    this.#givesWholeLists = givesWholeLists;
    this.#seen = new Map();
    this.#touched = new Map();
    try {
      const result = recipe(this.#draft);
      const written = this.#written();
      return { result, seen: this.#seen, written };
    } catch (cause) {
      if (cause instanceof ModelError) throw cause;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new ModelError(
        `a step or property failed (${text}): it must not throw, nor add or remove keys of the state`,
        { cause },
      );
    }
  }

  #written(): Map<number, number> {
    const written = new Map<number, number>();
    // A list view that was assigned to another slot is read only now.
    for (const [slot, value] of this.#touched) {
      const write = listViewOf(value)?.writeOf(slot) ?? this.#slot(slot).numberOf(value);
      const isSame = write === unchanged || (write >= 0 && write === this.#seen.get(slot));
      if (!isSame) written.set(slot, write);
    }
    return written;
  }

  #slot(index: number) {
    const slot = this.#values.slots[index];
    if (!slot) throw new RangeError(`no slot ${index}`);
    return slot;
  }

  #read(index: number): unknown {
    if (this.#touched.has(index)) return this.#touched.get(index);
    const number = this.#numbers[index] as number;
    const value = this.#slot(index).valueOf(Math.max(number, 0));
    if (number === unknown) throw new UnknownSlotRead(index);
    const isView = Array.isArray(value) && !this.#givesWholeLists;
    if (number === hidden && !isView) throw new UnknownSlotRead(index);
    const draft = isView ? this.#view(index, number, value) : value;
    this.#seen.set(index, isView ? anArray : number);
    this.#touched.set(index, draft);
    return draft;
  }

  #view(slot: number, number: number, list: unknown[]): unknown[] {
    return viewList({
      slot,
      list,
      sees: (what) => {
        if (number === hidden) throw new UnknownSlotRead(slot);
        this.#seen.set(slot, what === 'all' ? number : this.#values.headOf(slot, number));
      },
      operationCode: (shifts, appended) => this.#values.operationCode(shifts, appended),
      numberOf: (now) => this.#slot(slot).numberOf(now),
    });
  }
}
