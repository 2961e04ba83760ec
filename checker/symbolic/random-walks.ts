import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { WholeModel } from '../whole-model.ts';
import type { CaseLearner, LearntCase } from './case-learner.ts';
import { anArray, type ValueCodes } from './value-codes.ts';

/** After so many walks in a row that show no new live slot, the walks end. */
const quietMax = 100;
/** After so many walks in a row that learn nothing at all, too: a small model has no more to show. */
const idleMax = 3;
/** Steps of a walk at most. */
const walkStepsMax = 300;
/** The walks are always the same. They decide how fast the search is, and not what it finds. */
const walkSeed = 1;

/**
 * Learns on random walks which slots recipes read, so that most of them have a level from the beginning. Why: each level
 * that is missing makes the search begin again.
 *
 * As in swarm verification, each walk leaves out some of the actions that need not happen.
 *
 * @param learner keeps what is learnt
 * @param checkTime throws at the limit of time
 */
export function learnOnRandomWalks<S extends object, A>(
  model: WholeModel<S, A>,
  learner: CaseLearner<S, A>,
  checkTime: () => void,
): void {
  const walker = new RandomWalker(model, learner);
  let live = -1;
  let idle = 0;
  for (let quiet = 0; quiet < quietMax && idle < idleMax; quiet++) {
    checkTime();
    const cases = learner.cases.length;
    walker.walk();
    idle = learner.cases.length > cases ? 0 : idle + 1;
    const now = learner.slots.filter((_, slot) => learner.isLive(slot)).length;
    if (now > live) quiet = 0;
    live = now;
  }
}

class RandomWalker<S extends object, A> {
  readonly #model: WholeModel<S, A>;
  readonly #learner: CaseLearner<S, A>;
  readonly #cases: CaseTrie;
  readonly #random = xoroshiro128plus(walkSeed);
  readonly #ofQuiescentStates: readonly number[];
  readonly #ofEveryState: readonly number[];

  constructor(model: WholeModel<S, A>, learner: CaseLearner<S, A>) {
    this.#model = model;
    this.#learner = learner;
    this.#cases = new CaseTrie(learner.values);
    const isOfQuiescent = (property: number): boolean => model.properties[property]?.kind === 'quiescent';
    const { claims } = learner;
    this.#ofQuiescentStates = claims
      .filter(({ property }) => isOfQuiescent(property))
      .map(({ recipe }) => recipe);
    this.#ofEveryState = claims
      .filter(({ property }) => !isOfQuiescent(property))
      .map(({ recipe }) => recipe);
  }

  walk(): void {
    const { actions, progress } = this.#model;
    const leftOut = new Set(actions.filter((action) => !progress(action) && this.#choose(2) === 1));
    const numbers = new Int32Array(this.#learner.slots.length);
    for (let step = 0; step < walkStepsMax; step++) {
      const enabled = actions.map((_, i) => this.#caseOf(numbers, i)).filter(({ result }) => result);
      for (const recipe of this.#ofEveryState) this.#caseOf(numbers, recipe);
      if (!enabled.some(({ recipe }) => progress(actions[recipe] as A)))
        for (const recipe of this.#ofQuiescentStates) this.#caseOf(numbers, recipe);
      const open = enabled.filter(({ recipe }) => !leftOut.has(actions[recipe] as A));
      const taken = open[this.#choose(open.length)];
      if (!taken) return;
      for (const [slot, write] of taken.written)
        numbers[slot] = this.#learner.values.valueAfter(slot, numbers[slot] as number, write);
    }
  }

  /** A number below `choices`. */
  #choose(choices: number): number {
    return choices > 1 ? uniformInt(this.#random, 0, choices - 1) : 0;
  }

  #caseOf(numbers: Int32Array, recipe: number): LearntCase {
    const known = this.#cases.find(numbers, recipe);
    if (known) return known;
    const learntCase = this.#learner.learn(numbers, recipe);
    if (typeof learntCase === 'number') throw new RangeError(`slot ${learntCase} is unknown on a walk`);
    this.#cases.add(learntCase);
    return learntCase;
  }
}

interface CaseNode {
  /** By slot, and by the code of what is seen of its value, in the order of reading. */
  readonly next: Map<number, Map<number, CaseNode>>;
  learntCase: LearntCase | null;
}

const newNode = (): CaseNode => ({ next: new Map(), learntCase: null });

/** Finds the case that was learnt for a state. */
class CaseTrie {
  readonly #values: ValueCodes;
  readonly #roots: CaseNode[] = [];

  constructor(values: ValueCodes) {
    this.#values = values;
  }

  add(learntCase: LearntCase): void {
    this.#roots[learntCase.recipe] ??= newNode();
    let at = this.#roots[learntCase.recipe] as CaseNode;
    for (const [slot, seen] of learntCase.seen) {
      const bySeen = at.next.get(slot) ?? new Map<number, CaseNode>();
      at.next.set(slot, bySeen);
      const next = bySeen.get(seen) ?? newNode();
      bySeen.set(seen, next);
      at = next;
    }
    at.learntCase = learntCase;
  }

  find(numbers: Int32Array, recipe: number): LearntCase | null {
    const root = this.#roots[recipe];
    return root ? this.#below(root, numbers) : null;
  }

  #below({ next, learntCase }: CaseNode, numbers: Int32Array): LearntCase | null {
    if (learntCase) return learntCase;
    for (const [slot, bySeen] of next) {
      const value = numbers[slot] as number;
      // A recipe has seen the whole value, or the head of an array, or only that it is an array.
      for (const seen of [value, this.#values.headOf(slot, value), anArray]) {
        const after = bySeen.get(seen);
        const found = after && this.#values.matches(slot, value, seen) ? this.#below(after, numbers) : null;
        if (found) return found;
      }
    }
    return null;
  }
}
