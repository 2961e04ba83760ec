/**
 * Which actions a state may enable, told from a few slots.
 *
 * Every action begins by reading some slot, its *guard slot*; most actions are ruled out by that slot's
 * value alone (a handler's program counter stands elsewhere). So the actions are grouped by guard slot, and
 * for each value the ones that are not known to be ruled out are listed.
 */
export class Candidates {
  /** The distinct guard slots; -1 stands for "reads nothing". */
  readonly guards: readonly number[];
  readonly #actionsOf: readonly (readonly number[])[];
  /** `lists[guard][value]`: the actions to try. */
  readonly lists: Int32Array[][];

  /** @param guardOf the guard slot of each action, -1 where it reads nothing */
  constructor(guardOf: readonly number[]) {
    this.guards = [...new Set(guardOf)];
    this.#actionsOf = this.guards.map((guard) =>
      guardOf.flatMap((slot, action) => (slot === guard ? [action] : [])),
    );
    this.lists = this.guards.map(() => []);
  }

  /** The list for a value that has not been met before: every action of the guard. */
  begin(guard: number, value: number): Int32Array {
    const list = Int32Array.from(this.#actionsOf[guard] ?? []);
    const lists = this.lists[guard];
    if (lists) lists[value] = list;
    return list;
  }

  /** Notes that `action` is never enabled where the slot of its guard has `value`. */
  ruleOut(guard: number, value: number, action: number): void {
    const lists = this.lists[guard];
    const list = lists?.[value];
    if (lists && list) lists[value] = list.filter((candidate) => candidate !== action);
  }
}
