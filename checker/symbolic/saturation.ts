import { type Diagrams, none, saturateCode, stepCode } from './diagrams.ts';
import type { LearntRelations } from './learnt-relations.ts';
import type { LevelOrder } from './level-order.ts';
import type { Relations } from './relations.ts';

const vainNodesMin = 1 << 14;

/**
 * Closes a set of states under the actions, innermost level first: the sets below a level are closed before any action of
 * that level is applied. So most work is done once for many states.
 *
 * What an action does is learnt on demand, from the levels at hand; the earlier ones are unknown. A level is closed under
 * what is known, and only then compared with what the cases cover: each comparison takes as long as a step. Why a closed set
 * stays closed: cases that are learnt later are about tuples outside of it. If an action turns out to read an earlier level,
 * it moves there, and that level is closed under it later.
 *
 * @source https://doi.org/10.1007/3-540-45319-9_23 (Ciardo, Lüttgen, Siminiceanu)
 */
export class Saturation {
  readonly #sets: Diagrams;
  readonly #order: LevelOrder;
  readonly #learnt: LearntRelations<never, never>;
  readonly #relations: Relations;
  /** For each level the actions whose top level it is, or once was. */
  readonly #actionsAt: readonly number[][];
  /** For each level what its actions do together, and how much had been learnt when that was united. */
  readonly #relationsAt: number[] = [];
  readonly #changesAt: number[] = [];
  /** The closure is given up once there are so many nodes. */
  #nodesMax: number;
  #isGivenUp = false;
  #isVain = false;

  constructor(
    sets: Diagrams,
    order: LevelOrder,
    learnt: LearntRelations<never, never>,
    actions: number,
    nodesMax: number,
  ) {
    this.#nodesMax = nodesMax;
    this.#sets = sets;
    this.#order = order;
    this.#learnt = learnt;
    this.#relations = learnt.relations;
    this.#actionsAt = Array.from({ length: order.depth + 1 }, () => []);
    for (let action = 0; action < actions; action++)
      this.#actionsAt[learnt.topLevel[action] as number]?.push(action);
  }

  /** Whether {@link close} has returned a part of the set. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** The least set that contains `set` and everything that actions lead to; a part of it where that was given up. */
  close(set: number): number {
    return this.#saturate(set, 0);
  }

  #saturate(set: number, level: number): number {
    if (set === none || level === this.#order.depth || this.#isGivenUp) return set;
    const sets = this.#sets;
    const known = sets.recall(saturateCode, set, level);
    if (known >= 0) return known;
    const result = this.#closeAt(level, this.#saturateBelow(set, level));
    if (result !== set) sets.remember(saturateCode, result, level, result);
    return sets.remember(saturateCode, set, level, result);
  }

  /** Applies the actions of a level until they add no tuple, and then learns what they do that is not yet known. */
  #closeAt(level: number, begin: number): number {
    for (let set = this.#closeUnderKnown(level, begin); ; ) {
      if (this.#givesUp() || !this.#learnAt(level, set)) return set;
      set = this.#closeUnderKnown(level, set);
    }
  }

  /** Applies the cases that are known until they add no tuple. More actions may move to the level meanwhile. */
  #closeUnderKnown(level: number, begin: number): number {
    for (let set = begin; ; ) {
      const relation = this.#relationAt(level);
      const after = this.#sets.union(set, this.#fire(set, relation, level));
      if (after !== set) set = this.#saturateBelow(after, level);
      else if (relation === this.#relationAt(level)) return set;
      if (this.#givesUp()) return set;
    }
  }

  /** What all actions of a level do together, as far as it is known. */
  #relationAt(level: number): number {
    const { topLevel, effects, changes } = this.#learnt;
    if (this.#changesAt[level] === changes) return this.#relationsAt[level] as number;
    let relation = 0;
    for (const action of this.#actionsAt[level] as number[])
      if (topLevel[action] === level) relation = this.#relations.union(relation, effects[action] as number);
    this.#changesAt[level] = changes;
    this.#relationsAt[level] = relation;
    return relation;
  }

  /**
   * Learns what the actions of a level do to each tuple of a set. An action that turns out to read an earlier level moves
   * there.
   *
   * @returns whether something was learnt
   */
  #learnAt(level: number, set: number): boolean {
    const { topLevel } = this.#learnt;
    const actions = (this.#actionsAt[level] as number[]).filter((action) => topLevel[action] === level);
    const before = this.#relationAt(level);
    this.#learnt.learnFor(actions, set, level);
    for (const action of actions) {
      const now = topLevel[action] as number;
      if (now !== level) this.#actionsAt[now]?.push(action);
    }
    return this.#relationAt(level) !== before;
  }

  /** An attempt that lacks a level is in vain, but for what else it learns: it may make as many nodes again. */
  #givesUp(): boolean {
    const { count } = this.#sets;
    if (this.#learnt.lacksLevel && !this.#isVain) {
      this.#isVain = true;
      this.#nodesMax = Math.min(this.#nodesMax, Math.max(2 * count, vainNodesMin));
    }
    this.#isGivenUp ||= count >= this.#nodesMax;
    return this.#isGivenUp;
  }

  #saturateBelow(set: number, level: number): number {
    return this.#sets.mapped(set, (n) => this.#saturate(this.#sets.down(n), level + 1));
  }

  /** The tuples that `relation` leads to from `set`, closed below this level. */
  #fire(set: number, relation: number, level: number): number {
    if (relation === 0) return none;
    if (relation === 1) return set;
    return this.#relations.level[relation] === level
      ? this.#fireReading(set, relation, level)
      : this.#firePassing(set, relation, level);
  }

  #firePassing(set: number, relation: number, level: number): number {
    return this.#sets.mapped(set, (n) => this.#step(this.#sets.down(n), relation, level + 1));
  }

  #fireReading(set: number, relation: number, level: number): number {
    const sets = this.#sets;
    const { read, right } = this.#relations;
    const first = firstValue(this.#relations, relation);
    let edge = first;
    let result = none;
    for (let n = set; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      for (let part = relation; part !== first; part = right[part] as number)
        if (this.#order.matches(level, value, read[part] as number))
          result = this.#addImage(result, n, part, level);
      while (edge !== 0 && (read[edge] as number) < value) edge = right[edge] as number;
      for (; edge !== 0 && read[edge] === value; edge = right[edge] as number)
        result = this.#addImage(result, n, edge, level);
      if (edge === 0 && first === relation) break;
    }
    return result;
  }

  /** Adds to `result` the tuples that `edge` leads to from those that begin at node `n`. */
  #addImage(result: number, n: number, edge: number, level: number): number {
    const sets = this.#sets;
    const below = this.#step(sets.down(n), this.#relations.down[edge] as number, level + 1);
    if (below === none) return result;
    const value = this.#order.valueAfter(level, sets.value(n), this.#relations.write[edge] as number);
    return sets.union(result, sets.node(value, below, none));
  }

  #step(set: number, relation: number, level: number): number {
    if (set === none || relation === 0) return none;
    if (relation === 1 || level === this.#order.depth) return set;
    const sets = this.#sets;
    const known = sets.recall(stepCode, set, relation);
    if (known >= 0) return known;
    const result = this.#saturate(this.#fire(set, relation, level), level);
    return sets.remember(stepCode, set, relation, result);
  }
}

/** The first edge that reads a whole value, not a part of it or nothing. */
function firstValue({ read, right }: Relations, relation: number): number {
  let edge = relation;
  while (edge !== 0 && (read[edge] as number) < 0) edge = right[edge] as number;
  return edge;
}
