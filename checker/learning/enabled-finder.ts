import type { SlotPositions } from '../store/layout.ts';
import type { ActionsByGuardArrays } from './actions-by-guard.ts';
import { follow, leafNo, type TrieArrays, walkFrom } from './tries.ts';

/** The steps that have been learnt, in arrays that threads share. */
export interface LearntSteps {
  readonly tries: TrieArrays;
  readonly actionsByGuard: ActionsByGuardArrays;
}

/** Learns what an action does in the current state. @returns the leaf */
type LearnStep = (action: number, guard: number, value: number) => number;

/** Finds the actions that a packed state enables. */
export class EnabledFinder {
  /** The actions that the last state enables, and the leaf of each: the first {@link count} entries are valid. */
  readonly actions: Int32Array;
  readonly leaves: Int32Array;
  count = 0;
  learnt: LearntSteps;
  positions: SlotPositions;

  constructor(known: LearntSteps, positions: SlotPositions) {
    this.learnt = known;
    this.positions = positions;
    this.actions = new Int32Array(known.tries.roots.length);
    this.leaves = new Int32Array(known.tries.roots.length);
  }

  /**
   * Finds the actions that the state at the beginning of `words` enables.
   *
   * @param learn is called for a step that has not been learnt, with its guard and the guard's value; null for a thread
   *   that cannot learn
   * @param addGuardValue makes the list of actions for a new value of a guard; null with `learn`
   * @returns false where a step has not been learnt and this thread cannot learn it
   */
  findEnabled(
    words: Int32Array,
    learn: LearnStep | null,
    addGuardValue: ((guard: number, value: number) => number) | null,
  ): boolean {
    this.count = 0;
    const { guards, heads } = this.learnt.actionsByGuard;
    for (let g = 0; g < guards.length; g++) {
      const slot = guards[g] as number;
      const value = slot < 0 ? 0 : this.valueOf(words, slot);
      const { starts } = this.learnt.actionsByGuard;
      let list =
        value < (heads[2 * g + 1] as number) ? (starts[(heads[2 * g] as number) + value] as number) : 0;
      if (list === 0) {
        if (addGuardValue === null) return false;
        list = addGuardValue(g, value);
      }
      for (let from = 0; from >= 0; ) {
        from = this.#walkList(words, list, from, slot, value);
        if (from < 0) break;
        if (learn === null) return false;
        from = this.#learnAt(learn, list, from, g, value);
      }
    }
    return true;
  }

  /** The value number of a slot. */
  valueOf(words: Int32Array, slot: number): number {
    const { word, shift, mask } = this.positions;
    return ((words[word[slot] as number] as number) >>> (shift[slot] as number)) & (mask[slot] as number);
  }

  /**
   * Walks the tries of the actions on a list, from position `from` on, and adds the enabled ones.
   *
   * @param guard the slot that all of them read first, which has `value`; -1 where they read nothing
   * @returns the position of the first action that has not been learnt in this state; -1 where all have been
   */
  #walkList(words: Int32Array, list: number, from: number, guard: number, value: number): number {
    const { lists } = this.learnt.actionsByGuard;
    const { tries } = this.learnt;
    const { positions, actions, leaves } = this;
    let { count } = this;
    const end = lists[list] as number;
    for (let k = from; k < end; k++) {
      const action = lists[list + 1 + k] as number;
      let ref = tries.roots[action] as number;
      // The first node is that of the guard. It is not where the recipe is impure; then `Tries.learn` throws.
      if (ref > 0 && tries.nodes[3 * ref] === guard) ref = follow(tries, ref, value);
      const leaf = walkFrom(ref, tries, words, positions);
      if (leaf === 0) {
        this.count = count;
        return k;
      }
      if (leaf === leafNo) continue;
      actions[count] = action;
      leaves[count++] = leaf;
    }
    this.count = count;
    return -1;
  }

  /**
   * Learns what the action at a position of a list does. That may take the action off the list.
   *
   * @returns the position of the next action
   */
  #learnAt(learn: LearnStep, list: number, at: number, guard: number, value: number): number {
    const length = this.learnt.actionsByGuard.lists[list];
    const action = this.learnt.actionsByGuard.lists[list + 1 + at] as number;
    const leaf = learn(action, guard, value);
    if (leaf !== leafNo) {
      this.actions[this.count] = action;
      this.leaves[this.count++] = leaf;
    }
    return this.learnt.actionsByGuard.lists[list] === length ? at + 1 : at;
  }
}
