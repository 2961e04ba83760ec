import type { Decision } from './ledger.ts';
import type { SavedStore } from './store/store.ts';

/**
 * A search of the fast engine between two blocks of states, from which it goes on as if it had never stopped. What it has learnt of
 * the model's steps is not in it: that is learnt again.
 */
export interface Snapshot {
  /** For each slot the values that it has had, as canonical JSON, by their numbers. */
  readonly values: readonly (readonly string[])[];
  readonly store: SavedStore;
  /** From which state each was found. */
  readonly ancestry: { readonly bits: Int32Array; readonly end: number };
  /** The state to be expanded next. */
  readonly head: number;
  /** Number behind the last state of the level that is being expanded. */
  readonly levelEnd: number;
  readonly depth: number;
  readonly transitions: number;
  readonly quiescent: number;
  /** How often each action was taken. */
  readonly taken: readonly number[];
  readonly decisions: readonly (readonly [number, Decision])[];
  readonly footprints: readonly (readonly number[])[];
  readonly depthWasReached: boolean;
  readonly elapsedMs: number;
}
