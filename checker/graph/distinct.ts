import type { Model } from '../model.ts';
import type { Property } from '../property.ts';
import { type WholeProperty, wholeProperty } from '../whole-model.ts';
import { StateGraph } from './state-graph.ts';

/** One of several ways to break a property. */
export interface Way<S, A> {
  /** What is broken. */
  readonly property: WholeProperty<S>;
  /** Of whom it is broken. */
  readonly subject: string;
  /** No trace that breaks it for this subject by this last step is shorter. */
  readonly trace: readonly A[];
}

interface Found {
  readonly parent: number;
  readonly action: number;
}

/**
 * Counterexamples that differ in whom they are about, or in the step that breaks the property, each the shortest of
 * its kind. A property that is broken stays broken for a while: only the steps that break it are looked at.
 *
 * @param properties what may be broken, such as those that a {@link Report} says are violated
 * @param max of each property
 * @param statesMax more states than this end the search with ModelError
 * @example
 * ```ts
 * import { always, distinctWays, type Model } from 'shim-spec/checker';
 *
 * // Two taps fill a tub of two litres.
 * const tub: Model<{ litres: number }, 'cold' | 'hot'> = {
 *   initial: { litres: 0 },
 *   actions: ['cold', 'hot'],
 *   step: (s) => {
 *     if (s.litres === 3) return false;
 *     s.litres++;
 *     return true;
 *   },
 *   properties: [always('the tub does not overflow', ({ litres }) => litres < 3)],
 * };
 * for (const { property, trace } of distinctWays(tub, tub.properties, 10)) console.log(property.name, trace);
 * // the tub does not overflow [ 'cold', 'cold', 'cold' ]
 * // the tub does not overflow [ 'cold', 'cold', 'hot' ]
 * ```
 */
export function distinctWays<S extends object, A>(
  model: Model<S, A>,
  properties: readonly Property<S>[],
  max: number,
  statesMax = 1_000_000,
): Way<S, A>[] {
  const graph = new StateGraph(model, statesMax);
  const { progress } = graph.model;
  const found: (Found | undefined)[] = [{ parent: -1, action: -1 }];
  const queue = [0];
  const ways = new Map<string, Way<S, A>>();
  const whole = properties.map((property) => wholeProperty(property));
  const counts = new Map<Property<S>, number>();
  const isAtRest = (number: number): boolean =>
    !graph.edges(number).some(({ action }) => progress(model.actions[action] as A));
  const judge = (before: S | null, number: number, action: number, wayTo: () => number[]): void => {
    const state = graph.state(number);
    for (const property of whole) {
      for (const subject of brokenNow(property, before, state, isAtRest(number))) {
        const key = JSON.stringify([property.name, subject, action]);
        const count = counts.get(property) ?? 0;
        if (ways.has(key) || count === max) continue;
        counts.set(property, count + 1);
        const trace = wayTo().map((i) => model.actions[i] as A);
        ways.set(key, { property, subject, trace });
      }
    }
  };
  judge(null, 0, -1, () => []);
  for (const number of queue) {
    const before = graph.state(number);
    for (const { action, to } of graph.edges(number)) {
      if (!found[to]) {
        found[to] = { parent: number, action };
        queue.push(to);
      }
      // A step to a state that is known may break a rule, too.
      judge(before, to, action, () => [...traceTo(found, number), action]);
    }
  }
  return [...ways.values()];
}

/** The subjects of whom a property is broken here, and was not before. */
function brokenNow<S extends object>(
  { kind, subjects, check }: WholeProperty<S>,
  before: S | null,
  state: S,
  isAtRest: boolean,
): readonly string[] {
  if (kind === 'sometimes' || (kind === 'quiescent' && !isAtRest) || (kind === 'step' && before === null))
    return [];
  if (kind === 'step') return subjects.filter((subject) => !check(before as S, subject, state));
  const was = (subject: string): boolean =>
    before !== null && kind === 'always' && !check(before, subject, before);
  return subjects.filter((subject) => !check(state, subject, state) && !was(subject));
}

function traceTo(found: readonly (Found | undefined)[], number: number): number[] {
  const trace: number[] = [];
  for (let at = found[number]; at && at.parent >= 0; at = found[at.parent]) trace.push(at.action);
  return trace.reverse();
}
