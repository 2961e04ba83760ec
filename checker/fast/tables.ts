import type { EffectArrays } from '../learning/effects.ts';
import type { TrieArrays } from '../learning/tries.ts';
import type { KnownSteps } from '../learning/walker.ts';
import type { Places } from '../store/layout.ts';
import type { PairArrays } from '../store/pairs.ts';
import type { TreeArrays } from '../store/tree.ts';
import type { StoredStates, VisitedArrays } from '../store/visited.ts';
import type { Block } from './block.ts';

/** What is known of the claims to look at in new states, as other threads need it. */
export interface ClaimArrays {
  readonly tries: TrieArrays;
  /** Of each rule whether it decides its property where it is true: 1, or where it is false: 0. */
  readonly deciding: Int32Array;
  /** Of leaf `n`, at `2n` and `2n + 1`: where its rules begin and end in `rules`, plus one; 0 where that is not known. */
  readonly places: Int32Array;
  readonly rules: Int32Array;
}

/** What the threads are to do with a block now. */
export interface Task {
  /** The first state of the block, and how many there are. */
  readonly first: number;
  readonly states: number;
  /** How many states were stored when the block began. */
  readonly stored: number;
  /** Whether new states are too deep to be stored. */
  readonly isDeepest: boolean;
  /** How many states may be stored in all. */
  readonly statesMax: number;
}

/**
 * Everything that a thread needs to take part in a search: arrays, all of which threads can share. A thread is an
 * interpreter of these; it needs no model.
 */
export interface Tables {
  readonly steps: KnownSteps;
  readonly effects: EffectArrays;
  /** Of each action whether it is bound to happen. */
  readonly progresses: Int32Array;
  readonly places: Places;
  readonly tree: TreeArrays;
  readonly pairs: PairArrays;
  readonly states: StoredStates;
  readonly visited: VisitedArrays;
  readonly claims: ClaimArrays;
  readonly block: Block;
  /** How often each action was taken in the block; a row for each thread. */
  readonly taken: Int32Array;
}
