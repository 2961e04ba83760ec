/**
 * Random walks through a model, for what is too large to be searched: they find violations, and prove nothing.
 *
 * As in swarm verification each walk leaves out some of the actions that need not happen, so that different walks do
 * different things.
 *
 * @source https://doi.org/10.1109/ASE.2008.9 (Holzmann, Joshi, Groce: Tackling large verification problems with the
 * swarm tool)
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Watching } from '../limits.ts';
import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import { type WholeModel, type WholeProperty, wholeModel } from '../whole-model.ts';
import { CancelledError, Pulse } from './pulse.ts';
import { type Edge, StateGraph } from './state-graph.ts';

/** How far walks are: how many were begun, and the steps of all. */
export type WalkProgress = Pick<Simulation<object, unknown>, 'walks' | 'steps'>;

/** How many walks, and how long. */
export interface SimulationOptions extends Watching<WalkProgress> {
  /** The same seed, the same walks. */
  readonly seed: number;
  /** How many walks to take. */
  readonly walks: number;
  /** Steps of a walk at most. */
  readonly stepsMax: number;
  /** States that are remembered at once, with their steps; beyond that all are forgotten. Default: 500,000. */
  readonly statesMax?: number;
}

/** A property that a walk has broken, or a witness that it has reached. */
export interface Met<S, A> {
  /** What is broken, or reached. */
  readonly property: WholeProperty<S>;
  /** Of whom. */
  readonly subject: string;
  /** The shortest way that is known to it, which need not be the shortest there is. */
  readonly trace: readonly A[];
}

/** What the walks came across. Nothing in it says that a property holds. */
export interface Simulation<S, A> {
  /** How many walks were begun. */
  readonly walks: number;
  /** Whether `isCancelled` ended them before all were taken. */
  readonly isCutShort: boolean;
  /** Steps of all walks. */
  readonly steps: number;
  /** States that were judged; one that was forgotten counts again. */
  readonly judged: number;
  /** In the order in which the walks came across them, each once. */
  readonly met: readonly Met<S, A>[];
  /** How often each action was taken, in the order of `model.actions`: what is 0 was never tried. */
  readonly taken: readonly number[];
}

/**
 * Walks through a model at random, and judges every state that it comes to.
 *
 * @example
 * ```ts
 * import { always, type Model, simulate } from 'shim-spec/checker';
 *
 * const names = Array.from({ length: 40 }, (_, i) => `lamp ${i}`);
 * // 2 to the 40th states: too many to list.
 * const lamps: Model<{ isOn: Record<string, boolean> }, string> = {
 *   initial: { isOn: Object.fromEntries(names.map((name) => [name, false])) },
 *   actions: names,
 *   step: (s, name) => {
 *     s.isOn[name] = !s.isOn[name];
 *     return true;
 *   },
 *   properties: [always('a lamp is off', ({ isOn }, name) => !isOn[name], { subjects: ['lamp 7'] })],
 * };
 * const { met, walks } = simulate(lamps, { seed: 1, walks: 10, stepsMax: 100 });
 * console.log(walks, met[0]?.property.name, met[0]?.trace.at(-1));
 * // 10 a lamp is off lamp 7
 * ```
 */
export function simulate<S extends object, A>(
  model: Model<S, A>,
  options: SimulationOptions,
): Simulation<S, A> {
  const walker = new Walker(wholeModel(model), options);
  try {
    for (let i = 0; i < options.walks; i++) walker.walk();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    walker.isCutShort = true;
  }
  return walker;
}

class Walker<S extends object, A> implements Simulation<S, A> {
  walks = 0;
  isCutShort = false;
  steps = 0;
  judged = 0;
  readonly met: Met<S, A>[] = [];
  readonly taken: number[];
  readonly #model: WholeModel<S, A>;
  readonly #options: SimulationOptions;
  readonly #random: ReturnType<typeof xoroshiro128plus>;
  readonly #pulse: Pulse<WalkProgress>;
  readonly #mayRest: readonly number[];
  readonly #open: Set<WholeProperty<S>>;
  #graph!: StateGraph<S, A>;
  /** The steps of the states that were walked through, to find short ways back. */
  #known = new Map<number, readonly Edge[]>();

  constructor(model: WholeModel<S, A>, options: SimulationOptions) {
    this.#model = model;
    this.#options = options;
    this.#pulse = new Pulse(options);
    this.#random = xoroshiro128plus(options.seed);
    this.taken = model.actions.map(() => 0);
    this.#mayRest = model.actions.flatMap((action, i) => (model.progress(action) ? [] : [i]));
    this.#open = new Set(model.properties);
    this.#forget();
  }

  walk(): void {
    this.walks++;
    const leftOut = new Set(this.#mayRest.filter(() => uniformInt(this.#random, 0, 1) === 1));
    let at = 0;
    for (let step = 0; step < this.#options.stepsMax; step++) {
      this.#pulse.beat(() => ({ walks: this.walks, steps: this.steps }));
      const edges = this.#edges(at);
      // All is forgotten: the walk ends, the next begins anew.
      if (edges === null) return;
      const wanted = edges.filter(({ action }) => !leftOut.has(action));
      const among = wanted.length > 0 ? wanted : edges;
      if (among.length === 0) return;
      const { action, to } = among[uniformInt(this.#random, 0, among.length - 1)] as Edge;
      this.taken[action] = (this.taken[action] ?? 0) + 1;
      this.steps++;
      this.#judge('step', at, to);
      at = to;
    }
    this.#edges(at);
  }

  /** The steps of a state, which is judged where it is new; null where there is no room for it. */
  #edges(number: number): readonly Edge[] | null {
    const known = this.#known.get(number);
    if (known) return known;
    try {
      const edges = this.#graph.edges(number);
      this.#known.set(number, edges);
      this.judged++;
      this.#judge('always', number, number);
      this.#judge('sometimes', number, number);
      const isAtRest = !edges.some(({ action }) => this.#model.progress(this.#model.actions[action] as A));
      if (isAtRest) this.#judge('quiescent', number, number);
      return edges;
    } catch (error) {
      if (!(error instanceof ModelError) || !this.#graph.isFull) throw error;
      this.#forget();
      return null;
    }
  }

  #judge(kind: WholeProperty<S>['kind'], from: number, to: number): void {
    const open = [...this.#open].filter((property) => property.kind === kind);
    if (open.length === 0) return;
    const before = this.#graph.state(from);
    const after = from === to ? before : this.#graph.state(to);
    for (const property of open) {
      const isMet = kind === 'sometimes';
      const subject = property.subjects.find((each) => property.check(before, each, after) === isMet);
      if (subject === undefined) continue;
      this.#open.delete(property);
      const way = this.#wayTo(from, kind === 'step' ? to : null);
      this.met.push({ property, subject, trace: way.map((i) => this.#model.actions[i] as A) });
    }
  }

  /** The shortest way through the steps that are known. */
  #wayTo(target: number, then: number | null): number[] {
    const came = new Map<number, { from: number; action: number } | null>([[0, null]]);
    for (const number of came.keys()) {
      if (number === target) break;
      for (const { action, to } of this.#known.get(number) ?? [])
        if (!came.has(to)) came.set(to, { from: number, action });
    }
    const way: number[] = [];
    for (let step = came.get(target); step; step = came.get(step.from)) way.unshift(step.action);
    const last = this.#known.get(target)?.find(({ to }) => to === then);
    return then !== null && last ? [...way, last.action] : way;
  }

  #forget(): void {
    this.#graph = new StateGraph(this.#model, this.#options.statesMax ?? 500_000);
    this.#known = new Map();
  }
}
