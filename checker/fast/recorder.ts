import { ModelError } from '../misuse.ts';
import type { Slot } from './slots.ts';

/** What one run of a recipe read and wrote, as slots and value numbers. */
export interface Footprint {
  /** Slots in the order of their first reading. */
  readonly reads: readonly number[];
  /** Pairs of slot and new value; a slot that was read and is unchanged is left out. */
  readonly writes: readonly (readonly [slot: number, value: number])[];
}

/**
 * A draft of the state that records which slots a recipe reads and writes.
 *
 * It has the state's shape, with an accessor at every slot. Arrays come as private copies, which the recipe
 * may change in place: the difference shows when the run ends.
 */
export class Recorder<S extends object> {
  readonly #slots: readonly Slot[];
  readonly #draft: S;
  #numbers: ArrayLike<number> = [];
  #reads: number[] = [];
  #touched = new Map<number, unknown>();

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
    this.#draft = this.#build(slots);
  }

  /**
   * Runs `recipe` on the state whose slots have the values `numbers`.
   *
   * @throws ModelError where the recipe throws or changes the state's shape; `cause` is kept.
   */
  run<R>(numbers: ArrayLike<number>, recipe: (draft: S) => R): { result: R; footprint: Footprint } {
    this.#numbers = numbers;
    this.#reads = [];
    this.#touched = new Map();
    try {
      const result = recipe(this.#draft);
      return { result, footprint: { reads: this.#reads, writes: this.#writes() } };
    } catch (cause) {
      if (cause instanceof ModelError) throw cause;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new ModelError(
        `a step or property failed (${text}): it must not throw, nor add or remove keys of the state`,
        { cause },
      );
    }
  }

  #writes(): [number, number][] {
    const read = new Set(this.#reads);
    const writes: [number, number][] = [];
    for (const [index, value] of this.#touched) {
      const number = this.#slot(index).numberOf(value);
      if (read.has(index) && number === this.#numbers[index]) continue;
      writes.push([index, number]);
    }
    return writes;
  }

  #slot(index: number): Slot {
    const slot = this.#slots[index];
    if (!slot) throw new RangeError(`no slot ${index}`);
    return slot;
  }

  #read(index: number): unknown {
    if (this.#touched.has(index)) return this.#touched.get(index);
    this.#reads.push(index);
    const value = this.#slot(index).valueOf(this.#numbers[index] ?? 0);
    this.#touched.set(index, value);
    return value;
  }

  #build(slots: readonly Slot[]): S {
    const root: Record<string, unknown> = {};
    const branches: object[] = [root];
    for (const [index, slot] of slots.entries()) {
      let at = root;
      for (const key of slot.path.slice(0, -1)) {
        const branch = at[key] as Record<string, unknown> | undefined;
        const child = branch ?? {};
        if (!branch) {
          Object.defineProperty(at, key, { value: child, enumerable: true });
          branches.push(child);
        }
        at = child;
      }
      Object.defineProperty(at, slot.path.at(-1) ?? '', {
        enumerable: true,
        get: () => this.#read(index),
        set: (value: unknown) => this.#touched.set(index, value),
      });
    }
    branches.forEach(Object.seal);
    return root as S;
  }
}
