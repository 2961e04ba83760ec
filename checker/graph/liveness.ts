/**
 * Liveness under weak fairness: an action that is bound to happen ({@link Model.progress}) and stays enabled from some
 * point on is taken at last. Whatever else a run does, it may do for ever.
 *
 * A claim is broken by a lasso: a way to a cycle of states that all break it, where the cycle is fair: of each action
 * that is bound to happen it has a state where it is not enabled, or a step that takes it. A state at rest is the
 * shortest cycle, of no step.
 */

import type { Watching } from '../limits.ts';
import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import type { Stop, Verdict } from '../verdict.ts';
import { asBoolean, assertSubjects, wholeModel } from '../whole-model.ts';
import { componentsOf } from './components.ts';
import { CancelledError, Pulse } from './pulse.ts';
import { type Edge, type GraphProgress, StateGraph } from './state-graph.ts';

/**
 * A claim about runs.
 *
 * - `eventually`: every fair run comes to a state where it holds, once at least.
 * - `again and again`: every fair run comes to such states without end. Of a rule about states at rest it says that it
 *   is not broken for ever.
 */
export interface LiveClaim<S> {
  /** A sentence in the present tense. */
  readonly name: string;
  /** What every fair run does. */
  readonly kind: 'eventually' | 'again and again';
  /** The claim is made of each of these. Default: one subject without a name, the empty text. */
  readonly subjects?: readonly string[];
  /** Whether it holds in a state. */
  holds(state: S, subject: string): boolean;
}

/** A claim in which nothing is left out. */
export type WholeClaim<S> = Required<LiveClaim<S>>;

/** A run that goes on for ever. */
export interface Lasso<A = unknown> {
  /** The way to the cycle, a shortest one to its states. */
  readonly stem: readonly A[];
  /** What is done again and again; nothing, where the run rests. It need not be the shortest. */
  readonly cycle: readonly A[];
}

/** What was found about one claim. */
export interface LiveResult<S extends object = object, A = unknown> {
  /** What was judged, with every default filled in. */
  readonly claim: WholeClaim<S>;
  /** `unknown` where the search was cut short before it could tell. */
  readonly verdict: Verdict;
  /** Of whom it is broken. */
  readonly subject: string | null;
  /** A run that breaks it. */
  readonly lasso: Lasso<A> | null;
}

/** What a search for lassos saw. */
export interface LiveReport<S extends object = object, A = unknown> {
  /** One for each claim, in their order. */
  readonly results: readonly LiveResult<S, A>[];
  /** Distinct states; all of them where no verdict is `unknown`. */
  readonly states: number;
  /** Why the search did not judge every claim: more states than were allowed, or `isCancelled`; null where it did. */
  readonly stoppedBy: Extract<Stop, 'states' | 'interrupt' | null>;
}

/** What is to be judged, and how far. */
export interface LivenessOptions<S> extends Watching<GraphProgress> {
  /**
   * Default: that none of the model's quiescent properties is broken for ever on a weakly fair run, be it at rest or
   * while clients go on calling.
   */
  readonly claims?: readonly LiveClaim<S>[];
  /** More states than this and nothing is judged. Default: 1,000,000. */
  readonly statesMax?: number;
}

/**
 * Judges claims about runs, on the whole graph of a model's states, which is kept with its steps.
 *
 * @throws ModelError where there is nothing to judge, and as {@link explore} does
 * @example
 * ```ts
 * import { checkLiveness, type Model } from 'shim-spec/checker';
 *
 * // A client may ask or not; the server answers, or does something else for ever.
 * const model: Model<{ at: 'idle' | 'asked' | 'served' }, 'client asks' | 'server answers' | 'server retries'> = {
 *   initial: { at: 'idle' },
 *   actions: ['client asks', 'server answers', 'server retries'],
 *   progress: (action) => action === 'server retries',
 *   step: (s, action) => {
 *     if (s.at !== (action === 'client asks' ? 'idle' : 'asked')) return false;
 *     if (action === 'client asks') s.at = 'asked';
 *     if (action === 'server answers') s.at = 'served';
 *     return true;
 *   },
 *   properties: [],
 * };
 * const { results } = checkLiveness(model, {
 *   claims: [{ name: 'whoever asks is served', kind: 'again and again', holds: ({ at }) => at !== 'asked' }],
 * });
 * console.log(results[0]?.verdict, results[0]?.lasso);
 * // violated { stem: [ 'client asks' ], cycle: [ 'server retries' ] }
 * ```
 */
