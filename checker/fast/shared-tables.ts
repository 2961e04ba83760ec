import type { ClaimArrays } from '../learning/claim-learner.ts';
import type { EffectArrays } from '../learning/effects.ts';
import type { LearntSteps } from '../learning/enabled-finder.ts';
import type { SlotPositions } from '../store/layout.ts';
import type { PairArrays } from '../store/pairs.ts';
import type { TreeArrays } from '../store/tree.ts';
import type { StoredStates, VisitedArrays } from '../store/visited.ts';
import type { Block } from './block.ts';

/** Which states the threads expand now, and within which limits. */
export interface BlockTask {
  /** Number of the block's first state. */
  readonly first: number;
  /** States of the block. */
  readonly states: number;
  /** States that were stored when the block began. */
  readonly stored: number;
  /** Whether new states are beyond the depth limit. */
  readonly isDeepest: boolean;
  /** States that may be stored in all. */
  readonly statesMax: number;
}

/** Everything that a thread needs to take part in a search. It needs no model: these arrays say what the steps do. */
export interface SharedTables {
  readonly steps: LearntSteps;
  readonly effects: EffectArrays;
  /** For each action 1 where it is bound to happen, see `Model.progress`; else 0. */
  readonly isProgress: Int32Array;
  readonly positions: SlotPositions;
  readonly tree: TreeArrays;
  readonly pairs: PairArrays;
  readonly states: StoredStates;
  readonly visited: VisitedArrays;
  readonly claims: ClaimArrays;
  readonly block: Block;
  /** How often each action was taken in the block: a row for each thread. */
  readonly taken: Int32Array;
}
