import { type Diagrams, none } from './diagrams.ts';
import type { Steps } from './steps.ts';

/** The tuple of `set` that differs from the tuple of zeros in as few levels as any: where little has happened. */
export function nearest(sets: Diagrams, set: number, depth: number): number[] {
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

/** Where a way begins and ends, and what it may go through: sets of states, and what each action does. */
export interface Journey {
  readonly from: number;
  readonly to: number;
  readonly among: number;
  readonly effects: readonly number[];
}

/** The actions of a shortest way from one state to another, found from its end. */
export function wayTo(sets: Diagrams, steps: Steps, { from, to, among, effects }: Journey): number[] {
  const layers = [to];
  let seen = to;
  const isThere = (set: number): boolean => sets.minus(from, set) === none;
  while (!isThere(layers.at(-1) as number)) {
    const last = layers.at(-1) as number;
    const before = effects.reduce((all, effect) => sets.union(all, steps.before(last, effect, among)), none);
    layers.push(sets.minus(before, seen));
    seen = sets.union(seen, before);
    if (layers.at(-1) === none) throw new RangeError('a state that was reached has no way to it');
  }
  const way: number[] = [];
  let at = from;
  for (const layer of layers.reverse().slice(1)) {
    const action = effects.findIndex((effect) => sets.both(steps.image(at, effect), layer) !== none);
    way.push(action);
    at = steps.image(at, effects[action] as number);
  }
  return way;
}
