import { EnabledFinder, type LearntSteps } from '../learning/enabled-finder.ts';
import type { SlotPositions } from '../store/layout.ts';
import type { Pairs } from '../store/pairs.ts';
import type { Tree } from '../store/tree.ts';

/** Finds the actions that a state enables. */
export interface EnabledLookup {
  readonly lastFound: Pick<EnabledFinder, 'actions' | 'leaves' | 'count'>;
  /** @returns false where a step has not been learnt */
  readonly findEnabled: (nodes: Int32Array) => boolean;
}

/** Replaces the state with these nodes by its representative. @returns how many states have the same representative */
export type Canonicalize = (nodes: Int32Array) => number;

/** What a thread has of its own beside the shared tables. */
export interface ThreadParts {
  readonly tree: Tree;
  readonly pairs: Pairs;
  readonly lookup: EnabledLookup;
  /** Null where the search uses no symmetry. */
  readonly canonicalize: Canonicalize | null;
  /** Which of the threads it is; the caller of the search is 0. */
  readonly thread: number;
}

/** Looks steps up and learns none: for a thread without a model, and while other threads read the tables. */
export function lookupWithoutLearning(steps: LearntSteps, positions: SlotPositions): EnabledLookup {
  const finder = new EnabledFinder(steps, positions);
  return { lastFound: finder, findEnabled: (nodes) => finder.findEnabled(nodes, null, null) };
}
