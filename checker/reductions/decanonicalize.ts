import type { Renaming } from './renaming.ts';
import type { Symmetry } from './symmetry.ts';

/** A way through stored states: from each to the next, and by which action. */
export interface StoredWay {
  /** The states after the initial one. */
  readonly numbers: readonly number[];
  /** The action that leads to each of them. */
  readonly actions: readonly number[];
}

/** A way to a stored state in the names of the model, not in those of the representatives on it. */
interface Original {
  readonly trace: readonly number[];
  /** What was renamed on the way to the state's representative. */
  readonly applied: readonly Renaming[];
  /** What was renamed before the last step: what its outcome has been called before it was represented. */
  readonly appliedBefore: readonly Renaming[];
}

/**
 * Follows a way from the initial state, and undoes on it what each representative renamed.
 *
 * @param outcome the slots' value numbers after an action in a stored state
 */
function originalOf<S extends object, A>(
  way: StoredWay,
  symmetry: Symmetry<S, A>,
  outcome: (number: number, action: number) => Int32Array,
): Original {
  const trace: number[] = [];
  const applied: Renaming[] = [];
  let before = 0;
  for (const [i, action] of way.actions.entries()) {
    trace.push(symmetry.actionBefore(action, applied));
    before = applied.length;
    symmetry.canonicalize(outcome(way.numbers[i - 1] ?? 0, action));
    applied.push(...symmetry.last());
  }
  return { trace, applied, appliedBefore: applied.slice(0, before) };
}

/** The trace and subject of a claim in the model's own names, where they were found in a representative's. */
export function originalWay<S extends object, A>(
  way: StoredWay,
  symmetry: Symmetry<S, A>,
  outcome: (from: number, action: number) => Int32Array,
  found: { last: readonly number[]; kind: string; subject: string },
): { trace: number[]; subject: string } {
  const { trace, applied, appliedBefore } = originalOf(way, symmetry, outcome);
  const renamings = ['quiescent', 'step'].includes(found.kind) ? applied : appliedBefore;
  const more = found.last.map((action) => symmetry.actionBefore(action, applied));
  return { trace: [...trace, ...more], subject: symmetry.subjectBefore(found.subject, renamings) };
}
