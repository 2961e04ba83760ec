/**
 * What is to be decided of a model.
 *
 * @module
 */
/**
 * A claim about states, or about steps. {@link always}, {@link quiescent}, {@link sometimes} and {@link onStep} make one.
 *
 * - `always`: holds in every reachable state.
 * - `quiescent`: holds in every reachable state where nothing is bound to happen. "No deadlock" is of this
 *   kind: where nothing moves, nobody may be left half-way.
 * - `step`: holds of every step that a reachable state enables, a step back to the same state included.
 * - `sometimes`: holds in at least one reachable state: a witness against vacuity.
 */
export interface Property<S> {
  /** A sentence in the present tense, unique in its model. */
  readonly name: string;
  /** Of what it is a claim. */
  readonly kind: 'always' | 'quiescent' | 'step' | 'sometimes';
  /**
   * Which exit code a violation earns (11 deadlock, 12 safety, as of TLC). Default: `witness` for `sometimes`, `safety`
   * for the others.
   */
  readonly class?: 'deadlock' | 'safety' | 'witness';
  /** The sentence of the source that the property formalises. Default: empty. */
  readonly sentence?: string;
  /** Where that sentence stands: a link at a full commit, or the name of the text. Default: empty. */
  readonly source?: string;
  /**
   * The property is the conjunction (`sometimes`: the disjunction) of `check` over these. Default: one subject
   * without a name, the empty text.
   */
  readonly subjects?: readonly string[];
  /** For `step`, `after` is the state that the step leads to; for the others it is `state` again. */
  check(state: S, subject: string, after: S): boolean;
}

/** What can be said of a property besides what it claims. */
export type PropertyDetails = Pick<Property<never>, 'class' | 'sentence' | 'source' | 'subjects'>;

/**
 * A property of every reachable state.
 *
 * @param name a sentence in the present tense, unique in its model
 * @param check whether it holds in a state; without subjects in `details`, the state is all that it needs
 * @param details whom the property is about, and where it comes from
 * @example
 * ```ts
 * import { always, explore, type Model, onStep, quiescent, sometimes } from 'shim-spec/checker';
 *
 * type Lights = { north: 'red' | 'green'; east: 'red' | 'green' };
 * const model: Model<Lights, 'north' | 'east'> = {
 *   initial: { north: 'red', east: 'red' },
 *   actions: ['north', 'east'],
 *   step: (lights, road) => {
 *     lights[road] = lights[road] === 'red' ? 'green' : 'red';
 *     return true;
 *   },
 *   properties: [
 *     always('one road at a time', ({ north, east }) => north === 'red' || east === 'red'),
 *     sometimes('a road may go', (lights, road) => lights[road as keyof Lights] === 'green', {
 *       subjects: ['north', 'east'],
 *     }),
 *     onStep('one light changes', (before, after) => before.north === after.north || before.east === after.east),
 *     quiescent('the lights never rest', () => false),
 *   ],
 * };
 * for (const { property, verdict } of explore(model).report.results) console.log(property.name, verdict);
 * // one road at a time violated
 * // a road may go holds
 * // one light changes holds
 * // the lights never rest holds
 * ```
 */
export function always<S, D extends PropertyDetails = PropertyDetails>(
  name: string,
  check: (state: S, subject: string) => boolean,
  details?: D,
): Property<S> & D {
  return { ...(details as D), name, kind: 'always', check };
}

/**
 * A property of every reachable state in which nothing is bound to happen, see {@link Model.progress}. "No deadlock" is
 * one. The example stands at {@link always}.
 *
 * @param name a sentence in the present tense, unique in its model
 * @param check whether it holds in such a state
 * @param details whom the property is about, and where it comes from
 */
export function quiescent<S, D extends PropertyDetails = PropertyDetails>(
  name: string,
  check: (state: S, subject: string) => boolean,
  details?: D,
): Property<S> & D {
  return { ...(details as D), name, kind: 'quiescent', check };
}

/**
 * A situation that has to be reached, by one subject at least: rules that hold because nothing happens prove nothing.
 * The example stands at {@link always}.
 *
 * @param name a sentence in the present tense, unique in its model
 * @param check whether a state is such a situation
 * @param details whom the property is about, and where it comes from
 */
export function sometimes<S, D extends PropertyDetails = PropertyDetails>(
  name: string,
  check: (state: S, subject: string) => boolean,
  details?: D,
): Property<S> & D {
  return { ...(details as D), name, kind: 'sometimes', check };
}

/**
 * A property of every step that a reachable state enables. The example stands at {@link always}.
 *
 * @param name a sentence in the present tense, unique in its model
 * @param check whether it holds of the step from one state to the next
 * @param details whom the property is about, and where it comes from
 */
export function onStep<S, D extends PropertyDetails = PropertyDetails>(
  name: string,
  check: (before: S, after: S, subject: string) => boolean,
  details?: D,
): Property<S> & D {
  return {
    ...(details as D),
    name,
    kind: 'step',
    check: (before, subject, after) => check(before, after, subject),
  };
}
