import { canonicalJson } from '../canonical.ts';
import type { Slot } from '../store/slots.ts';

/** What is seen of a value, from all to nothing: its number; the first element of an array; that it is an array. */
export const anything = -1;
export const anArray = -2;
const firstHead = -3;

/** What is written: the number of a value, or one of these and below, see {@link Values.operation}. */
export const unchanged = -1;
const firstOperation = -2;

/** What a list becomes: the first `shifts` elements go, and `appended` come at the end. */
interface Operation {
  readonly shifts: number;
  readonly appended: readonly unknown[];
}

/** The values that the slots have had, what can be seen of them, and what can become of them. */
export class Values {
  readonly slots: readonly Slot[];
  readonly #heads = new Map<string, number>();
  readonly #headOf: number[][];
  readonly #operations: Operation[] = [];
  readonly #known = new Map<string, number>();
  readonly #results: Map<number, number>[][] = [];

  constructor(slots: readonly Slot[]) {
    this.slots = slots;
    this.#headOf = slots.map(() => []);
  }

  /** What is seen of an array by its first element; `anything` of what is no array. */
  headOf(slot: number, value: number): number {
    const known = this.#headOf[slot]?.[value];
    if (known !== undefined) return known;
    const list = this.slots[slot]?.valueOf(value);
    const head = Array.isArray(list) ? this.#headNumber(list) : anything;
    (this.#headOf[slot] as number[])[value] = head;
    return head;
  }

  isArray(slot: number, value: number): boolean {
    return this.headOf(slot, value) !== anything;
  }

  #headNumber(list: readonly unknown[]): number {
    const text = list.length === 0 ? '' : canonicalJson(list[0]);
    const known = this.#heads.get(text) ?? firstHead - this.#heads.size;
    this.#heads.set(text, known);
    return known;
  }

  /** Whether `value` of `slot` is one of those of which `seen` was seen. */
  matches(slot: number, value: number, seen: number): boolean {
    if (seen >= 0) return seen === value;
    if (seen === anything) return true;
    const head = this.headOf(slot, value);
    return seen === anArray ? head !== anything : head === seen;
  }

  /** The number of an operation on lists. */
  operation(shifts: number, appended: readonly unknown[]): number {
    const key = `${shifts} ${canonicalJson(appended)}`;
    const known = this.#known.get(key) ?? firstOperation - this.#operations.length;
    if (!this.#known.has(key)) {
      this.#operations.push({ shifts, appended });
      this.#known.set(key, known);
    }
    return known;
  }

  /** The value that `write` makes of `value`. */
  written(slot: number, value: number, write: number): number {
    if (write >= 0) return write;
    if (write === unchanged) return value;
    const index = firstOperation - write;
    this.#results[index] ??= [];
    const bySlot = this.#results[index] as Map<number, number>[];
    bySlot[slot] ??= new Map();
    const results = bySlot[slot] as Map<number, number>;
    const known = results.get(value);
    if (known !== undefined) return known;
    const { shifts, appended } = this.#operations[index] as Operation;
    const list = this.slots[slot]?.valueOf(value) as unknown[];
    const result = this.slots[slot]?.numberOf([...list.slice(shifts), ...appended]) as number;
    results.set(value, result);
    return result;
  }
}
