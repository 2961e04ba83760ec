import { afterCode, beforeCode, type Diagrams, none, withinCode } from './diagrams.ts';
import type { Images } from './images.ts';
import type { Relations } from './relations.ts';

/**
 * Single steps of any action. The levels above the first one that an action reads or writes are walked once for all actions,
 * so this is faster than the {@link Images} of one action after the other.
 */
export class AnyStep {
  readonly #sets: Diagrams;
  readonly #images: Images;
  /** For each level the relations whose first level it is. */
  readonly #relationsAt: number[][] = [];

  constructor(sets: Diagrams, images: Images, relations: Relations, effects: readonly number[]) {
    this.#sets = sets;
    this.#images = images;
    for (const effect of effects) {
      if (effect === 0) continue;
      // A step that changes nothing, wherever it is taken.
      const level = effect === 1 ? 0 : (relations.level[effect] as number);
      while (this.#relationsAt.length <= level) this.#relationsAt.push([]);
      this.#relationsAt[level]?.push(effect);
    }
  }

  /** The tuples that a step leads to from `set`. */
  after(set: number, level: number = 0): number {
    const relations = this.#relationsAt[level];
    if (set === none || !relations) return none;
    const sets = this.#sets;
    const known = sets.recall(afterCode, set, none);
    if (known >= 0) return known;
    const result = relations.reduce(
      (all, relation) => sets.union(all, this.#images.image(set, relation, level)),
      sets.mapped(set, (n) => this.after(sets.down(n), level + 1)),
    );
    return sets.remember(afterCode, set, none, result);
  }

  /** The tuples of `among` from which a step leads into `set`. */
  before(set: number, among: number, level: number = 0): number {
    const relations = this.#relationsAt[level];
    if (set === none || among === none || !relations) return none;
    const sets = this.#sets;
    const known = sets.recall(beforeCode, set, among);
    if (known >= 0) return known;
    const result = relations.reduce(
      (all, relation) => sets.union(all, this.#images.preimage(set, relation, among, level)),
      sets.mapped(among, (n) => this.before(sets.below(set, sets.value(n)), sets.down(n), level + 1)),
    );
    return sets.remember(beforeCode, set, among, result);
  }

  /** Whether all steps from `set` lead to tuples of `into`. */
  leadsInto(set: number, into: number, level: number = 0): boolean {
    const relations = this.#relationsAt[level];
    if (set === none || !relations) return true;
    const sets = this.#sets;
    const known = sets.recall(withinCode, set, into);
    if (known >= 0) return known === 1;
    let isInside = relations.every((relation) => this.#images.leadsInto(set, relation, into, level));
    for (let n = set; isInside && n !== none; n = sets.right(n))
      isInside = this.leadsInto(sets.down(n), sets.below(into, sets.value(n)), level + 1);
    return sets.remember(withinCode, set, into, Number(isInside)) === 1;
  }
}
