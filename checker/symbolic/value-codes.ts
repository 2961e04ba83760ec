import { canonicalJson } from '../canonical.ts';
import type { Slot } from '../store/slots.ts';

/** Codes of what is seen of a value. A number from 0 on: the whole value. These: nothing; that it is an array. */
export const anything = -1;
export const anArray = -2;
/** This and below: that it is an array with a certain first element. */
const firstHead = -3;

/** Codes of what is written. A number from 0 on: that value. This: nothing. */
export const unchanged = -1;
/** This and below: an operation on a list, see {@link ValueCodes.operationCode}. */
const firstOperation = -2;

/** What a recipe does to a list: it removes the first `shifts` elements, and appends `appended`. */
interface ListOperation {
  readonly shifts: number;
  readonly appended: readonly unknown[];
}

/** Numbers what recipes see of the slots' values and what they write. */
export class ValueCodes {
  readonly slots: readonly Slot[];
  readonly #heads = new Map<string, number>();
  readonly #headOf: number[][];
  readonly #operations: ListOperation[] = [];
  readonly #codeByKey = new Map<string, number>();
  readonly #results: Map<number, number>[][] = [];

  constructor(slots: readonly Slot[]) {
    this.slots = slots;
    this.#headOf = slots.map(() => []);
  }

  /** The code of an array's first element; `anything` for a value that is no array. */
  headOf(slot: number, value: number): number {
    const known = this.#headOf[slot]?.[value];
    if (known !== undefined) return known;
    const list = this.slots[slot]?.valueOf(value);
    const head = Array.isArray(list) ? this.#headCode(list) : anything;
    (this.#headOf[slot] as number[])[value] = head;
    return head;
  }

  isArray(slot: number, value: number): boolean {
    return this.headOf(slot, value) !== anything;
  }

  #headCode(list: readonly unknown[]): number {
    const text = list.length === 0 ? '' : canonicalJson(list[0]);
    const known = this.#heads.get(text) ?? firstHead - this.#heads.size;
    this.#heads.set(text, known);
    return known;
  }

  /** Whether `value` of `slot` is one of the values of which `seen` is seen. */
  matches(slot: number, value: number, seen: number): boolean {
    if (seen >= 0) return seen === value;
    if (seen === anything) return true;
    const head = this.headOf(slot, value);
    return seen === anArray ? head !== anything : head === seen;
  }

  /** The code of an operation on lists. */
  operationCode(shifts: number, appended: readonly unknown[]): number {
    const key = `${shifts} ${canonicalJson(appended)}`;
    const known = this.#codeByKey.get(key) ?? firstOperation - this.#operations.length;
    if (!this.#codeByKey.has(key)) {
      this.#operations.push({ shifts, appended });
      this.#codeByKey.set(key, known);
    }
    return known;
  }

  /** The value that a slot with `value` has after `write`. */
  valueAfter(slot: number, value: number, write: number): number {
    if (write >= 0) return write;
    if (write === unchanged) return value;
    const index = firstOperation - write;
    this.#results[index] ??= [];
    const bySlot = this.#results[index] as Map<number, number>[];
    bySlot[slot] ??= new Map();
    const results = bySlot[slot] as Map<number, number>;
    const known = results.get(value);
    if (known !== undefined) return known;
    const { shifts, appended } = this.#operations[index] as ListOperation;
    const list = this.slots[slot]?.valueOf(value) as unknown[];
    const result = this.slots[slot]?.numberOf([...list.slice(shifts), ...appended]) as number;
    results.set(value, result);
    return result;
  }
}
