import { ModelError } from '../misuse.ts';
import { draftOf, type Slot } from '../store/slots.ts';

/** What one run of a recipe read and wrote. */
export interface Footprint {
  /** Slots in the order in which they were first read. */
  readonly reads: readonly number[];
  /** Pairs of slot and number of the new value; a slot that was read and is unchanged is left out. */
  readonly writes: readonly (readonly [slot: number, value: number])[];
}

/**
 * Runs recipes on a draft that records which slots they read and write.
 *
 * The draft has the state's shape, with an accessor at every slot. It hands an array out as a private copy, which the
 * recipe may change in place; the recorder compares the copy with the original after the run.
 */
export class Recorder<S extends object> {
  readonly #slots: readonly Slot[];
  readonly #draft: S;
  readonly #original: S;
  #numbers: ArrayLike<number> = [];
  #reads: number[] = [];
  #touched = new Map<number, unknown>();

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
    this.#draft = draftOf<S>(
      slots,
      (index) => this.#read(index),
      (index, value) => this.#touched.set(index, value),
    );
    this.#original = draftOf<S>(
      slots,
      (index) => this.#readOriginal(index),
      () => {
        throw new ModelError('a property of steps writes to the state before the step (allowed: to read it)');
      },
    );
  }

  /**
   * Runs `recipe` on the state whose slots have the values `numbers`, and then `judge` on the states before and after.
   * Both runs have one footprint together.
   *
   * @param judging what an error calls `judge`
   * @throws ModelError where `recipe` or `judge` throws or changes the state's shape; `cause` is kept
   */
  run<R, J>(
    numbers: ArrayLike<number>,
    recipe: (draft: S) => R,
    judge: (before: S, after: S, result: R) => J,
    judging: string,
  ): { result: R; judged: J; footprint: Footprint } {
    this.#numbers = numbers;
    this.#reads = [];
    this.#touched = new Map();
    try {
      const result = recipe(this.#draft);
      const left = this.#values();
      const judged = judge(this.#original, this.#draft, result);
      for (const [index, number] of this.#values()) {
        const expected = left.get(index) ?? this.#numbers[index];
        if (number !== expected) throw new ModelError(`${judging} writes to the state (allowed: to read it)`);
      }
      return { result, judged, footprint: { reads: this.#reads, writes: this.#writes() } };
    } catch (cause) {
      if (cause instanceof ModelError) throw cause;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new ModelError(
        `a step or property failed (${text}): it must not throw, nor add or remove keys of the state`,
        { cause },
      );
    }
  }

  /** The value numbers of every slot that was read or written. */
  #values(): Map<number, number> {
    return new Map([...this.#touched].map(([index, value]) => [index, this.#slot(index).numberOf(value)]));
  }

  #writes(): [number, number][] {
    const read = new Set(this.#reads);
    return [...this.#values()].filter(
      ([index, number]) => !read.has(index) || number !== this.#numbers[index],
    );
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

  /** The value that the slot had before the recipe ran. */
  #readOriginal(index: number): unknown {
    if (!this.#reads.includes(index)) this.#reads.push(index);
    return this.#slot(index).valueOf(this.#numbers[index] ?? 0);
  }
}
