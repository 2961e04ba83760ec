import { leafNo, type TrieArrays } from '../learning/tries.ts';
import type { Slot } from '../store/slots.ts';
import type { Store } from '../store/store.ts';

/** What a slot did to the attempts to take an action. */
export interface SlotCoverage {
  /** The keys that lead to the slot. */
  readonly path: readonly string[];
  /** Attempts that read the slot. */
  readonly readings: number;
  /** Attempts that ended at this slot: it was the last one read, and the action was not enabled. */
  readonly refusals: number;
  /** The values at which attempts ended: canonical JSON, sorted. */
  readonly refusing: readonly string[];
  /** The values at which the action read on or was taken, in the same form. */
  readonly passing: readonly string[];
  /** Whether the outcome ever depended on the slot. */
  readonly matters: boolean;
}

/** How the attempts to take an action ended. */
export interface ActionCoverage {
  /** Attempts at which it was enabled. */
  readonly taken: number;
  /** How many different lists of writes it had. */
  readonly outcomes: number;
  /** The slots it read, in the order of the state's tree. The reads of a property of steps count as reads of the step. */
  readonly slots: readonly SlotCoverage[];
  /** The slot that ended an attempt after the most reads; null where the action read nothing or was always enabled. */
  readonly farthest: {
    /** The keys that lead to the slot. */
    readonly path: readonly string[];
    /** Its values there: canonical JSON, sorted. */
    readonly values: readonly string[];
  } | null;
}

/** How the attempts to take each action of a model ended. */
export interface Coverage {
  /** In how many states each action was attempted. */
  readonly states: number;
  /** In the order of `model.actions`. */
  readonly actions: readonly ActionCoverage[];
}

/** The states that were expanded, and the tries that were learnt from their steps. */
export interface ExpandedStates {
  readonly tries: TrieArrays;
  readonly slots: readonly Slot[];
  readonly store: Store;
  /** How many states were expanded: the first ones of the store. */
  readonly states: number;
}

/**
 * Walks the learnt trie of every action once more in every expanded state, and counts which slots ended the attempts.
 * The result depends on the set of states alone, not on the order of discovery or on the threads.
 */
export function coverageOf(expanded: ExpandedStates): Coverage {
  const { tries, slots, states } = expanded;
  const attempts = attemptsByEdge(expanded);
  const actions = Array.from(tries.roots, (root): ActionCoverage => {
    if (root === 0) return { taken: 0, outcomes: 0, slots: [], farthest: null };
    if (root < 0) {
      const isTaken = -root !== leafNo;
      return { taken: isTaken ? states : 0, outcomes: isTaken ? 1 : 0, slots: [], farthest: null };
    }
    return new ActionReader(tries, slots, attempts).read(root);
  });
  return { states, actions };
}

/** For each edge of the tries, how many attempts took it. */
function attemptsByEdge({ tries, store, states }: ExpandedStates): Float64Array {
  const { nodes, edges, roots } = tries;
  const { word, shift, mask } = store.layout;
  const words = store.newNodes();
  const attempts = new Float64Array(edges.length);
  for (let number = 0; number < states; number++) {
    store.load(number, words);
    for (let action = 0; action < roots.length; action++) {
      for (let ref = roots[action] as number; ref > 0; ) {
        const slot = nodes[3 * ref] as number;
        const packed = words[word[slot] as number] as number;
        const value = (packed >>> (shift[slot] as number)) & (mask[slot] as number);
        const edge = (nodes[3 * ref + 1] as number) + value;
        (attempts[edge] as number)++;
        ref = edges[edge] as number;
      }
    }
  }
  return attempts;
}

/** The attempts of one action that read a slot. */
class SlotTally {
  readings = 0;
  refusals = 0;
  readonly refusing = new Set<number>();
  readonly passing = new Set<number>();
  /** The most slots that were read before an attempt ended here, and the values at which it did. */
  depth = 0;
  readonly deepest = new Set<number>();

  refuse(value: number, times: number, depth: number): void {
    this.refusals += times;
    this.refusing.add(value);
    if (depth < this.depth) return;
    if (depth > this.depth) this.deepest.clear();
    this.depth = depth;
    this.deepest.add(value);
  }
}

