import type { Model } from './model.ts';
import { enabledIn, isQuiescent, next } from './step.ts';
import { type WholeProperty, wholeModel } from './whole-model.ts';

/** One step of a trace, with the states that it leads from and to. */
export interface Step<S, A> {
  /** What is done. */
  readonly action: A;
  /** The state before it. */
  readonly before: S;
  /** The state after it. */
  readonly after: S;
}

/** An action that the model does not offer at that point of a replay. The example stands at {@link replay}. */
export class ReplayError extends Error {
  /** To tell it from other errors where classes are of two copies of this package. */
  override readonly name = 'ReplayError';
  /** How many steps were taken before. */
  readonly step: number;
  /** The labels of the actions that were enabled instead. */
  readonly valid: readonly string[];

  constructor(what: string, step: number, valid: readonly string[]) {
    super(
      `${what} is not enabled at step ${step + 1} (allowed: ${valid.map((label, i) => `${i} ${label}`).join(', ') || 'nothing, the trace ends here'}): the model, its bound or its options differ from those that the trace was made with`,
    );
    this.step = step;
    this.valid = valid;
  }
}

/**
 * Takes the steps of a trace from the initial state.
 *
 * @param trace what to do, such as the trace of a {@link Result}
 * @returns each step with the states before and after it
 * @throws ReplayError for a step that is not enabled, with those that are
 * @example
 * ```ts
 * import { ReplayError, replay } from 'shim-spec/checker';
 *
 * const door = {
 *   initial: { isOpen: false },
 *   actions: ['open', 'close'] as const,
 *   step: (s: { isOpen: boolean }, action: 'open' | 'close') => {
 *     if (s.isOpen === (action === 'open')) return false;
 *     s.isOpen = action === 'open';
 *     return true;
 *   },
 *   properties: [],
 * };
 * console.log(replay(door, ['open', 'close']).map(({ after }) => after.isOpen));
 * // [ true, false ]
 * try {
 *   replay(door, ['open', 'open']);
 * } catch (error) {
 *   if (error instanceof ReplayError) console.log(error.step, error.valid);
 *   // 1 [ 'close' ]
 * }
 * ```
 */
export function replay<S extends object, A>(model: Model<S, A>, trace: readonly A[]): Step<S, A>[] {
  const { label } = wholeModel(model);
  const known = new Set(model.actions.map(label));
  return walk(model, trace, (_, action) => ({
    action: known.has(label(action)) ? action : undefined,
    what: label(action),
  }));
}

/**
 * The trace with these labels.
 *
 * @throws ReplayError for a step that is not enabled, with those that are
 */
export function fromLabels<S extends object, A>(model: Model<S, A>, labels: readonly string[]): A[] {
  const { label } = wholeModel(model);
  const byLabel = new Map(model.actions.map((action) => [label(action), action]));
  return walk(model, labels, (_, what) => ({ action: byLabel.get(what), what })).map(({ action }) => action);
}

/**
 * The trace that is given by choices: at each step the position of the action among the enabled ones.
 *
 * @throws ReplayError for a choice that is out of range
 */
export function fromChoices<S extends object, A>(model: Model<S, A>, choices: readonly number[]): A[] {
  return walk(model, choices, (state, choice) => ({
    action: enabledIn(model, state)[choice],
    what: `choice ${choice}`,
  })).map(({ action }) => action);
}

/** The choices of a trace: the reverse of {@link fromChoices}. */
export function choicesOf<S extends object, A>(model: Model<S, A>, steps: readonly Step<S, A>[]): number[] {
  const { label } = wholeModel(model);
  return steps.map(({ before, action }) => enabledIn(model, before).map(label).indexOf(label(action)));
}

/** Goes from the initial state where each of `names` leads. */
function walk<S extends object, A, N>(
  model: Model<S, A>,
  names: readonly N[],
  find: (state: S, name: N) => { readonly action: A | undefined; readonly what: string },
): Step<S, A>[] {
  let before = model.initial;
  return names.map((name, index) => {
    const { action, what } = find(before, name);
    const after = action === undefined ? null : next(model, before, action);
    if (action === undefined || after === null)
      throw new ReplayError(what, index, enabledIn(model, before).map(wholeModel(model).label));
    const step = { action, before, after };
    before = after;
    return step;
  });
}

/** A property that a trace breaks, and after how many steps it does so first. */
export interface Violation<S> {
  readonly property: WholeProperty<S>;
  readonly subject: string;
  readonly step: number;
}

/** What the states of a trace break, in the order in which they break it. */
export function violationsOf<S extends object, A>(
  model: Model<S, A>,
  steps: readonly Step<S, A>[],
): Violation<S>[] {
  const breaches = new Map<string, Violation<S>>();
  for (const [step, state] of [model.initial, ...steps.map(({ after }) => after)].entries()) {
    const isResting = isQuiescent(model, state);
    const before = steps[step - 1]?.before;
    for (const property of wholeModel(model).properties) {
      const { kind } = property;
      if (kind === 'sometimes' || (kind === 'quiescent' && !isResting) || (kind === 'step' && !before))
        continue;
      const from = kind === 'step' && before ? before : state;
      const subject = property.subjects.find((candidate) => !property.check(from, candidate, state));
      if (subject !== undefined && !breaches.has(property.name)) {
        breaches.set(property.name, { property, subject, step });
      }
    }
  }
  return [...breaches.values()];
}
