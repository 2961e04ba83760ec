import type { Places } from '../store/layout.ts';
import type { CandidateArrays } from './candidates.ts';
import { follow, leafNo, type TrieArrays, walkFrom } from './tries.ts';

/** What is known of the steps of a model. */
export interface KnownSteps {
  readonly tries: TrieArrays;
  readonly candidates: CandidateArrays;
}

/** Finds out what an action does on the current state. */
type Learn = (action: number, guard: number, value: number) => number;

/** Finds the actions that a packed state enables, as far as they have been learnt. */
export class Walker {
  /** The actions that the last state enables, and the leaf of each: the first {@link count} of these. */
  readonly actions: Int32Array;
  readonly leaves: Int32Array;
  count = 0;
  known: KnownSteps;
  places: Places;

  constructor(known: KnownSteps, places: Places) {
    this.known = known;
    this.places = places;
    this.actions = new Int32Array(known.tries.roots.length);
    this.leaves = new Int32Array(known.tries.roots.length);
  }

  /**
   * Finds the actions that the state at the beginning of `words` enables.
   *
   * @param learn says what an action does where that is not known, given also its guard and the guard's value; null
   *   where nobody can say
   * @returns false where something was not known and nobody could say
   */
  findEnabled(
    words: Int32Array,
    learn: Learn | null,
    begin: ((guard: number, value: number) => number) | null,
  ): boolean {
    this.count = 0;
    const { guards, heads } = this.known.candidates;
    for (let g = 0; g < guards.length; g++) {
      const slot = guards[g] as number;
      const value = slot < 0 ? 0 : this.valueOf(words, slot);
      const { starts } = this.known.candidates;
      let list =
        value < (heads[2 * g + 1] as number) ? (starts[(heads[2 * g] as number) + value] as number) : 0;
      if (list === 0) {
        if (begin === null) return false;
        list = begin(g, value);
      }
      for (let from = 0; from >= 0; ) {
        from = this.#try(words, list, from, slot, value);
        if (from < 0) break;
        if (learn === null) return false;
        from = this.#learn(learn, list, from, g, value);
      }
    }
    return true;
  }

  /** The value number of a slot. */
  valueOf(words: Int32Array, slot: number): number {
    const { word, shift, mask } = this.places;
    return ((words[word[slot] as number] as number) >>> (shift[slot] as number)) & (mask[slot] as number);
  }

  /**
   * Tries the actions of a list, from one on.
   *
   * @param guard the slot that all of them read first, which has `value`; -1 where they read none
   * @returns which of them has not been learnt here; -1 where all have been
   */
  #try(words: Int32Array, list: number, from: number, guard: number, value: number): number {
    const { lists } = this.known.candidates;
    const { tries } = this.known;
    const { places, actions, leaves } = this;
    let { count } = this;
    const end = lists[list] as number;
    for (let k = from; k < end; k++) {
      const action = lists[list + 1 + k] as number;
      let ref = tries.roots[action] as number;
      // The first node is that of the guard, unless the recipe is not pure, which is found out elsewhere.
      if (ref > 0 && tries.nodes[3 * ref] === guard) ref = follow(tries, ref, value);
      const leaf = walkFrom(ref, tries, words, places);
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
   * Learns what an action of a list does. A list may lose it: it is never enabled there.
   *
   * @returns which action of the list is the next
   */
  #learn(learn: Learn, list: number, at: number, guard: number, value: number): number {
    const length = this.known.candidates.lists[list];
    const action = this.known.candidates.lists[list + 1 + at] as number;
    const leaf = learn(action, guard, value);
    if (leaf !== leafNo) {
      this.actions[this.count] = action;
      this.leaves[this.count++] = leaf;
    }
    return this.known.candidates.lists[list] === length ? at + 1 : at;
  }
}
