import { canonicalJson, isRecord } from '../canonical.ts';
import { ModelError } from '../misuse.ts';

/**
 * The values that one slot has had so far, numbered in the order of their appearance.
 *
 * A slot is a leaf of the state's tree, as the initial state has it: a primitive, null or an array.
 */
export class Slot {
  readonly path: readonly string[];
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** The values that are primitives, by their numbers: these can be handed out without a copy. */
  readonly #primitives: unknown[] = [];

  constructor(path: readonly string[]) {
    this.path = path;
  }

  /** Every value seen, as canonical JSON, by its number. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /** Continues with the values of the same slot in another search. */
  restore(texts: readonly string[]): void {
    this.#numbers.clear();
    this.#texts.length = 0;
    this.#primitives.length = 0;
    for (const text of texts) this.#numbers.set(text, this.#texts.push(text) - 1);
  }

  /** How many values have been seen. */
  get size(): number {
    return this.#texts.length;
  }

  /** Whether further values can be expected: a slot that holds true or false will have no others. */
  get mayGrow(): boolean {
    return !this.#texts.every((text) => text === 'true' || text === 'false');
  }

  /** The number of `value`, a new one where it has not been seen. */
  numberOf(value: unknown): number {
    const text = canonicalJson(value);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  /** A fresh copy of value `number`, which the caller may change. */
  valueOf(number: number): unknown {
    const known = this.#primitives[number];
    if (known !== undefined) return known;
    const text = this.#texts[number];
    if (text === undefined) throw new RangeError(`slot ${this.path.join('.')} has no value ${number}`);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) this.#primitives[number] = value;
    return value;
  }
}

/** The slots of a state's shape, depth first in the order of the keys. */
export function slotsOf(initial: object): Slot[] {
  const slots: Slot[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (isRecord(value) && (path.length === 0 || Object.keys(value).length > 0)) {
      for (const [key, child] of Object.entries(value)) visit(child, [...path, checkedKey(key)]);
    } else {
      const slot = new Slot(path);
      slot.numberOf(value);
      slots.push(slot);
    }
  };
  if (!isRecord(initial)) {
    throw new ModelError(
      `the initial state is no state (got ${Array.isArray(initial) ? 'an array' : 'an object of a class'}, allowed a plain object)`,
    );
  }
  visit(initial, []);
  return slots;
}

function checkedKey(key: string): string {
  if (key !== '__proto__') return key;
  throw new ModelError(
    'a state has a key that JavaScript keeps for itself (got __proto__, allowed any other)',
  );
}

/** Rebuilds a state from its slots' values. */
export function stateOf(slots: readonly Slot[], numbers: ArrayLike<number>): object {
  const state: Record<string, unknown> = {};
  for (const [index, slot] of slots.entries()) {
    let at = state;
    for (const key of slot.path.slice(0, -1)) {
      if (!Object.hasOwn(at, key)) at[key] = {};
      at = at[key] as Record<string, unknown>;
    }
    at[slot.path.at(-1) ?? ''] = slot.valueOf(numbers[index] ?? 0);
  }
  return state;
}

/** An object of the state's shape whose slots call `read` and `write`. */
export function draftOf<S extends object>(
  slots: readonly Slot[],
  read: (index: number) => unknown,
  write: (index: number, value: unknown) => void,
): S {
  const root: Record<string, unknown> = {};
  const branches: object[] = [root];
  for (const [index, slot] of slots.entries()) {
    let at = root;
    for (const key of slot.path.slice(0, -1)) {
      const branch = Object.hasOwn(at, key) ? (at[key] as Record<string, unknown>) : undefined;
      const child = branch ?? {};
      if (!branch) {
        Object.defineProperty(at, key, { value: child, enumerable: true });
        branches.push(child);
      }
      at = child;
    }
    Object.defineProperty(at, slot.path.at(-1) ?? '', {
      enumerable: true,
      get: () => read(index),
      set: (value: unknown) => write(index, value),
    });
  }
  branches.forEach(Object.seal);
  return root as S;
}