/** An edge of a trie that attempts took. */
interface TakenEdge {
  readonly value: number;
  readonly times: number;
  readonly to: number;
}

/** Reads the part of one action's trie that attempts went through. */
class ActionReader {
  readonly #tries: TrieArrays;
  readonly #slots: readonly Slot[];
  readonly #attempts: Float64Array;
  readonly #tallies = new Map<number, SlotTally>();
  readonly #outcomes = new Set<number>();
  #taken = 0;

  constructor(tries: TrieArrays, slots: readonly Slot[], attempts: Float64Array) {
    this.#tries = tries;
    this.#slots = slots;
    this.#attempts = attempts;
  }

  read(root: number): ActionCoverage {
    this.#visit(root, 1);
    // Sorted by slot: the order of the map depends on which thread met a value first.
    const seen = [...this.#tallies].toSorted(([a], [b]) => a - b);
    const [farthest] = seen
      .filter(([, { depth }]) => depth > 0)
      .toSorted(([, a], [, b]) => b.depth - a.depth);
    return {
      taken: this.#taken,
      outcomes: this.#outcomes.size,
      slots: seen.map(([slot, { readings, refusals, refusing, passing }]) => ({
        path: this.#slots[slot]?.path ?? [],
        readings,
        refusals,
        refusing: this.#texts(slot, refusing),
        passing: this.#texts(slot, passing),
        matters: !this.#isIndifferent([root], slot),
      })),
      farthest: farthest
        ? {
            path: this.#slots[farthest[0]]?.path ?? [],
            values: this.#texts(farthest[0], farthest[1].deepest),
          }
        : null,
    };
  }

  #visit(node: number, depth: number): void {
    const slot = this.#slotOf(node);
    const seen = this.#tallies.get(slot) ?? new SlotTally();
    this.#tallies.set(slot, seen);
    for (const { value, times, to } of this.#edgesOf(node)) {
      seen.readings += times;
      if (to === -leafNo) {
        seen.refuse(value, times, depth);
        continue;
      }
      seen.passing.add(value);
      if (to > 0) this.#visit(to, depth + 1);
      else {
        this.#taken += times;
        this.#outcomes.add(to);
      }
    }
  }

  /**
   * Whether two attempts that read the same values everywhere but in `slot` always end alike. `refs` are the nodes and
   * leaves that such attempts are at. Where they read different slots next, all the leaves below have to be the same.
   */
  #isIndifferent(refs: readonly number[], slot: number): boolean {
    const past = this.#afterReading(refs, slot);
    const next = new Set(past.map((ref) => (ref > 0 ? this.#slotOf(ref) : -1)));
    if (next.size > 1 || next.has(-1)) return new Set(past.flatMap((ref) => this.#leavesOf(ref))).size <= 1;
    const byValue = new Map<number, number[]>();
    for (const { value, to } of past.flatMap((node) => this.#edgesOf(node))) {
      const same = byValue.get(value);
      if (same) same.push(to);
      else byValue.set(value, [to]);
    }
    return [...byValue.values()].every((each) => this.#isIndifferent(each, slot));
  }

  /** Where the attempts are once those at a node of `slot` have read it, whatever its value. */
  #afterReading(refs: readonly number[], slot: number): number[] {
    return refs.flatMap((ref) =>
      ref > 0 && this.#slotOf(ref) === slot ? this.#edgesOf(ref).map(({ to }) => to) : [ref],
    );
  }

  #leavesOf(ref: number): number[] {
    return ref < 0 ? [ref] : this.#edgesOf(ref).flatMap(({ to }) => this.#leavesOf(to));
  }

  #slotOf(node: number): number {
    return this.#tries.nodes[3 * node] as number;
  }

  #edgesOf(node: number): TakenEdge[] {
    const { nodes, edges } = this.#tries;
    const begin = nodes[3 * node + 1] as number;
    const found: TakenEdge[] = [];
    for (let value = 0; value < (nodes[3 * node + 2] as number); value++) {
      const times = this.#attempts[begin + value] as number;
      if (times > 0) found.push({ value, times, to: edges[begin + value] as number });
    }
    return found;
  }

  #texts(slot: number, values: Iterable<number>): string[] {
    return [...values].map((value) => this.#slots[slot]?.texts[value] ?? '').sort();
  }
}
