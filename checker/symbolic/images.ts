import { type Diagrams, imageCode, intoCode, none, preimageCode } from './diagrams.ts';
import type { LevelOrder } from './level-order.ts';
import type { Relations } from './relations.ts';

/** Single steps from a set of tuples, forward and backward. */
export class Images {
  readonly #sets: Diagrams;
  readonly #order: LevelOrder;
  readonly #relations: Relations;

  constructor(sets: Diagrams, order: LevelOrder, relations: Relations) {
    this.#sets = sets;
    this.#order = order;
    this.#relations = relations;
  }

  /** The tuples that `relation` leads to from `set`. If it writes nothing, this is the part of `set` where it applies. */
  image(set: number, relation: number, level: number = 0): number {
    if (set === none || relation === 0) return none;
    if (relation === 1) return set;
    const sets = this.#sets;
    const known = sets.recall(imageCode, set, relation);
    if (known >= 0) return known;
    return sets.remember(imageCode, set, relation, this.#computeImage(set, relation, level));
  }

  #computeImage(set: number, relation: number, level: number): number {
    const sets = this.#sets;
    const { read, write, down, right } = this.#relations;
    if (this.#relations.level[relation] !== level)
      return sets.mapped(set, (n) => this.image(sets.down(n), relation, level + 1));
    let result = none;
    for (let n = set; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      for (let edge = relation; edge !== 0; edge = right[edge] as number) {
        if (!this.#order.matches(level, value, read[edge] as number)) continue;
        const below = this.image(sets.down(n), down[edge] as number, level + 1);
        const after = this.#order.valueAfter(level, value, write[edge] as number);
        result = sets.union(result, sets.node(after, below, none));
      }
    }
    return result;
  }

  /** Whether `relation` leads from `set` to tuples of `into` alone. No set is made, so it is faster than {@link image}. */
  leadsInto(set: number, relation: number, into: number, level: number = 0): boolean {
    if (set === none || relation === 0) return true;
    if (relation === 1) return this.#sets.minus(set, into) === none;
    const code = intoCode + 8 * relation;
    const known = this.#sets.recall(code, set, into);
    if (known >= 0) return known === 1;
    return this.#sets.remember(code, set, into, Number(this.#computeInto(set, relation, into, level))) === 1;
  }

  #computeInto(set: number, relation: number, into: number, level: number): boolean {
    const sets = this.#sets;
    const { read, write, down, right } = this.#relations;
    const isPassed = this.#relations.level[relation] !== level;
    for (let n = set; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      const below = sets.down(n);
      if (isPassed) {
        if (!this.leadsInto(below, relation, sets.below(into, value), level + 1)) return false;
        continue;
      }
      for (let edge = relation; edge !== 0; edge = right[edge] as number) {
        if (!this.#order.matches(level, value, read[edge] as number)) continue;
        const rest = sets.below(into, this.#order.valueAfter(level, value, write[edge] as number));
        if (!this.leadsInto(below, down[edge] as number, rest, level + 1)) return false;
      }
    }
    return true;
  }

  /** The tuples of `among` from which `relation` leads into `set`. */
  preimage(set: number, relation: number, among: number, level: number = 0): number {
    if (set === none || relation === 0 || among === none) return none;
    if (relation === 1) return this.#sets.intersection(set, among);
    const code = preimageCode + 8 * relation;
    const known = this.#sets.recall(code, set, among);
    if (known >= 0) return known;
    return this.#sets.remember(code, set, among, this.#computePreimage(set, relation, among, level));
  }

  #computePreimage(set: number, relation: number, among: number, level: number): number {
    const sets = this.#sets;
    const { read, write, down, right } = this.#relations;
    if (this.#relations.level[relation] !== level)
      return sets.mapped(among, (n) =>
        this.preimage(sets.below(set, sets.value(n)), relation, sets.down(n), level + 1),
      );
    return sets.mapped(among, (n) => {
      const value = sets.value(n);
      let result = none;
      for (let edge = relation; edge !== 0; edge = right[edge] as number) {
        if (!this.#order.matches(level, value, read[edge] as number)) continue;
        const rest = sets.below(set, this.#order.valueAfter(level, value, write[edge] as number));
        const before = this.preimage(rest, down[edge] as number, sets.down(n), level + 1);
        result = sets.union(result, before);
      }
      return result;
    });
  }
}
