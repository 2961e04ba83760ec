import type { Symmetry } from './symmetry.ts';
import type { Tries } from './tries.ts';

/** What an action can touch, as far as has been learnt. */
interface Reach {
  readonly reads: Set<number>;
  readonly writes: Set<number>;
}

/** A state as {@link Stubborn.choose} needs it. */
export interface Enabled {
  /** The enabled actions, and the leaf of each. */
  readonly actions: readonly number[];
  readonly leaves: readonly number[];
  /** Reads a slot of the state. */
  readonly value: (slot: number) => number;
  readonly writesOf: (leaf: number) => readonly (readonly [slot: number, value: number])[];
}

/**
 * Partial-order reduction: which of a state's enabled actions have to be taken now, the others being as good later.
 *
 * The set is stubborn (Valmari): with an enabled action in it is every action that writes what it reads or touches
 * what it writes; with a disabled one, every action that could change what it was seen to read. What an action
 * *could* touch is what it has touched so far, and that is sound because the search starts again when it was too
 * little. docs/decisions/0004 says why no more is needed than to look at every action in the states that are kept.
 */
export class Stubborn<S extends object, A> {
  readonly #tries: Tries;
  readonly #symmetry: Symmetry<S, A> | null;
  readonly #reaches: Reach[];
  readonly #progresses: Int32Array;
  /** For each slot the actions that can write it, and those that can read or write it. */
  #writers: Int32Array[] = [];
  #users: Int32Array[] = [];
  #isStale = true;
  /** Something has been learnt since {@link begin} that a choice did not know of. */
  isRefuted = false;
  #hasChosen = false;
  readonly #visible: Set<number> = new Set();
  readonly #members: Int32Array;
  readonly #leafOf: Int32Array;
  readonly #slotsWritten: Int32Array;
  readonly #slotsUsed: Int32Array;
  #stamp = 0;
  readonly #pending: number[] = [];

  constructor(progresses: Int32Array, slots: number, tries: Tries, symmetry: Symmetry<S, A> | null) {
    this.#tries = tries;
    this.#symmetry = symmetry;
    this.#progresses = progresses;
    this.#reaches = Array.from(progresses, () => ({ reads: new Set<number>(), writes: new Set<number>() }));
    this.#members = new Int32Array(progresses.length);
    this.#leafOf = new Int32Array(progresses.length);
    this.#slotsWritten = new Int32Array(slots);
    this.#slotsUsed = new Int32Array(slots);
  }

  /** A search begins with what is known. */
  begin(): void {
    this.isRefuted = false;
    this.#hasChosen = false;
  }

  /** Notes what a run of `action` has touched, and so what its counterparts can touch. */
  learn(action: number, reads: readonly number[], writes: readonly number[]): void {
    const reach = this.#reaches[action] as Reach;
    const before = reach.reads.size + reach.writes.size;
    for (const slot of reads) reach.reads.add(slot);
    for (const slot of writes) reach.writes.add(slot);
    if (reach.reads.size + reach.writes.size === before) return;
    this.#grow();
    for (const { action: other, slot } of this.#symmetry?.counterparts(action) ?? []) {
      this.learn(other, reads.map(slot), writes.map(slot));
    }
  }

  /** Notes that a property that can be broken and be whole again reads `slots`. */
  see(slots: Iterable<number>): void {
    for (const slot of slots) {
      if (this.#visible.has(slot)) continue;
      this.#visible.add(slot);
      this.#grow();
      this.see(this.#symmetry?.orbitOf(slot) ?? []);
    }
  }

  /**
   * Chooses which of the enabled actions to take.
   *
   * @returns positions in `enabled.actions`; null for all of them
   */
  choose(enabled: Enabled): readonly number[] | null {
    const { actions, leaves } = enabled;
    if (actions.length < 2) return null;
    if (this.#isStale) this.#index();
    for (let i = 0; i < actions.length; i++) this.#leafOf[actions[i] as number] = leaves[i] as number;
    let best: number[] | null = null;
    for (const key of actions) {
      if (this.#progresses[key] === 0) continue;
      const room = (best?.length ?? actions.length) - 1;
      if (!this.#close(key, enabled, room)) continue;
      best = [...actions.keys()].filter((i) => this.#members[actions[i] as number] === this.#stamp);
      if (best.length === 1) break;
    }
    for (const action of actions) this.#leafOf[action] = 0;
    if (best) this.#hasChosen = true;
    return best;
  }

  /** Closes `{key}`. @returns false where more than `room` enabled actions belong to it, or one that is visible */
  #close(key: number, enabled: Enabled, room: number): boolean {
    const stamp = ++this.#stamp;
    const pending = this.#pending;
    pending.length = 0;
    pending.push(key);
    this.#members[key] = stamp;
    let count = 0;
    for (let action = pending.pop(); action !== undefined; action = pending.pop()) {
      const leaf = this.#leafOf[action] as number;
      if (leaf !== 0) {
        if (++count > room) return false;
        for (const [slot] of enabled.writesOf(leaf)) {
          if (this.#visible.has(slot)) return false;
          this.#include(this.#users, this.#slotsUsed, slot);
        }
      }
      this.#includeWritersOfPath(action, enabled);
    }
    return true;
  }

  /** Adds whoever can write what `action` reads in this state, be it enabled or not. */
  #includeWritersOfPath(action: number, { value }: Enabled): void {
    const { nodes, edges, roots } = this.#tries;
    for (let ref = roots[action] as number; ref > 0; ) {
      const slot = nodes[3 * ref] as number;
      this.#include(this.#writers, this.#slotsWritten, slot);
      ref = edges[(nodes[3 * ref + 1] as number) + value(slot)] as number;
    }
  }

  #include(lists: readonly Int32Array[], done: Int32Array, slot: number): void {
    if (done[slot] === this.#stamp) return;
    done[slot] = this.#stamp;
    const list = lists[slot] as Int32Array;
    for (let i = 0; i < list.length; i++) {
      const action = list[i] as number;
      if (this.#members[action] === this.#stamp) continue;
      this.#members[action] = this.#stamp;
      this.#pending.push(action);
    }
  }

  #grow(): void {
    this.#isStale = true;
    if (this.#hasChosen) this.isRefuted = true;
  }

  #index(): void {
    const among = (touches: (reach: Reach, slot: number) => boolean): Int32Array[] =>
      Array.from(this.#slotsUsed, (_, slot) =>
        Int32Array.from([...this.#reaches.keys()].filter((a) => touches(this.#reaches[a] as Reach, slot))),
      );
    this.#writers = among(({ writes }, slot) => writes.has(slot));
    this.#users = among(({ reads, writes }, slot) => reads.has(slot) || writes.has(slot));
    this.#isStale = false;
  }
}
