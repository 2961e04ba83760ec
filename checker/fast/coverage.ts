import { leafNo, type TrieArrays } from '../learning/tries.ts';
import type { Slot } from '../store/slots.ts';
import type { Store } from '../store/store.ts';

/** What one end of the state's tree did to the attempts of an action. */
export interface SlotCoverage {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  /** Attempts that read it. */
  readonly readings: number;
  /** Attempts that it refused: it was the last that was read before the action was found not to be enabled. */
  readonly refusals: number;
  /** The values at which it refused, and those at which the action read on or was taken: canonical JSON, in its order. */
  readonly refusing: readonly string[];
  readonly passing: readonly string[];
  /** Whether what the action did ever depended on it. */
  readonly matters: boolean;
}

/** What became of an action. */
export interface ActionCoverage {
  readonly taken: number;
  /** How many different things it did: lists of writes. */
  readonly outcomes: number;
  /** What it read, in the order of the state's tree. What a property of steps reads is part of the step. */
  readonly slots: readonly SlotCoverage[];
  /** The slot that refused it after the most readings; null where it read nothing or was never refused. */
  readonly farthest: { readonly path: readonly string[]; readonly values: readonly string[] } | null;
}

/** What became of every action of a model. */
export interface Coverage {
  /** In how many states each was attempted. */
  readonly states: number;
  /** In the order of `model.actions`. */
  readonly actions: readonly ActionCoverage[];
}

/** The states that were expanded, which are the first ones of a store, and what is known of the steps from them. */
export interface Expanded {
  readonly tries: TrieArrays;
  readonly slots: readonly Slot[];
  readonly store: Store;
  readonly states: number;
}

/**
 * Attempts every action in every state once more, along the paths that were learnt, and says which slots stood in its
 * way. It depends on the set of the states alone: neither on the order in which they were found nor on the threads.
 */
export function coverageOf(expanded: Expanded): Coverage {
  const { tries, slots, states } = expanded;
  const hits = hitsOf(expanded);
  const actions = Array.from(tries.roots, (root): ActionCoverage => {
    if (root === 0) return { taken: 0, outcomes: 0, slots: [], farthest: null };
    if (root < 0) {
      const isTaken = -root !== leafNo;
      return { taken: isTaken ? states : 0, outcomes: isTaken ? 1 : 0, slots: [], farthest: null };
    }
    return new ActionReader(tries, slots, hits).read(root);
  });
  return { states, actions };
}

/** How many attempts went along each edge of the tries. */
function hitsOf({ tries, store, states }: Expanded): Float64Array {
  const { nodes, edges, roots } = tries;
  const { word, shift, mask } = store.layout;
  const words = store.nodes();
  const hits = new Float64Array(edges.length);
  for (let number = 0; number < states; number++) {
    store.load(number, words);
    for (let action = 0; action < roots.length; action++) {
      for (let ref = roots[action] as number; ref > 0; ) {
        const slot = nodes[3 * ref] as number;
        const packed = words[word[slot] as number] as number;
        const value = (packed >>> (shift[slot] as number)) & (mask[slot] as number);
        const edge = (nodes[3 * ref + 1] as number) + value;
        (hits[edge] as number)++;
        ref = edges[edge] as number;
      }
    }
  }
  return hits;
}

class Seen {
  readings = 0;
  refusals = 0;
  readonly refusing = new Set<number>();
  readonly passing = new Set<number>();
  /** How many slots had been read where it refused last, and at which values. */
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

interface Edge {
  readonly value: number;
  readonly times: number;
  readonly to: number;
}

/** Reads the trie of one action, as far as attempts went through it. */
class ActionReader {
  readonly #tries: TrieArrays;
  readonly #slots: readonly Slot[];
  readonly #hits: Float64Array;
  readonly #seen = new Map<number, Seen>();
  readonly #outcomes = new Set<number>();
  #taken = 0;

  constructor(tries: TrieArrays, slots: readonly Slot[], hits: Float64Array) {
    this.#tries = tries;
    this.#slots = slots;
    this.#hits = hits;
  }

  read(root: number): ActionCoverage {
    this.#visit(root, 1);
    // In the order of the state's tree: that of the values depends on which thread met them first.
    const seen = [...this.#seen].toSorted(([a], [b]) => a - b);
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
    const seen = this.#seen.get(slot) ?? new Seen();
    this.#seen.set(slot, seen);
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
   * Whether attempts that agree in all that they read but `slot` end alike, given that all of `refs` are reached by such.
   * Where one of two of them reads something else next, they have to end alike whatever that is.
   */
  #isIndifferent(refs: readonly number[], slot: number): boolean {
    const past = this.#past(refs, slot);
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

  /** What follows on `refs` once `slot` has been read, whatever it holds. */
  #past(refs: readonly number[], slot: number): number[] {
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

  #edgesOf(node: number): Edge[] {
    const { nodes, edges } = this.#tries;
    const begin = nodes[3 * node + 1] as number;
    const found: Edge[] = [];
    for (let value = 0; value < (nodes[3 * node + 2] as number); value++) {
      const times = this.#hits[begin + value] as number;
      if (times > 0) found.push({ value, times, to: edges[begin + value] as number });
    }
    return found;
  }

  #texts(slot: number, values: Iterable<number>): string[] {
    return [...values].map((value) => this.#slots[slot]?.texts[value] ?? '').sort();
  }
}
