import { exploreFast } from './fast/search.ts';
import type { Engine } from './limits.ts';
import type { Model } from './model.ts';
import type { Exploration, SearchOptions } from './options.ts';
import { explorePlain } from './plain.ts';
import { planOf, type SearchPlan } from './plan.ts';
import { exploreSymbolic } from './symbolic/search.ts';
import { type WholeModel, wholeModel } from './whole-model.ts';

type Search = <S extends object, A>(model: WholeModel<S, A>, plan: SearchPlan) => Exploration<S, A>;

const searches: Readonly<Record<Engine, Search>> = {
  fast: exploreFast,
  plain: explorePlain,
  symbolic: exploreSymbolic,
};

/**
 * Explores every state of a model within the limits, and decides its properties.
 *
 * Counterexamples are shortest ones.
 *
 * @returns the report, and what else the search can tell
 * @throws ModelError for a model that means something else than it says; OptionError for options that exclude each other
 * @example
 * ```ts
 * import { always, explore, type Model, traceText } from 'shim-spec/checker';
 *
 * // Two threads add 1 to a counter; each reads it and writes it back in two steps.
 * type State = { counter: number; read: { a: number; b: number } };
 * const model: Model<State, 'a' | 'b'> = {
 *   initial: { counter: 0, read: { a: -1, b: -1 } },
 *   actions: ['a', 'b'],
 *   step: (s, thread) => {
 *     if (s.read[thread] === 9) return false;
 *     if (s.read[thread] < 0) {
 *       s.read[thread] = s.counter;
 *       return true;
 *     }
 *     s.counter = s.read[thread] + 1;
 *     s.read[thread] = 9;
 *     return true;
 *   },
 *   properties: [always('nothing is lost', (s) => s.read.a !== 9 || s.read.b !== 9 || s.counter === 2)],
 * };
 * const { report } = explore(model);
 * console.log(report.states, report.results[0]?.trace);
 * // 12 [ 'a', 'b', 'a', 'b' ]
 * console.log(traceText(report, 'nothing is lost'));
 * // 'nothing is lost' is violated by 4 steps:
 * //   1  a  read.a: -1 → 0
 * //   2  b  read.b: -1 → 0
 * //   3  a  counter: 0 → 1, read.a: 0 → 9
 * //   4  b  read.b: 0 → 9
 * ```
 */
export function explore<S extends object, A>(
  model: Model<S, A>,
  options: SearchOptions = {},
): Exploration<S, A> {
  const plan = planOf(options);
  return searches[plan.engine](wholeModel(model), plan);
}
