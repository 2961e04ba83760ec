import type { Canonicalizer } from './canonicalizer.ts';
import type { Renaming } from './renaming.ts';

/** A path through stored states, and the action of each step. */
export interface StoredPath {
  /** The states after the initial one. */
  readonly numbers: readonly number[];
  /** The action that leads to each of them. */
  readonly actions: readonly number[];
}

/** A path in the names of the model, not in those of the representatives. */
interface OriginalPath {
  readonly trace: readonly number[];
  /** The renamings on the path, from the initial state to the last representative. */
  readonly applied: readonly Renaming[];
  /** The renamings before the last step: these give the names in its outcome, which is not yet a representative. */
  readonly appliedBefore: readonly Renaming[];
}

/**
 * Follows a path from the initial state, and undoes the renaming of each representative.
 *
 * @param valuesAfter the slots' value numbers after an action in a stored state
 */
function undoRenamings<S extends object, A>(
  path: StoredPath,
  canonicalizer: Canonicalizer<S, A>,
  valuesAfter: (number: number, action: number) => Int32Array,
): OriginalPath {
  const trace: number[] = [];
  const applied: Renaming[] = [];
  let before = 0;
  for (const [i, action] of path.actions.entries()) {
    trace.push(canonicalizer.actionBefore(action, applied));
    before = applied.length;
    canonicalizer.canonicalize(valuesAfter(path.numbers[i - 1] ?? 0, action));
    applied.push(...canonicalizer.lastRenamings());
  }
  return { trace, applied, appliedBefore: applied.slice(0, before) };
}

/** Translates a trace and a subject from the names in representatives into the names of the model. */
export function originalTrace<S extends object, A>(
  path: StoredPath,
  canonicalizer: Canonicalizer<S, A>,
  valuesAfter: (from: number, action: number) => Int32Array,
  decided: { lastStep: readonly number[]; kind: string; subject: string },
): { trace: number[]; subject: string } {
  const { trace, applied, appliedBefore } = undoRenamings(path, canonicalizer, valuesAfter);
  const renamings = ['quiescent', 'step'].includes(decided.kind) ? applied : appliedBefore;
  const more = decided.lastStep.map((action) => canonicalizer.actionBefore(action, applied));
  return { trace: [...trace, ...more], subject: canonicalizer.subjectBefore(decided.subject, renamings) };
}