export function checkLiveness<S extends object, A>(
  model: Model<S, A>,
  options: LivenessOptions<S> = {},
): LiveReport<S, A> {
  const { statesMax = 1_000_000 } = options;
  const claims = (options.claims ?? restClaims(model)).map(wholeClaim);
  if (claims.length === 0)
    throw new ModelError(
      'there is nothing to judge (got no claims, allowed one or more): give claims, or the model a quiescent property',
    );
  const graph = new StateGraph(model, statesMax, options);
  const pulse = new Pulse<GraphProgress>(options);
  const look = (): void => pulse.beat((elapsedMs) => ({ states: graph.size, elapsedMs }));
  const results: LiveResult<S, A>[] = [];
  const report = (stoppedBy: LiveReport['stoppedBy']): LiveReport<S, A> => {
    const rest = claims.slice(results.length);
    const unknown = rest.map((claim) => ({
      ...{ claim, verdict: 'unknown' as const, subject: null, lasso: null },
    }));
    return { results: [...results, ...unknown], states: graph.size, stoppedBy };
  };
  try {
    if (!isExplored(graph)) return report('states');
    const broken = brokenIn(graph, claims, look);
    const runs = new Runs(graph, look);
    for (const [i, claim] of claims.entries()) results.push(runs.judge(claim, broken[i] ?? []));
    return report(null);
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    return report('interrupt');
  }
}

/** A model's rules about states at rest as claims about runs. */
function restClaims<S extends object, A>(model: Model<S, A>): LiveClaim<S>[] {
  return wholeModel(model)
    .properties.filter(({ kind }) => kind === 'quiescent')
    .map(({ name, subjects, check }) => ({
      name,
      kind: 'again and again',
      subjects,
      holds: (state, subject) => check(state, subject, state),
    }));
}

/** @throws ModelError for a claim that does not say what it claims */
function wholeClaim<S>(claim: LiveClaim<S>): WholeClaim<S> {
  const { name, kind, subjects = [''] } = claim;
  if (kind !== 'eventually' && kind !== 'again and again')
    throw new ModelError(
      `claim '${name}' is of an unknown kind (got '${kind}', allowed eventually, again and again): choose one of these`,
    );
  assertSubjects(`claim '${name}'`, subjects);
  const holds = (state: S, subject: string): boolean =>
    asBoolean(`claim '${name}'`, claim.holds(state, subject));
  return { name, kind, subjects, holds };
}

function isExplored<S extends object, A>(graph: StateGraph<S, A>): boolean {
  try {
    for (let number = 0; number < graph.size; number++) graph.edges(number);
    return true;
  } catch (error) {
    if (error instanceof ModelError && graph.isFull) return false;
    throw error;
  }
}

/** For each claim and subject the states where it does not hold. */
function brokenIn<S extends object, A>(
  graph: StateGraph<S, A>,
  claims: readonly WholeClaim<S>[],
  look: () => void,
): Uint8Array[][] {
  const broken = claims.map(({ subjects }) => subjects.map(() => new Uint8Array(graph.size)));
  for (let number = 0; number < graph.size; number++) {
    look();
    const state = graph.state(number);
    for (const [i, { subjects, holds }] of claims.entries())
      for (const [j, subject] of subjects.entries())
        if (!holds(state, subject)) (broken[i]?.[j] as Uint8Array)[number] = 1;
  }
  return broken;
}

/** Looks for fair runs in parts of a graph. */
class Runs<S extends object, A> {
  readonly #graph: StateGraph<S, A>;
  readonly #look: () => void;
  readonly #isBound: readonly boolean[];

  /** @param look is called for each state whose steps are asked for */
  constructor(graph: StateGraph<S, A>, look: () => void) {
    this.#graph = graph;
    this.#look = look;
    this.#isBound = graph.model.actions.map((action) => graph.model.progress(action));
  }

  /** Looks for a run that breaks a claim. @param broken for each subject the states where the claim does not hold */
  judge(claim: WholeClaim<S>, broken: readonly Uint8Array[]): LiveResult<S, A> {
    for (const [i, subject] of claim.subjects.entries()) {
      const lasso = this.lassoIn(broken[i] as Uint8Array, claim.kind === 'eventually');
      if (lasso) return { claim, verdict: 'violated', subject, lasso };
    }
    return { claim, verdict: 'holds', subject: null, lasso: null };
  }

