import type { Effects } from '../fast/effects.ts';
import type { Places } from '../fast/layout.ts';

/** What a step does to a state's fingerprint: the slots that it writes, and what their new values come to. */
interface Change {
  readonly slots: Int32Array;
  readonly first: number;
  readonly second: number;
}

/**
 * 64 bits that stand for a state: the exclusive or of a hash of each slot with its value (Zobrist). A step changes few
 * slots, so the fingerprint of its outcome is found before that is made; and it does not depend on where slots stand.
 */
export class Fingerprints {
  /** Of the state that was asked for last. */
  first = 0;
  second = 0;
  readonly #effects: Effects;
  readonly #seed: number;
  readonly #changes: (Change | undefined)[] = [];

  constructor(effects: Effects, seed: number) {
    this.#effects = effects;
    this.#seed = mixed(seed | 0);
  }

  /**
   * Finds the fingerprint after a step.
   *
   * @param words where the state before it stands, packed, from `from` on
   */
  follow(first: number, second: number, leaf: number, words: Int32Array, from: number, places: Places): void {
    const { word, shift, mask } = places;
    const change = this.#changes[leaf] ?? this.#compile(leaf);
    const { slots } = change;
    let one = first ^ change.first;
    let two = second ^ change.second;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      const packed = words[from + (word[slot] as number)] as number;
      const value = (packed >>> (shift[slot] as number)) & (mask[slot] as number);
      one ^= this.#one(slot, value);
      two ^= this.#two(slot, value);
    }
    this.first = one;
    this.second = two;
  }

  #compile(leaf: number): Change {
    const writes = this.#effects.writes(leaf);
    const change = {
      slots: Int32Array.from(writes, ([slot]) => slot),
      first: writes.reduce((sum, [slot, value]) => sum ^ this.#one(slot, value), 0),
      second: writes.reduce((sum, [slot, value]) => sum ^ this.#two(slot, value), 0),
    };
    this.#changes[leaf] = change;
    return change;
  }

  #one(slot: number, value: number): number {
    return mixed(mixed(Math.imul(slot + 1, 0x9e3779b1) ^ this.#seed) + value);
  }

  #two(slot: number, value: number): number {
    return mixed(mixed(Math.imul(value + 1, 0x85ebca6b) + this.#seed) ^ (slot + 1));
  }
}

/** Each bit of the outcome depends on each of `x` (the end of MurmurHash3). */
function mixed(x: number): number {
  let hash = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
