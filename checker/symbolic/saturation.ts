import { type Diagrams, none } from './diagrams.ts';
import type { Frame } from './frame.ts';
import type { Knowledge } from './knowledge.ts';
import type { Relations } from './relations.ts';

const saturating = 3;
const stepping = 4;

/**
 * Closes a set of states under the actions, innermost level first: what happens below a level is closed before anything
 * at that level happens, so that most of what there is to do is done once for many states.
 *
 * What an action does is learnt on the way, from the part of a state that is at hand. A set that is closed stays so: what
 * is learnt later is about other parts of states. An action that turns out to look at an earlier level is from then on
 * closed under there.
 *
 * @source https://doi.org/10.1007/3-540-45319-9_23 (Ciardo, Lüttgen, Siminiceanu)
 */
export class Saturation {
  readonly #sets: Diagrams;
  readonly #frame: Frame;
  readonly #known: Knowledge<never, never>;
  readonly #relations: Relations;
  /** The actions whose first level is this one, or was it once. */
  readonly #at: readonly number[][];

  constructor(sets: Diagrams, frame: Frame, known: Knowledge<never, never>, actions: number) {
    this.#sets = sets;
    this.#frame = frame;
    this.#known = known;
    this.#relations = known.relations;
    this.#at = Array.from({ length: frame.depth + 1 }, () => []);
    for (let action = 0; action < actions; action++) this.#at[known.top[action] as number]?.push(action);
  }

  /** The least set that contains `set` and what any action leads to. */
  close(set: number): number {
    return this.#saturate(set, 0);
  }

  #saturate(set: number, level: number): number {
    if (set === none || level === this.#frame.depth) return set;
    const sets = this.#sets;
    const known = sets.recall(saturating, set, level);
    if (known >= 0) return known;
    const result = this.#closeAt(level, this.#saturateBelow(set, level));
    if (result !== set) sets.remember(saturating, result, level, result);
    return sets.remember(saturating, set, level, result);
  }

  /** Takes the actions of a level in turn until none leads on; an action may join while that goes on. */
  #closeAt(level: number, begin: number): number {
    const actions = this.#at[level] as number[];
    let set = begin;
    let before = actions.length;
    for (let quiet = 0, i = 0; quiet < actions.length; ) {
      const after = this.#sets.union(set, this.#take(actions[i] as number, set, level));
      quiet = after === set && before === actions.length ? quiet + 1 : 0;
      before = actions.length;
      if (after === set) i = (i + 1) % actions.length;
      else set = this.#saturateBelow(after, level);
    }
    return set;
  }

  #take(action: number, set: number, level: number): number {
    const { top, effects } = this.#known;
    if (top[action] !== level) return none;
    this.#known.complete(action, set, level);
    const now = top[action] as number;
    if (now === level) return this.#fire(set, effects[action] as number, level);
    this.#at[now]?.push(action);
    return none;
  }

  #saturateBelow(set: number, level: number): number {
    const sets = this.#sets;
    const begin = sets.pending;
    for (let n = set; n !== none; n = sets.right(n)) {
      const down = this.#saturate(sets.down(n), level + 1);
      sets.put(sets.value(n), down);
    }
    return sets.take(begin, none);
  }

  /** What `relation` leads to from `set`, closed below this level. */
  #fire(set: number, relation: number, level: number): number {
    if (relation === 0) return none;
    if (relation === 1) return set;
    return this.#relations.level[relation] === level
      ? this.#fireNamed(set, relation, level)
      : this.#firePassing(set, relation, level);
  }

  #firePassing(set: number, relation: number, level: number): number {
    const sets = this.#sets;
    const begin = sets.pending;
    for (let n = set; n !== none; n = sets.right(n)) {
      const down = this.#step(sets.down(n), relation, level + 1);
      sets.put(sets.value(n), down);
    }
    return sets.take(begin, none);
  }

  #fireNamed(set: number, relation: number, level: number): number {
    const sets = this.#sets;
    const { read, right } = this.#relations;
    const first = firstValue(this.#relations, relation);
    let edge = first;
    let result = none;
    for (let n = set; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      for (let part = relation; part !== first; part = right[part] as number)
        if (this.#frame.matches(level, value, read[part] as number))
          result = this.#add(result, n, part, level);
      while (edge !== 0 && (read[edge] as number) < value) edge = right[edge] as number;
      for (; edge !== 0 && read[edge] === value; edge = right[edge] as number)
        result = this.#add(result, n, edge, level);
      if (edge === 0 && first === relation) break;
    }
    return result;
  }

  /** Adds to `result` what `edge` makes of the tuples that begin at node `n`. */
  #add(result: number, n: number, edge: number, level: number): number {
    const sets = this.#sets;
    const below = this.#step(sets.down(n), this.#relations.down[edge] as number, level + 1);
    if (below === none) return result;
    const value = this.#frame.result(level, sets.value(n), this.#relations.write[edge] as number);
    return sets.union(result, sets.node(value, below, none));
  }

  #step(set: number, relation: number, level: number): number {
    if (set === none || relation === 0) return none;
    if (relation === 1 || level === this.#frame.depth) return set;
    const sets = this.#sets;
    const known = sets.recall(stepping, set, relation);
    if (known >= 0) return known;
    const result = this.#saturate(this.#fire(set, relation, level), level);
    return sets.remember(stepping, set, relation, result);
  }
}

/** The first edge that reads a value, and not a part of it or nothing. */
function firstValue({ read, right }: Relations, relation: number): number {
  let edge = relation;
  while (edge !== 0 && (read[edge] as number) < 0) edge = right[edge] as number;
  return edge;
}
