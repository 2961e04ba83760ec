import type { CandidateArrays } from './candidates.ts';
import type { Places } from './layout.ts';
import { leafNo, type TrieArrays, walk } from './tries.ts';

/** What is known of the steps of a model. */
export interface KnownSteps {
  readonly tries: TrieArrays;
  readonly candidates: CandidateArrays;
}

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
    learn: ((action: number, guard: number, value: number) => number) | null,
    begin: ((guard: number, value: number) => number) | null,
  ): boolean {
    this.count = 0;
    const { guards, heads } = this.known.candidates;
    for (let g = 0; g < guards.length; g++) {
      const value = this.#guarding(words, guards[g] as number);
      const { starts } = this.known.candidates;
      let list =
        value < (heads[2 * g + 1] as number) ? (starts[(heads[2 * g] as number) + value] as number) : 0;
      if (list === 0) {
        if (begin === null) return false;
        list = begin(g, value);
      }
      if (!this.#try(words, list, g, value, learn)) return false;
    }
    return true;
  }

  /** The value number of a slot. */
  valueOf(words: Int32Array, slot: number): number {
    const { word, shift, mask } = this.places;
    return ((words[word[slot] as number] as number) >>> (shift[slot] as number)) & (mask[slot] as number);
  }

  #guarding(words: Int32Array, slot: number): number {
    return slot < 0 ? 0 : this.valueOf(words, slot);
  }

  /** Tries the actions of a list. A list may lose the action that was tried last: it is never enabled there. */
  #try(
    words: Int32Array,
    list: number,
    guard: number,
    value: number,
    learn: ((action: number, guard: number, value: number) => number) | null,
  ): boolean {
    const { known, places } = this;
    const { lists } = known.candidates;
    let length = lists[list] as number;
    for (let k = 0; k < length; k++) {
      const action = lists[list + 1 + k] as number;
      let leaf = walk(known.tries, action, words, places);
      if (leaf === 0) {
        if (learn === null) return false;
        leaf = learn(action, guard, value);
        if (lists[list] !== length) {
          length--;
          k--;
        }
      }
      if (leaf === leafNo) continue;
      this.actions[this.count] = action;
      this.leaves[this.count++] = leaf;
    }
    return true;
  }
}