  #edges(number: number): readonly Edge[] {
    this.#look();
    return this.#graph.edges(number);
  }

  /** A fair lasso whose cycle lies among the states `within`; with `fromBegin` its stem, too. */
  lassoIn(within: Uint8Array, fromBegin: boolean): Lasso<A> | null {
    if (fromBegin && within[0] === 0) return null;
    const component = componentsOf(within, (number) => this.#edges(number));
    const fair = this.#fairAmong(component);
    const isEnd = (number: number): boolean =>
      component[number] !== -1 && fair.has(component[number] as number);
    const way = this.#way(0, isEnd, (number) => !fromBegin || within[number] === 1);
    if (way === null) return null;
    return { stem: this.#actions(way.actions), cycle: this.#actions(this.#cycle(way.to, component)) };
  }

  #actions(indices: readonly number[]): A[] {
    return indices.map((i) => this.#graph.model.actions[i] as A);
  }

  /** The components that a fair run can stay in. */
  #fairAmong(component: Int32Array): Set<number> {
    const owed = new Map<number, Set<number>>();
    const taken = new Map<number, Set<number>>();
    for (const [number, which] of component.entries()) {
      if (which === -1) continue;
      const bound = new Set<number>();
      for (const { action, to } of this.#edges(number)) {
        if (!this.#isBound[action]) continue;
        bound.add(action);
        if (component[to] === which) taken.set(which, (taken.get(which) ?? new Set()).add(action));
      }
      const before = owed.get(which);
      owed.set(which, before ? new Set([...before].filter((action) => bound.has(action))) : bound);
    }
    const fair = [...owed].filter(([which, actions]) =>
      [...actions].every((action) => taken.get(which)?.has(action)),
    );
    return new Set(fair.map(([which]) => which));
  }

  /** A closed walk from `begin` through its component that owes no action a turn. */
  #cycle(begin: number, component: Int32Array): number[] {
    const isInside = (number: number): boolean => component[number] === component[begin];
    const walk: number[] = [];
    let here = begin;
    const owed = new Set(
      this.#edges(begin)
        .map(({ action }) => action)
        .filter((a) => this.#isBound[a]),
    );
    const settle = (number: number, by: number): void => {
      owed.delete(by);
      const enabled = new Set(this.#edges(number).map(({ action }) => action));
      for (const action of owed) if (!enabled.has(action)) owed.delete(action);
    };
    const go = (isEnd: (number: number, by: number) => boolean): void => {
      const way = this.#way(here, isEnd, isInside, true);
      if (way === null) throw new ModelError('a strongly connected component is none');
      for (const [i, action] of way.actions.entries()) settle(way.states[i] as number, action);
      walk.push(...way.actions);
      here = way.to;
    };
    for (const action of [...owed]) {
      if (!owed.has(action)) continue;
      const isOff = (number: number): boolean => this.#edges(number).every((edge) => edge.action !== action);
      go((number, by) => by === action || isOff(number));
    }
    if (here !== begin) go((number) => number === begin);
    const isMoving = this.#edges(begin).some(({ to }) => isInside(to));
    if (walk.length === 0 && isMoving) go((number) => number === begin);
    return walk;
  }

  /** The shortest way to an end, all of it inside. @param isMoving whether it has a step at least */
  #way(
    from: number,
    isEnd: (number: number, by: number) => boolean,
    isInside: (number: number) => boolean,
    isMoving = false,
  ): { to: number; actions: number[]; states: number[] } | null {
    if (!isMoving && isEnd(from, -1)) return { to: from, actions: [], states: [] };
    const came = new Map<number, { from: number; by: number }>();
    const queue = [from];
    for (const number of queue) {
      for (const { action, to } of this.#edges(number)) {
        if (!isInside(to)) continue;
        const isNew = !came.has(to) && (isMoving || to !== from);
        if (isEnd(to, action)) return wayBack(came, from, { number, action, to });
        if (!isNew) continue;
        came.set(to, { from: number, by: action });
        queue.push(to);
      }
    }
    return null;
  }
}

function wayBack(
  came: ReadonlyMap<number, { from: number; by: number }>,
  from: number,
  last: { number: number; action: number; to: number },
): { to: number; actions: number[]; states: number[] } {
  const actions = [last.action];
  const states = [last.to];
  for (let at = last.number; at !== from; ) {
    const step = came.get(at);
    if (!step) break;
    actions.unshift(step.by);
    states.unshift(at);
    at = step.from;
  }
  return { to: last.to, actions, states };
}
