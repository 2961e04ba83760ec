import { type Diagrams, none } from './diagrams.ts';

/** A node of a layer: values and, beside each, the number of a node of the next layer. */
type LayerNode = readonly number[];

/**
 * A set of tuples, level by level, in which two neighbouring levels can be exchanged. Its size is the number of pairs of a
 * value and what follows it, which is about the number of nodes of the diagram.
 *
 * @source https://doi.org/10.1109/ICCAD.1993.580029 (Rudell: dynamic variable ordering)
 */
export class Layers {
  readonly #layers: LayerNode[][];
  readonly #sizes: number[];

  constructor(sets: Diagrams, set: number, depth: number) {
    this.#layers = layersOf(sets, set, depth);
    this.#sizes = this.#layers.map(sizeOf);
  }

  get depth(): number {
    return this.#layers.length;
  }

  /** The pairs of all levels. */
  get size(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  /** The pairs of a level. */
  sizeAt(level: number): number {
    return this.#sizes[level] as number;
  }

  /** Exchanges a level with the next one. Nodes above and below keep their numbers. @returns how many pairs that adds */
  exchange(level: number): number {
    const above = this.#layers[level] as LayerNode[];
    const below = this.#layers[level + 1] as LayerNode[];
    const numbers = new Map<string | number, number>();
    const made: LayerNode[] = [];
    const numberOf = (node: LayerNode): number => {
      const [value = 0, next = 0] = node;
      // Most nodes are one pair, and numbers are faster keys than texts.
      const key = node.length === 2 ? value * 2 ** 26 + next : node.join();
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, made.length);
      return made.push(node) - 1;
    };
    const before = this.sizeAt(level) + this.sizeAt(level + 1);
    const exchanged = above.map((node) =>
      turned(node, below).flatMap(([value, rest]) => [value, numberOf(rest)]),
    );
    this.#layers[level] = exchanged;
    this.#layers[level + 1] = made;
    this.#sizes[level] = sizeOf(exchanged);
    this.#sizes[level + 1] = sizeOf(made);
    return this.sizeAt(level) + this.sizeAt(level + 1) - before;
  }
}

/** The second values of the pairs below a node, ascending, each with the first values before it and what comes after. */
function turned(node: LayerNode, below: readonly LayerNode[]): [value: number, rest: number[]][] {
  const bySecond = new Map<number, number[]>();
  for (let i = 0; i < node.length; i += 2) {
    const next = below[node[i + 1] as number] as LayerNode;
    for (let j = 0; j < next.length; j += 2) {
      const rest = bySecond.get(next[j] as number);
      if (rest) rest.push(node[i] as number, next[j + 1] as number);
      else bySecond.set(next[j] as number, [node[i] as number, next[j + 1] as number]);
    }
  }
  return [...bySecond].sort(([a], [b]) => a - b);
}

function sizeOf(layer: readonly LayerNode[]): number {
  return layer.reduce((sum, node) => sum + node.length / 2, 0);
}

function layersOf(sets: Diagrams, set: number, depth: number): LayerNode[][] {
  const layers: LayerNode[][] = [];
  let heads = [set];
  for (let level = 0; level < depth; level++) {
    const numbers = new Map<number, number>();
    const numberOf = (head: number): number => {
      const known = numbers.get(head) ?? numbers.size;
      numbers.set(head, known);
      return known;
    };
    layers.push(
      heads.map((head) => {
        const node: number[] = [];
        for (let n = head; n !== none; n = sets.right(n)) node.push(sets.value(n), numberOf(sets.down(n)));
        return node;
      }),
    );
    heads = [...numbers.keys()];
  }
  return layers;
}
