import { type Allocate, grown } from '../store/words.ts';

/** The arrays of {@link ActionsByGuard}, which threads share. */
export interface ActionsByGuardArrays {
  /** The distinct guard slots; -1 is the guard of actions that read nothing. */
  readonly guards: Int32Array;
  /** For guard `g`, at `2g` and `2g + 1`: where its values begin in `starts`, and how many fit there. */
  readonly heads: Int32Array;
  /** For each value of a guard where its list begins in `lists`; 0 where no list is made. */
  readonly starts: Int32Array;
  /** Lists of actions: the length, then the actions. */
  readonly lists: Int32Array;
}

/**
 * For each value of a guard slot, the actions that it may enable.
 *
 * An action's *guard slot* is the slot that it reads first. Its value alone rules most actions out: the program counter of
 * their handler is at another step. So a search tries only the actions that the values of the guard slots leave over.
 */
export class ActionsByGuard implements ActionsByGuardArrays {
  readonly guards: Int32Array;
  readonly heads: Int32Array;
  starts: Int32Array;
  lists: Int32Array;
  readonly #allocate: Allocate;
  readonly #actionsOf: readonly (readonly number[])[];
  #startsEnd = 0;
  #listsEnd = 1;

  /** @param guardOf the guard slot of each action, -1 where it reads nothing */
  constructor(guardOf: readonly number[], allocate: Allocate) {
    const guards = [...new Set(guardOf)];
    this.#allocate = allocate;
    this.guards = allocate(guards.length);
    this.guards.set(guards);
    this.#actionsOf = guards.map((guard) =>
      guardOf.flatMap((slot, action) => (slot === guard ? [action] : [])),
    );
    this.heads = allocate(2 * guards.length);
    this.starts = allocate(256);
    this.lists = allocate(1024);
  }

  /** Makes the list for a new value: every action of the guard. @returns where the list begins */
  addValue(guard: number, value: number): number {
    const actions = this.#actionsOf[guard] ?? [];
    const begin = this.#listsEnd;
    this.#listsEnd += 1 + actions.length;
    if (this.#listsEnd > this.lists.length) this.lists = grown(this.lists, this.#listsEnd, this.#allocate);
    this.lists.set([actions.length, ...actions], begin);
    this.starts[this.#startOf(guard, value)] = begin;
    return begin;
  }

  /** Takes `action` off the list: it is never enabled where its guard slot has `value`. */
  ruleOut(guard: number, value: number, action: number): void {
    const begin = this.starts[this.#startOf(guard, value)] as number;
    const length = this.lists[begin] as number;
    const at = this.lists.subarray(begin + 1, begin + 1 + length).indexOf(action);
    if (begin === 0 || at < 0) return;
    this.lists.copyWithin(begin + 1 + at, begin + 2 + at, begin + 1 + length);
    this.lists[begin] = length - 1;
  }

  /** The position in `starts` for a value, which may move the guard's values to a larger place. */
  #startOf(guard: number, value: number): number {
    const begin = this.heads[2 * guard] as number;
    const capacity = this.heads[2 * guard + 1] as number;
    if (value < capacity) return begin + value;
    const beginNew = this.#startsEnd;
    const capacityNew = Math.max(2 * capacity, value + 1);
    this.#startsEnd += capacityNew;
    if (this.#startsEnd > this.starts.length)
      this.starts = grown(this.starts, this.#startsEnd, this.#allocate);
    this.starts.copyWithin(beginNew, begin, begin + capacity);
    this.heads[2 * guard] = beginNew;
    this.heads[2 * guard + 1] = capacityNew;
    return beginNew + value;
  }
}
