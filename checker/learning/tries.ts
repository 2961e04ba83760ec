import { ModelError } from '../misuse.ts';
import type { SlotPositions } from '../store/layout.ts';
import { type Allocate, grown } from '../store/words.ts';
import type { Footprint } from './recorder.ts';

/** Leaves of every trie. `leafNo`: the action is not enabled, or the check is false. `leafYes`: the check is true. */
export const leafNo = 1;
export const leafYes = 2;

/** The arrays of {@link Tries}, which threads share. */
export interface TrieArrays {
  /** For each node three integers: its slot, where its edges begin in `edges`, and how many edges fit there. */
  readonly nodes: Int32Array;
  /** For each value of a node's slot a reference to what follows. */
  readonly edges: Int32Array;
  /** For each trie the reference to its root. */
  readonly roots: Int32Array;
}

/**
 * Decision tries, one for each action or check, learnt one path at a time.
 *
 * A recipe is a function of what it reads, and which slot it reads next is a function of what it has read so far. So the
 * runs of one recipe form a trie. A node names the slot that is read there, its edges are that slot's values, and a leaf
 * says what the recipe does. Where a path ends in a leaf, the recipe need not run again, whatever the other slots hold.
 *
 * A reference is an integer: 0 for not learnt, `n > 0` for node n, `-n < 0` for leaf n.
 */
export class Tries implements TrieArrays {
  nodes: Int32Array;
  edges: Int32Array;
  readonly roots: Int32Array;
  readonly #allocate: Allocate;
  #nodeCount = 1;
  #edgeCount = 0;

  constructor(tries: number, allocate: Allocate) {
    this.#allocate = allocate;
    this.roots = allocate(tries);
    this.nodes = allocate(3 * 1024);
    this.edges = allocate(4096);
  }

  get bytes(): number {
    return this.nodes.byteLength + this.edges.byteLength;
  }

  /**
   * Adds a path to `trie`: the slots `footprint.reads` with the values `numbers`, then `leaf`.
   *
   * @throws ModelError where an earlier run with the same readings read another slot next: the recipe is not pure
   */
  learn(trie: number, footprint: Footprint, numbers: ArrayLike<number>, leaf: number): void {
    let ref = this.roots[trie] ?? 0;
    let set = (to: number): void => {
      this.roots[trie] = to;
    };
    for (const slot of footprint.reads) {
      if (ref < 0) throw impureError();
      if (ref === 0) {
        ref = this.#addNode(slot);
        set(ref);
      }
      if (this.nodes[3 * ref] !== slot) throw impureError();
      const edge = this.#edgeFor(ref, numbers[slot] ?? 0);
      ref = this.edges[edge] ?? 0;
      set = (to) => {
        this.edges[edge] = to;
      };
    }
    if (ref > 0 || (ref < 0 && ref !== -leaf)) throw impureError();
    set(-leaf);
  }

  #withLength(array: Int32Array, length: number): Int32Array {
    return length > array.length ? grown(array, length, this.#allocate) : array;
  }

  #addNode(slot: number): number {
    const node = this.#nodeCount++;
    this.nodes = this.#withLength(this.nodes, 3 * this.#nodeCount);
    this.nodes[3 * node] = slot;
    return node;
  }

  /** The position of a node's edge for `value`, which may move the node's edges to a larger place. */
  #edgeFor(node: number, value: number): number {
    const begin = this.nodes[3 * node + 1] ?? 0;
    const capacity = this.nodes[3 * node + 2] ?? 0;
    if (value < capacity) return begin + value;
    const capacityNew = 2 ** Math.ceil(Math.log2(value + 1));
    const beginNew = this.#edgeCount;
    this.#edgeCount += capacityNew;
    this.edges = this.#withLength(this.edges, this.#edgeCount);
    this.edges.copyWithin(beginNew, begin, begin + capacity);
    this.nodes[3 * node + 1] = beginNew;
    this.nodes[3 * node + 2] = capacityNew;
    return beginNew + value;
  }
}

/** The leaf that `trie` has for the state at the beginning of `words`; 0 where that has not been learnt. */
export function walk(tries: TrieArrays, trie: number, words: Int32Array, positions: SlotPositions): number {
  return walkFrom(tries.roots[trie] as number, tries, words, positions);
}

/** The same, from a reference `from` that the state leads to. */
export function walkFrom(
  from: number,
  tries: TrieArrays,
  words: Int32Array,
  { word, shift, mask }: SlotPositions,
): number {
  let ref = from;
  while (ref > 0) {
    const slot = tries.nodes[3 * ref] as number;
    const packed = words[word[slot] as number] as number;
    ref = follow(tries, ref, (packed >>> (shift[slot] as number)) & (mask[slot] as number));
  }
  return -ref;
}

/** The reference behind node `ref` for a value of its slot. */
export function follow({ nodes, edges }: TrieArrays, ref: number, value: number): number {
  const node = 3 * ref;
  return value < (nodes[node + 2] as number) ? (edges[(nodes[node + 1] as number) + value] as number) : 0;
}

function impureError(): ModelError {
  return new ModelError(
    'a step or property read other things, or did something else, on the same readings: it must be a pure function of the state',
  );
}
