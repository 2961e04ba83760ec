import type { AnyStep } from './any-step.ts';
import { type Diagrams, none } from './diagrams.ts';
import type { Images } from './images.ts';

/** Where the paths are: the tuple that they begin with, the tuples that they may pass, and the relation of each action, alone and all together. */
export interface PathSpace {
  readonly initial: number;
  readonly among: number;
  readonly effects: readonly number[];
  readonly steps: AnyStep;
}

/** The actions of a path, and the set of the tuple that it ends in. */
export interface SymbolicPath {
  readonly actions: readonly number[];
  readonly end: number;
}

/**
 * Finds shortest paths. It searches breadth first from both ends, each time from the one whose last layer took fewer nodes
 * to make. The layers from the initial tuple are kept for the next path.
 */
export class ShortestPaths {
  readonly #sets: Diagrams;
  readonly #images: Images;
  readonly #space: PathSpace;
  /** The tuples that so many steps lead to, some of them perhaps by a detour. Why not the nearer ones left out: it costs more. */
  readonly #layers: number[];
  /** Nodes that the last layer from the initial tuple took. */
  #made = 0;

  constructor(sets: Diagrams, images: Images, space: PathSpace) {
    this.#sets = sets;
    this.#images = images;
    this.#space = space;
    this.#layers = [space.initial];
  }

  /** A shortest path to one of the tuples in `goal`, which has to be reachable. */
  pathInto(goal: number): SymbolicPath {
    const sets = this.#sets;
    const { among, steps } = this.#space;
    const meets = (forward: number, backward: number): boolean =>
      sets.intersection(forward, backward) !== none;
    const met = this.#layers.findIndex((layer) => meets(layer, goal));
    if (met >= 0) return this.#pathThrough(met, [goal]);
    const backward = [goal];
    for (let madeBackward = 0; ; ) {
      const [first, last] = [this.#layers.at(-1) as number, backward.at(-1) as number];
      if (meets(first, last)) return this.#pathThrough(this.#layers.length - 1, backward);
      const { count } = sets;
      if (this.#made <= madeBackward) {
        this.#layers.push(steps.after(first));
        this.#made = sets.count - count;
      } else {
        backward.push(steps.before(last, among));
        madeBackward = sets.count - count;
      }
      if (this.#layers.at(-1) === none || backward.at(-1) === none)
        throw new RangeError('a state that was reached has no path to it');
    }
  }

  /** A path through layer `met` from the initial tuple and the last of the layers back from the goal, which meet. */
  #pathThrough(met: number, backward: readonly number[]): SymbolicPath {
    const sets = this.#sets;
    const { effects } = this.#space;
    const meeting = sets.first(sets.intersection(this.#layers[met] as number, backward.at(-1) as number));
    const actions: number[] = [];
    for (let at = meeting, layer = met - 1; layer >= 0; layer--) {
      const among = this.#layers[layer] as number;
      const before = (action: number): number => this.#images.preimage(at, effects[action] as number, among);
      const action = effects.findIndex((_, each) => before(each) !== none);
      actions.unshift(action);
      at = sets.first(before(action));
    }
    let end = meeting;
    for (const layer of backward.slice(0, -1).reverse()) {
      const after = (action: number): number =>
        sets.intersection(this.#images.image(end, effects[action] as number), layer);
      const action = effects.findIndex((_, each) => after(each) !== none);
      actions.push(action);
      end = after(action);
    }
    return { actions, end };
  }
}

/** The tuple of `set` with the fewest levels that differ from 0, the initial value. A path to it is found soon. */
export function leastChanged(sets: Diagrams, set: number, depth: number): number[] {
  const known = new Map<number, number>();
  const distance = (node: number): number => {
    if (node <= 1) return node === none ? Infinity : 0;
    const before = known.get(node);
    if (before !== undefined) return before;
    let least = Infinity;
    for (let n = node; n !== none; n = sets.right(n)) least = Math.min(least, through(n));
    known.set(node, least);
    return least;
  };
  const through = (n: number): number => (sets.value(n) === 0 ? 0 : 1) + distance(sets.down(n));
  const tuple: number[] = [];
  for (let node = set; tuple.length < depth; ) {
    let best = node;
    for (let n = node; n !== none; n = sets.right(n)) if (through(n) < through(best)) best = n;
    tuple.push(sets.value(best));
    node = sets.down(best);
  }
  return tuple;
}
