import { type Diagrams, none } from './diagrams.ts';
import type { Images } from './images.ts';

/** The tuple of `set` with the fewest levels that differ from 0, the initial value. */
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

/** Which path is wanted: sets with its first and its last state, the states on it, and for each action its relation. */
export interface PathQuery {
  readonly from: number;
  readonly to: number;
  readonly among: number;
  readonly effects: readonly number[];
}

/** The actions of a shortest path. It searches backward from the last state, breadth first. */
export function shortestPath(
  sets: Diagrams,
  images: Images,
  { from, to, among, effects }: PathQuery,
): number[] {
  const layers = [to];
  let seen = to;
  const isThere = (set: number): boolean => sets.minus(from, set) === none;
  while (!isThere(layers.at(-1) as number)) {
    const last = layers.at(-1) as number;
    const before = effects.reduce(
      (all, effect) => sets.union(all, images.preimage(last, effect, among)),
      none,
    );
    layers.push(sets.minus(before, seen));
    seen = sets.union(seen, before);
    if (layers.at(-1) === none) throw new RangeError('a state that was reached has no path to it');
  }
  const path: number[] = [];
  let at = from;
  for (const layer of layers.reverse().slice(1)) {
    const action = effects.findIndex((effect) => sets.intersection(images.image(at, effect), layer) !== none);
    path.push(action);
    at = images.image(at, effects[action] as number);
  }
  return path;
}
