import { ModelError } from '../misuse.ts';
import type { Footprint } from './recorder.ts';

/** Leaves that every rule has: the action is not enabled, or the claim is false; the claim is true. */
export const leafNo = 1;
export const leafYes = 2;

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
export class Tries {
  /** Per node three integers: slot, where its edges begin in `edges`, how many values they have room for. */
  nodes: Int32Array = new Int32Array(3 * 1024);
  edges: Int32Array = new Int32Array(4096);
  /** The root reference of each rule. */
  readonly roots: Int32Array;
  #nodeCount = 1;
  #edgeCount = 0;

  constructor(rules: number) {
    this.roots = new Int32Array(rules);
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

  #addNode(slot: number): number {
    const node = this.#nodeCount++;
    if (3 * this.#nodeCount > this.nodes.length) this.nodes = doubled(this.nodes);
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
    while (this.#edgeCount > this.edges.length) this.edges = doubled(this.edges);
    this.edges.copyWithin(beginNew, begin, begin + room);
    this.nodes[3 * node + 1] = beginNew;
    this.nodes[3 * node + 2] = roomNew;
    return beginNew + value;
  }
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function impure(): ModelError {
  return new ModelError(
    'a step or property read other things, or did something else, on the same readings: it must be a pure function of the state',
  );
}
