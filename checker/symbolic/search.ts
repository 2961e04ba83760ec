/**
 * The way from a model to a verdict, and the files on it in this order:
 *
 * ```text
 *   model ──► random-walks ──► level-order ──► saturation ──► images ──► shortest-paths ──► verdicts
 *              which slots      slot ─ level    closed set      judge      counterexamples
 *              recipes read         ▲           of states         │
 *                                   └──── a slot is missing ◄─────┘
 * ```
 *
 * 1. A recipe is the function of an action or of a claim. `case-learner` runs it on a state and keeps a case: "where this
 *    is seen, that is written". `partial-read-recorder` and `list-view` find out how little of the state the recipe needs.
 *    `value-codes` numbers what can be seen of a value and what can be written.
 * 2. `random-walks` learns the first cases, and so which slots recipes read. `slot-orbits` adds the slots that are equal by
 *    symmetry.
 * 3. `level-order` gives each of these slots a level. A state is then a tuple, and a set of states one of the `diagrams`.
 * 4. `learnt-relations` turns cases into `relations` between tuples. Where no case covers a tuple (`covered-sets`), it has
 *    the recipe run on that tuple.
 * 5. `saturation` closes the set of the initial state under all actions. If a recipe reads a slot that has no level, the
 *    search begins again at 3; the cases are kept.
 * 6. `images` takes single steps from sets and back. It checks that the set is closed, and cuts out the states that break
 *    a claim. `shortest-paths` finds a path to the nearest of them.
 *
 * @module
 */

import { memoryMaxBytesDefault } from '../bounds.ts';
import { Ledger } from '../ledger.ts';
import { ModelError } from '../misuse.ts';
import type { Exploration, StateDiagram } from '../options.ts';
import type { SearchPlan } from '../plan.ts';
import { type Slot, stateOf } from '../store/slots.ts';
import type { Report, Stop } from '../verdict.ts';
import type { WholeModel } from '../whole-model.ts';
import { AnyStep } from './any-step.ts';
import { CaseLearner, type ClaimRecipe } from './case-learner.ts';
import { Diagrams, none } from './diagrams.ts';
import { Images } from './images.ts';
import { Layers } from './layers.ts';
import { LearntRelations } from './learnt-relations.ts';
import { LevelOrder } from './level-order.ts';
import { learnOnRandomWalks } from './random-walks.ts';
import { Saturation } from './saturation.ts';
import { leastChanged, ShortestPaths } from './shortest-paths.ts';
import { sift } from './sifting.ts';

const progressEveryMs = 1_000;

/** An attempt that makes so many nodes begins again with a better order of levels. */
const nodesMaxFirst = 1 << 17;
/** The next one may make so many times more. */
const nodesMaxGrowth = 4;
/** How many pairs of the layers are exchanged to find that order, for each node that was made; and how many at least. */
const siftedPerNode = 16;
const siftedMin = 1 << 21;

/** Ends the search: a limit is reached. */
class Stopped extends Error {
  readonly by: Stop;

  constructor(by: Stop) {
    super(`stopped by ${by}`);
    this.by = by;
  }
}

/**
 * The symbolic engine, for models whose parts have little to do with each other. It writes a set of states as a decision
 * diagram, and learns what an action does to whole sets. Exact: it finds the same set of states as the other engines. Its
 * memory depends on the nodes of the diagrams, not on the number of states.
 *
 * Not told: the depth of the search. Counterexamples need not be shortest, unless that is asked for. Properties of steps are
 * `unknown`.
 *
 * @throws ModelError as the other engines do
 */
export function exploreSymbolic<S extends object, A>(
  model: WholeModel<S, A>,
  plan: SearchPlan,
): Exploration<S, A> {
  const search = new SymbolicSearch(model, plan);
  return {
    report: search.run(),
    states: () => search.states(),
    coverage: null,
    diagram: () => search.diagram(),
  };
}

/** A set of states that no action leads out of, and what it was found with. */
interface ClosedSet<S extends object, A> {
  readonly states: number;
  /** Those that no step of progress leads out of. */
  readonly quiescent: number;
  /** For each action the states in which it is enabled. */
  readonly enabled: readonly number[];
  readonly initial: number;
  readonly sets: Diagrams;
  readonly order: LevelOrder;
  readonly learnt: LearntRelations<S, A>;
  readonly images: Images;
  /** For each action what its steps do; and all of them together. */
  readonly effects: readonly number[];
  readonly steps: AnyStep;
}

