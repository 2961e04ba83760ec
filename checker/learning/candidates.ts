import { type Allocate, grown } from '../store/words.ts';

/** What {@link Candidates} keep, as other threads need it. */
export interface CandidateArrays {
  /** The distinct guard slots; -1 stands for "reads nothing". */
  readonly guards: Int32Array;
  /** Of guard `g`, at `2g` and `2g + 1`: where its values begin in `starts`, and how many have room there. */
  readonly heads: Int32Array;
  /** For each value of a guard where its list begins in `lists`; 0 where it has none yet. */
  readonly starts: Int32Array;
  /** Lists of actions to try: how many, and then each. */
  readonly lists: Int32Array;
}

/**
 * Which actions a state may enable, told from a few slots.
 *
 * Every action begins by reading some slot, its *guard slot*; most actions are ruled out by that slot's
 * value alone (a handler's program counter stands elsewhere). So the actions are grouped by guard slot, and
 * for each value the ones that are not known to be ruled out are listed.
 */
export class Candidates implements CandidateArrays {
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

  /** Makes the list for a value that has not been met before: every action of the guard. @returns where it begins */
  begin(guard: number, value: number): number {
    const actions = this.#actionsOf[guard] ?? [];
    const begin = this.#listsEnd;
    this.#listsEnd += 1 + actions.length;
    if (this.#listsEnd > this.lists.length) this.lists = grown(this.lists, this.#listsEnd, this.#allocate);
    this.lists.set([actions.length, ...actions], begin);
    this.starts[this.#place(guard, value)] = begin;
    return begin;
  }

  /** Notes that `action` is never enabled where the slot of its guard has `value`. */
  ruleOut(guard: number, value: number, action: number): void {
    const begin = this.starts[this.#place(guard, value)] as number;
    const length = this.lists[begin] as number;
    const at = this.lists.subarray(begin + 1, begin + 1 + length).indexOf(action);
    if (begin === 0 || at < 0) return;
    this.lists.copyWithin(begin + 1 + at, begin + 2 + at, begin + 1 + length);
    this.lists[begin] = length - 1;
  }

  /** Where the list of `value` is to be found in `starts`. */
  #place(guard: number, value: number): number {
    const begin = this.heads[2 * guard] as number;
    const room = this.heads[2 * guard + 1] as number;
    if (value < room) return begin + value;
    const beginNew = this.#startsEnd;
    const roomNew = Math.max(2 * room, value + 1);
    this.#startsEnd += roomNew;
    if (this.#startsEnd > this.starts.length)
      this.starts = grown(this.starts, this.#startsEnd, this.#allocate);
    this.starts.copyWithin(beginNew, begin, begin + room);
    this.heads[2 * guard] = beginNew;
    this.heads[2 * guard + 1] = roomNew;
    return beginNew + value;
  }
}
