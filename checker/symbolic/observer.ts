import { canonicalJson } from '../canonical.ts';
import { ModelError } from '../misuse.ts';
import { draftOf } from '../store/slots.ts';
import { anArray, unchanged, type Values } from './values.ts';

/** In place of a value's number: nobody knows it. */
export const unknown = -1;

/** In place of a value's number: it is known to be an array where the slot began as one, and nothing else. */
export const hidden = -2;

/** A recipe wanted to read a slot whose value is unknown. */
export class UnknownSlot extends ModelError {
  readonly slot: number;

  constructor(slot: number) {
    super(`slot ${slot} was read, and is unknown`);
    this.slot = slot;
  }
}

/** What a run saw of the slots that it read, and what it made of those that it wrote; see {@link Values}. */
export interface Observation {
  readonly seen: ReadonlyMap<number, number>;
  readonly written: ReadonlyMap<number, number>;
}

/** A draft of the state that notes how little a recipe has to know of it. */
export class Observer<S extends object> {
  readonly #values: Values;
  readonly #draft: S;
  #numbers: Int32Array = new Int32Array();
  #isWhole = false;
  #seen = new Map<number, number>();
  #touched = new Map<number, unknown>();

  constructor(values: Values) {
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
   * @param isWhole whether lists are taken as they are, and count as looked at
   * @throws UnknownSlot where it reads one that is unknown
   * @throws ModelError where it throws or changes the state's shape; `cause` is kept
   */
  run<R>(numbers: Int32Array, recipe: (draft: S) => R, isWhole = false): Observation & { result: R } {
    this.#numbers = numbers;
    this.#isWhole = isWhole;
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
    // What one list holds may be read only now, where it was put into another one.
    for (const [slot, value] of this.#touched) {
      const write = views.get(value as object)?.writeOf(slot) ?? this.#slot(slot).numberOf(value);
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
    if (number === unknown) throw new UnknownSlot(index);
    const isView = Array.isArray(value) && !this.#isWhole;
    if (number === hidden && !isView) throw new UnknownSlot(index);
    const draft = isView ? this.#view(index, number, value) : value;
    this.#seen.set(index, isView ? anArray : number);
    this.#touched.set(index, draft);
    return draft;
  }

  #view(slot: number, number: number, list: unknown[]): unknown[] {
    return listView({
      slot,
      list,
      sees: (what) => {
        if (number === hidden) throw new UnknownSlot(slot);
        this.#seen.set(slot, what === 'all' ? number : this.#values.headOf(slot, number));
      },
      operation: (shifts, appended) => this.#values.operation(shifts, appended),
      numberOf: (now) => this.#slot(slot).numberOf(now),
    });
  }
}

/** A list in the hands of a recipe. */
interface Origin {
  readonly slot: number;
  readonly list: unknown[];
  readonly sees: (what: 'head' | 'all') => void;
  readonly operation: (shifts: number, appended: readonly unknown[]) => number;
  readonly numberOf: (list: readonly unknown[]) => number;
}

interface View {
  /** What its slot becomes. */
  readonly writeOf: (slot: number) => number;
}

const views = new WeakMap<object, View>();

/** A list that notes whether more is done to it than to take its first element, or to append to it. */
function listView({ slot, list, sees, operation, numberOf }: Origin): unknown[] {
  const target: unknown[] = [];
  let isWhole = false;
  let shifts = 0;
  let appended: unknown[] = [];
  let head: { readonly value: unknown; readonly text: string } | null = null;
  const whole = (): unknown[] => {
    if (isWhole) return target;
    isWhole = true;
    sees('all');
    target.push(...list.slice(shifts), ...appended);
    if (head && shifts === 0) target[0] = head.value;
    return target;
  };
  const first = (): unknown => {
    sees('head');
    if (list.length === 0) return undefined;
    head ??= { value: list[0], text: canonicalJson(list[0]) };
    return head.value;
  };
  const isFresh = (): boolean => !isWhole && shifts === 0 && appended.length === 0;
  const shift = (): unknown => {
    if (!isFresh()) return whole().shift();
    const value = first();
    if (list.length > 0) shifts = 1;
    return value;
  };
  const push = (...items: unknown[]): unknown => {
    if (isWhole) return target.push(...items);
    appended = [...appended, ...items];
    return { valueOf: () => whole().length };
  };
  const proxy = new Proxy(target, {
    get: (_, key) => {
      if (key === 'shift') return shift;
      if (key === 'push') return push;
      if (key === '0' && isFresh()) return first();
      return Reflect.get(whole(), key);
    },
    set: (_, key, value) => Reflect.set(whole(), key, value),
    has: (_, key) => Reflect.has(whole(), key),
    deleteProperty: (_, key) => Reflect.deleteProperty(whole(), key),
    defineProperty: (_, key, descriptor) => Reflect.defineProperty(whole(), key, descriptor),
    ownKeys: () => Reflect.ownKeys(whole()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(whole(), key),
  });
  const writeOf = (into: number): number => {
    if (head && shifts === 0 && canonicalJson(head.value) !== head.text) whole();
    if (isWhole || into !== slot) return numberOf(whole());
    return shifts === 0 && appended.length === 0 ? unchanged : operation(shifts, appended);
  };
  views.set(proxy, { writeOf });
  return proxy;
}
