import type { Engine, Limits, Reduction } from './limits.ts';
import type { WholeModel, WholeProperty } from './whole-model.ts';

/** `unknown`: the search ended before it could tell. Never a boolean, never "holds so far". */
export type Verdict = 'holds' | 'violated' | 'unknown';

/** Why a search did not see everything; null where it did. */
export type Stop = 'depth' | 'states' | 'time' | 'memory' | 'violation' | 'interrupt' | null;

/** What the search says about one property, and how far it was when it could say so. */
export interface Result<S extends object = object, A = unknown> {
  /** What was decided, with every default filled in. */
  readonly property: WholeProperty<S>;
  /** Of a `sometimes`, `holds` says that it was reached, and `violated` that it never is. */
  readonly verdict: Verdict;
  /** The subject that decided it: of the violation, or of the witness. */
  readonly subject: string | null;
  /** The actions of the shortest counterexample, or of the shortest way to the witness. */
  readonly trace: readonly A[] | null;
  /** Distinct states when the property was decided (for `holds`: of all). */
  readonly states: number;
  /** Transitions by then. */
  readonly transitions: number;
  /** Steps of the trace; where there is none, the depth of the search. */
  readonly depth: number;
}

/** What a search has found. */
export interface Report<S extends object = object, A = unknown> {
  /** What was explored, with every default filled in. */
  readonly model: WholeModel<S, A>;
  /** Which engine has searched. */
  readonly engine: Engine;
  /** One for each property, in the order of `model.properties`. */
  readonly results: readonly Result<S, A>[];
  /** Null where the search was complete. */
  readonly stoppedBy: Stop;
  /** The limits that were set. */
  readonly limits: Limits;
  /** The reduction that was on. */
  readonly reduction: Reduction | null;
  /** Distinct states that were looked at. */
  readonly states: number;
  /** How many states those stand for: more than `states` with symmetry. */
  readonly represented: number;
  /** Enabled (state, action) pairs. */
  readonly transitions: number;
  /** Steps from the initial state to the farthest one; null where the engine cannot tell. */
  readonly depth: number | null;
  /** Distinct states that are quiescent. */
  readonly quiescent: number;
  /** Bytes that the stored states take, index and parents included; 0 where the engine cannot tell. */
  readonly bytes: number;
  /** How long the search took, in milliseconds. */
  readonly elapsedMs: number;
  /** How often each action was taken, in the order of `model.actions`. */
  readonly taken: readonly number[];
  /** With how many nodes of decision diagrams the symbolic engine has written the set of states. */
  readonly nodes?: number;
}
