import type { CaseLearner, LearntCase } from './case-learner.ts';
import { CoveredSets } from './covered-sets.ts';
import type { Diagrams } from './diagrams.ts';
import type { LevelOrder } from './level-order.ts';
import { Relations } from './relations.ts';

/**
 * The sets that the cases of so many recipes cover are intersected, so that a set is compared with them in one go. The more
 * there are, the fewer the comparisons, and the larger the intersection.
 */
const groupSize = 8;

/** What each recipe does, as relations between tuples. They are learnt on demand, for the tuples that the search meets. */
export class LearntRelations<S extends object, A> {
  readonly relations: Relations = new Relations();
  /** For each action what its steps do. */
  readonly effects: number[];
  /** For each recipe where its result is true: the action is enabled, or the claim holds. */
  readonly whereTrue: number[];
  /** For each recipe where its result is false. */
  readonly whereFalse: number[];
  /** For each recipe the first level that it reads or writes. */
  readonly topLevel: number[];
  readonly #covers: CoveredSets;
  /** For each recipe the tuples that the learnt cases cover. */
  readonly #covered: number[];
  readonly #learner: CaseLearner<S, A>;
  readonly #order: LevelOrder;
  readonly #sets: Diagrams;
  readonly #tuple: Int32Array;
  readonly #isAbandoned: boolean[];
  #lacksLevel = false;
  #casesAdded = 0;
  #changes = 0;

  constructor(learner: CaseLearner<S, A>, recipes: number, order: LevelOrder, sets: Diagrams) {
    this.#learner = learner;
    this.#order = order;
    this.#sets = sets;
    this.#tuple = new Int32Array(order.depth);
    this.#covers = new CoveredSets(order.headOf);
    const zeros = (): number[] => new Array<number>(recipes).fill(0);
    this.effects = zeros();
    this.whereTrue = zeros();
    this.whereFalse = zeros();
    this.#covered = zeros();
    this.#isAbandoned = new Array<boolean>(recipes).fill(false);
    this.topLevel = new Array<number>(recipes).fill(order.depth);
    this.#addNewCases();
  }

  /** Whether a recipe needs a slot that has no level. It is abandoned, so the search has to begin again with more levels. */
  get lacksLevel(): boolean {
    return this.#lacksLevel;
  }

  /** How often something was learnt so far: a case, or an earlier level that a recipe reads. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Learns what `recipes` do to every tuple whose levels from `level` on are in `set`. Where one of them also needs an
   * earlier level, it stops and sets `topLevel` to that.
   */
  learnFor(recipes: readonly number[], set: number, level: number): void {
    for (let from = 0; from < recipes.length; from += groupSize)
      this.#learnForGroup(recipes.slice(from, from + groupSize), set, level);
  }

  #learnForGroup(recipes: readonly number[], set: number, level: number): void {
    for (;;) {
      const open = recipes.filter(
        (recipe) => !this.#isAbandoned[recipe] && (this.topLevel[recipe] as number) >= level,
      );
      const covers = open.map((recipe) => this.#covered[recipe] as number);
      const cover = covers.reduce((all, each) => this.#covers.intersection(all, each), 1);
      if (!this.#covers.findOutside(this.#sets, set, cover, level, this.#tuple)) return;
      for (const [i, recipe] of open.entries())
        if (!this.#covers.has(covers[i] as number, this.#tuple)) this.#learn(recipe, level);
    }
  }

  /** Learns what `recipe` does to the tuple at hand. */
  #learn(recipe: number, level: number): void {
    this.#changes++;
    const learntCase = this.#learner.learn(this.#order.slotValues(this.#tuple, level), recipe);
    if (typeof learntCase === 'number') {
      this.#moveToLevelOf(recipe, learntCase);
      return;
    }
    if (!this.#hasLevelsFor(learntCase)) this.#abandon(recipe);
    this.#addNewCases();
  }

  /** Says that `recipe` reads `slot`, which is above the level at hand or has none. */
  #moveToLevelOf(recipe: number, slot: number): void {
    this.#learner.markRead(slot);
    if (this.#order.has(slot)) this.topLevel[recipe] = this.#order.level(slot);
    else this.#abandon(recipe);
  }

  #abandon(recipe: number): void {
    this.#isAbandoned[recipe] = true;
    this.#lacksLevel = true;
  }

  #hasLevelsFor({ seen, written }: LearntCase): boolean {
    const slots = [...seen.keys(), ...written.keys()];
    return slots.every((slot) => this.#order.has(slot) || !this.#learner.isLive(slot));
  }

  #addNewCases(): void {
    for (; this.#casesAdded < this.#learner.cases.length; this.#casesAdded++) {
      const { recipe, seen, result, written } = this.#learner.cases[this.#casesAdded] as LearntCase;
      const read = this.#order.seenByLevel(seen);
      if (read === null) continue;
      const add = (to: number[], relation: number): void => {
        to[recipe] = this.relations.union(to[recipe] as number, relation);
      };
      this.#covered[recipe] = this.#covers.union(this.#covered[recipe] as number, this.#covers.cube(read));
      add(result ? this.whereTrue : this.whereFalse, this.relations.cube(read, new Map()));
      if (result) add(this.effects, this.relations.cube(read, this.#order.writtenByLevel(written)));
      const levels = [...read.keys(), ...(result ? this.#order.writtenByLevel(written).keys() : [])];
      this.topLevel[recipe] = Math.min(this.topLevel[recipe] as number, ...levels);
    }
  }
}