class SymbolicSearch<S extends object, A> {
  readonly #model: WholeModel<S, A>;
  readonly #options: SearchPlan;
  readonly #learner: CaseLearner<S, A>;
  readonly #ledger: Ledger<S, A>;
  readonly #sets = new Diagrams((now) => this.#checkLimits(now));
  readonly #startMs = performance.now();
  /** The slots in the order of the levels that the last attempt has found. */
  #preferred: readonly number[] = [];
  #nodesMax = nodesMaxFirst;
  #toldMs = 0;
  #bytes = 0;
  #closed: ClosedSet<S, A> | null = null;

  constructor(model: WholeModel<S, A>, options: SearchPlan) {
    this.#model = model;
    this.#options = options;
    this.#learner = new CaseLearner(model, options.reduction !== 'unread');
    this.#ledger = new Ledger(model);
  }

  run(): Report<S, A> {
    const recipes = this.#model.actions.length + this.#learner.claims.length;
    try {
      learnOnRandomWalks(this.#model, this.#learner, () => this.#checkTime());
      for (;;) {
        this.#closed = this.#attempt(recipes);
        if (this.#closed) return this.#report(this.#closed);
      }
    } catch (error) {
      if (error instanceof Stopped) return this.#reportStopped(error.by);
      throw error;
    }
  }

  /** Every state, where the search was complete. A slot that the search has left out has its initial value. */
  *states(): Iterable<S> {
    if (!this.#closed) return;
    const { sets, states, order } = this.#closed;
    const { slots } = this.#learner;
    for (const tuple of sets.tuples(states, order.depth))
      yield stateOf(
        slots,
        slots.map((_, slot) => (order.has(slot) ? (tuple[order.level(slot)] as number) : 0)),
      ) as S;
  }

  /** @throws RangeError where the search was cut short */
  diagram(): StateDiagram {
    if (!this.#closed) throw new RangeError('a search that was cut short has no diagram');
    const { sets, states, order } = this.#closed;
    const { slots } = this.#learner;
    const levels = order.slots.map((each) => {
      const { path, texts } = slots[each] as Slot;
      return { path, values: texts.map((text) => JSON.parse(text) as unknown) };
    });
    const isLeftOut = (slot: number): boolean => this.#learner.isChanged(slot) && !order.has(slot);
    const leftOut = slots.filter((_, slot) => isLeftOut(slot)).map(({ path }) => path);
    return { levels, leftOut, nodes: sets.nodesUpTo(states) };
  }

  /** Closes the set of the initial state, and judges it. @returns null where a slot is needed that has no level */
  #attempt(recipes: number): ClosedSet<S, A> | null {
    const { actions, symmetry } = this.#model;
    const order = new LevelOrder(this.#learner.values, this.#learner, symmetry, this.#preferred);
    const sets = this.#sets;
    sets.clear();
    const learnt = new LearntRelations(this.#learner, recipes, order, sets);
    const initial = sets.single(new Int32Array(order.depth));
    const saturation = new Saturation(sets, order, learnt as never, actions.length, this.#nodesMax);
    const states = saturation.close(initial);
    if (learnt.lacksLevel || saturation.isGivenUp) {
      // To sift takes longer than a short attempt; after one that lacks a level, the next has more of the set to go by.
      if (!learnt.lacksLevel) {
        this.#nodesMax *= nodesMaxGrowth;
        this.#reorder(order, states);
      }
      return null;
    }
    const images = new Images(sets, order, learnt.relations);
    const enabled = actions.map((_, i) => images.image(states, learnt.whereTrue[i] as number));
    const quiescent = actions.reduce(
      (rest, action, i) => (this.#model.progress(action) ? sets.minus(rest, enabled[i] as number) : rest),
      states,
    );
    for (const { recipe, property } of this.#learner.claims)
      learnt.learnFor(
        [recipe],
        this.#model.properties[property]?.kind === 'quiescent' ? quiescent : states,
        0,
      );
    learnt.learnFor([...actions.keys()], states, 0);
    if (learnt.lacksLevel) return null;
    const effects = learnt.effects.slice(0, actions.length);
    const steps = new AnyStep(sets, images, learnt.relations, effects);
    const closed = { states, quiescent, enabled, initial, sets, order, learnt, images, effects, steps };
    this.#assertClosed(closed);
    this.#judge(closed);
    return closed;
  }

  /** Has the next attempt put the levels into an order that is better for these states. */
  #reorder(order: LevelOrder, states: number): void {
    const layers = new Layers(this.#sets, states, order.depth);
    const workMax = Math.max(siftedMin, siftedPerNode * this.#sets.count);
    const goesOn = (work: number): boolean => this.#checkTime() >= 0 && work < workMax;
    const levels = sift(layers, this.#touchedLevels(order), goesOn);
    this.#preferred = levels.map((level) => order.slots[level] as number);
  }

  /** For each action the levels that its cases read or write. */
  #touchedLevels(order: LevelOrder): number[][] {
    const levels = this.#model.actions.map(() => new Set<number>());
    for (const { recipe, seen, written } of this.#learner.cases)
      for (const slot of [...seen.keys(), ...written.keys()])
        if (order.has(slot)) levels[recipe]?.add(order.level(slot));
    return levels.map((each) => [...each]);
  }

  /** Checks the result without saturation: no action leads from the set to a state outside. */
  #assertClosed({ states, steps }: ClosedSet<S, A>): void {
    if (!steps.leadsInto(states, states))
      throw new ModelError('a set of states is not closed: a bug of the checker, please report it');
  }

  #judge(closed: ClosedSet<S, A>): void {
    const { states, quiescent, initial, sets, order, learnt, images, effects, steps } = closed;
    const paths = new ShortestPaths(sets, images, { initial, among: states, effects, steps });
    const at = { states: sets.size(states), transitions: 0 };
    for (const [property, { kind }] of this.#model.properties.entries()) {
      const ofProperty = this.#learner.claims.filter((claim) => claim.property === property);
      const where = kind === 'sometimes' ? learnt.whereTrue : learnt.whereFalse;
      const deciding = ofProperty.map(({ recipe }) =>
        images.image(kind === 'quiescent' ? quiescent : states, where[recipe] as number),
      );
      const any = deciding.reduce((all, set) => sets.union(all, set), none);
      if (any === none) continue;
      const goal = this.#options.shortest ? any : sets.single(leastChanged(sets, any, order.depth));
      const { actions, end } = paths.pathInto(goal);
      const decided = deciding.findIndex((set) => sets.minus(end, set) === none);
      this.#ledger.decide(ofProperty[decided] as ClaimRecipe, at, actions);
    }
  }

  #report(closed: ClosedSet<S, A>): Report<S, A> {
    const { states, quiescent, enabled, sets } = closed;
    const counted = new Map<number, number>();
    const size = (set: number): number => sets.size(set, counted);
    const taken = enabled.map(size);
    const transitions = taken.reduce((sum, times) => sum + times, 0);
    const counts = {
      states: size(states),
      transitions,
      quiescent: size(quiescent),
      taken,
    };
    return { ...this.#reportOf(null, counts), nodes: sets.nodesOf(states) };
  }

  #reportStopped(by: Stop): Report<S, A> {
    return this.#reportOf(by, {
      states: 0,
      transitions: 0,
      quiescent: 0,
      taken: this.#model.actions.map(() => 0),
    });
  }

  #reportOf(
    stoppedBy: Stop,
    counts: Pick<Report<S, A>, 'states' | 'transitions' | 'quiescent' | 'taken'>,
  ): Report<S, A> {
    const { limits = {}, reduction = null } = this.#options;
    const bytes = this.#bytes;
    const elapsedMs = performance.now() - this.#startMs;
    const end = { ...counts, depth: 0, queue: 0, bytes, elapsedMs };
    const results = this.#ledger.results(end, stoppedBy).map((result) => {
      const isUnjudged = result.property.kind === 'step' && result.verdict === 'holds';
      return isUnjudged ? { ...result, verdict: 'unknown' as const } : result;
    });
    const about = { model: this.#model, engine: 'symbolic' as const, limits, reduction, stoppedBy };
    return { ...about, ...counts, results, represented: counts.states, depth: null, bytes, elapsedMs };
  }

  /** @returns how long the search has taken so far @throws Stopped at the limit of time, or where it is cancelled */
  #checkTime(): number {
    const { timeoutMs = Infinity } = this.#options.limits ?? {};
    if (this.#options.isCancelled?.()) throw new Stopped('interrupt');
    const elapsedMs = performance.now() - this.#startMs;
    if (elapsedMs >= timeoutMs) throw new Stopped('time');
    return elapsedMs;
  }

  /** Checks time and memory, and reports progress. The diagrams call it now and then. */
  #checkLimits(sets: Diagrams): void {
    const { memoryMaxBytes = memoryMaxBytesDefault } = this.#options.limits ?? {};
    const elapsedMs = this.#checkTime();
    this.#bytes = Math.max(this.#bytes, sets.bytes);
    if (sets.bytes >= memoryMaxBytes) throw new Stopped('memory');
    if (elapsedMs - this.#toldMs < progressEveryMs) return;
    this.#toldMs = elapsedMs;
    const none = { states: 0, transitions: 0, queue: 0, depth: 0 };
    this.#options.onProgress?.({ ...none, elapsedMs, bytes: sets.bytes, nodes: sets.count });
  }
}
