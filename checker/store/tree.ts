import type { Pairs } from './pairs.ts';

/** The arrays of a {@link Tree}, which threads share. */
export interface TreeArrays {
  /** Words of a packed state. They are the nodes `0 … width - 1`. */
  readonly width: number;
  /** The two nodes below each node; -1 for the words of a packed state. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** The two nodes that a state is stored as. */
  readonly first: number;
  readonly second: number;
}

/**
 * Folds a packed state of any width into two words (tree compression, as in LTSmin). Each half of the state becomes one
 * word: the number of the pair of words that its own halves become. States have most of their parts in common, so there
 * are few pairs beside the states.
 *
 * ```text
 *            first        second
 *           ┌──┴──┐         │
 *  words   w0    w1        w2
 * ```
 */
export class Tree implements TreeArrays {
  readonly width: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly first: number;
  readonly second: number;

  constructor({ width, left, right, first, second }: TreeArrays) {
    this.width = width;
    this.left = left;
    this.right = right;
    this.first = first;
    this.second = second;
  }

  /** @param width words of a packed state, at least 1 */
  static of(width: number): Tree {
    const left: number[] = [];
    const right: number[] = [];
    const nodeOf = (from: number, to: number): number => {
      if (to - from === 1) return from;
      const middle = (from + to + 1) >> 1;
      const below = [nodeOf(from, middle), nodeOf(middle, to)] as const;
      left.push(below[0]);
      return width + right.push(below[1]) - 1;
    };
    const middle = (width + 1) >> 1;
    const first = nodeOf(0, middle);
    const second = width === 1 ? first : nodeOf(middle, width);
    const whole = (nodes: number[]): Int32Array =>
      Int32Array.from([...Array<number>(width).fill(-1), ...nodes]);
    return new Tree({ width, left: whole(left), right: whole(right), first, second });
  }

  /** How many nodes there are: words and pairs. */
  get size(): number {
    return this.left.length;
  }

  /** The pairs above some words, lower ones first. */
  above(words: Iterable<number>): number[] {
    const changed = new Set(words);
    const pairs: number[] = [];
    for (let node = this.width; node < this.size; node++) {
      if (!changed.has(this.left[node] as number) && !changed.has(this.right[node] as number)) continue;
      changed.add(node);
      pairs.push(node);
    }
    return pairs;
  }

  /** Writes the numbers of all pairs into `nodes`, whose words are given. */
  fold(nodes: Int32Array, pairs: Pairs): void {
    const { left, right, size } = this;
    for (let node = this.width; node < size; node++) {
      nodes[node] = pairs.numberOf(
        nodes[left[node] as number] as number,
        nodes[right[node] as number] as number,
      );
    }
  }

  /** Writes the words and the numbers of all pairs into `nodes`: the reverse of {@link fold}. */
  unfold(first: number, second: number, nodes: Int32Array, { members }: Pairs): void {
    const { left, right } = this;
    nodes[this.first] = first;
    nodes[this.second] = second;
    for (let node = this.size - 1; node >= this.width; node--) {
      const member = 2 * (nodes[node] as number);
      nodes[left[node] as number] = members[member] as number;
      nodes[right[node] as number] = members[member + 1] as number;
    }
  }
}
