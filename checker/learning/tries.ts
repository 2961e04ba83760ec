import { ModelError } from '../misuse.ts';
import type { Places } from '../store/layout.ts';
import { type Allocate, grown } from '../store/words.ts';
import type { Footprint } from './recorder.ts';

/** Leaves that every rule has: the action is not enabled, or the claim is false; the claim is true. */
export const leafNo = 1;
export const leafYes = 2;

/** What {@link Tries} keep, as other threads need it. */
export interface TrieArrays {
  /** Per node three integers: slot, where its edges begin in `edges`, how many values they have room for. */
  readonly nodes: Int32Array;
  readonly edges: Int32Array;
  /** The root reference of each rule. */
  readonly roots: Int32Array;
}

/**
 * Decision tries, learnt one path at a time.
 *
 * A recipe is a function of what it reads, and which slot it reads next is a function of what it has read
 * so far. So the runs of one recipe form a trie: a node names the slot that is read there, its edges are
 * that slot's values, its leaves say what the recipe then does. A path that has been walked once need not
 * run the recipe again, whatever the rest of the state holds.
 *
 * A reference is an integer: 0 not learnt, `n > 0` node n, `-n < 0` leaf n.
 */
export class Tries implements TrieArrays {
  nodes: Int32Array;
  edges: Int32Array;
  readonly roots: Int32Array;
  readonly #allocate: Allocate;
  #nodeCount = 1;
  #edgeCount = 0;

  constructor(rules: number, allocate: Allocate) {
    this.#allocate = allocate;
    this.roots = allocate(rules);
    this.nodes = allocate(3 * 1024);
    this.edges = allocate(4096);
  }

  get bytes(): number {
    return this.nodes.byteLength + this.edges.byteLength;
  }

  /**
   * Notes that `rule`, reading `footprint.reads` with the values `numbers`, ends in `leaf`.
   *
   * @throws ModelError where an earlier run with the same readings read another slot next: not pure.
   */
  learn(rule: number, footprint: Footprint, numbers: ArrayLike<number>, leaf: number): void {
    let ref = this.roots[rule] ?? 0;
    let set = (to: number): void => {
      this.roots[rule] = to;
    };
    for (const slot of footprint.reads) {
      if (ref < 0) throw impure();
      if (ref === 0) {
        ref = this.#addNode(slot);
        set(ref);
      }
      if (this.nodes[3 * ref] !== slot) throw impure();
      const edge = this.#edge(ref, numbers[slot] ?? 0);
      ref = this.edges[edge] ?? 0;
      set = (to) => {
        this.edges[edge] = to;
      };
    }
    if (ref > 0 || (ref < 0 && ref !== -leaf)) throw impure();
    set(-leaf);
  }

  #with(array: Int32Array, length: number): Int32Array {
    return length > array.length ? grown(array, length, this.#allocate) : array;
  }

  #addNode(slot: number): number {
    const node = this.#nodeCount++;
    this.nodes = this.#with(this.nodes, 3 * this.#nodeCount);
    this.nodes[3 * node] = slot;
    return node;
  }

  /** The position of a node's edge for `value`, moving the node's edges where they have no room for it. */
  #edge(node: number, value: number): number {
    const begin = this.nodes[3 * node + 1] ?? 0;
    const room = this.nodes[3 * node + 2] ?? 0;
    if (value < room) return begin + value;
    const roomNew = 2 ** Math.ceil(Math.log2(value + 1));
    const beginNew = this.#edgeCount;
    this.#edgeCount += roomNew;
    this.edges = this.#with(this.edges, this.#edgeCount);
    this.edges.copyWithin(beginNew, begin, begin + room);
    this.nodes[3 * node + 1] = beginNew;
    this.nodes[3 * node + 2] = roomNew;
    return beginNew + value;
  }
}

/** Where `rule` leads on the state that is packed at the beginning of `words`: a leaf, 0 where that was not learnt. */
export function walk(tries: TrieArrays, rule: number, words: Int32Array, places: Places): number {
  return walkFrom(tries.roots[rule] as number, tries, words, places);
}

/** The same, from a reference on that the state leads to. */
export function walkFrom(
  from: number,
  tries: TrieArrays,
  words: Int32Array,
  { word, shift, mask }: Places,
): number {
  let ref = from;
  while (ref > 0) {
    const slot = tries.nodes[3 * ref] as number;
    const packed = words[word[slot] as number] as number;
    ref = follow(tries, ref, (packed >>> (shift[slot] as number)) & (mask[slot] as number));
  }
  return -ref;
}

/** Where node `ref` leads where its slot has `value`. */
export function follow({ nodes, edges }: TrieArrays, ref: number, value: number): number {
  const node = 3 * ref;
  return value < (nodes[node + 2] as number) ? (edges[(nodes[node + 1] as number) + value] as number) : 0;
}

function impure(): ModelError {
  return new ModelError(
    'a step or property read other things, or did something else, on the same readings: it must be a pure function of the state',
  );
}
