import type { Model, Property } from './model.ts';
import { enabledIn, next } from './step.ts';

/** One step of a trace. */
export interface Step<S, A> {
  readonly action: A;
  readonly before: S;
  readonly after: S;
}

/** A choice that the model does not offer at that point of a replay. */
export class ReplayError extends Error {
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
 * @param actions what to do, by label
 * @throws ReplayError for a step that is not enabled, with those that are
 */
export function replay<S extends object, A>(model: Model<S, A>, actions: readonly string[]): Step<S, A>[] {
  const byLabel = new Map(model.actions.map((action) => [model.label(action), action]));
  const steps: Step<S, A>[] = [];
  let before = model.initial;
  for (const [index, label] of actions.entries()) {
    const action = byLabel.get(label);
    const after = action === undefined ? null : next(model, before, action);
    if (action === undefined || after === null) {
      throw new ReplayError(label, index, enabledIn(model, before).map(model.label));
    }
    steps.push({ action, before, after });
    before = after;
  }
  return steps;
}

/**
 * The labels of a trace that is given by choices: at each step the position of the action among the enabled
 * ones.
 *
 * @throws ReplayError for a choice that is out of range
 */
export function labelsOf<S extends object, A>(model: Model<S, A>, choices: readonly number[]): string[] {
  let state = model.initial;
  return choices.map((choice, index) => {
    const enabled = enabledIn(model, state);
    const action = enabled[choice];
    const after = action === undefined ? null : next(model, state, action);
    if (action === undefined || after === null) {
      throw new ReplayError(`choice ${choice}`, index, enabled.map(model.label));
    }
    state = after;
    return model.label(action);
  });
}

/** The choices of a trace: the reverse of {@link labelsOf}. */
export function choicesOf<S extends object, A>(model: Model<S, A>, steps: readonly Step<S, A>[]): number[] {
  return steps.map(({ before, action }) => enabledIn(model, before).indexOf(action));
}

/** A property that a trace breaks, and after how many steps it does so first. */
export interface Breach<S> {
  readonly property: Property<S>;
  readonly subject: string;
  readonly step: number;
}

/** What the states of a trace break, in the order in which they break it. */
export function breachesOf<S extends object, A>(
  model: Model<S, A>,
  steps: readonly Step<S, A>[],
): Breach<S>[] {
  const breaches = new Map<string, Breach<S>>();
  for (const [step, state] of [model.initial, ...steps.map(({ after }) => after)].entries()) {
    const atRest = !enabledIn(model, state).some(model.progress);
    const before = steps[step - 1]?.before;
    for (const property of model.properties) {
      const { kind } = property;
      if (kind === 'sometimes' || (kind === 'quiescent' && !atRest) || (kind === 'step' && !before)) continue;
      const from = kind === 'step' && before ? before : state;
      const subject = property.subjects.find((candidate) => !property.check(from, candidate, state));
      if (subject !== undefined && !breaches.has(property.name)) {
        breaches.set(property.name, { property, subject, step });
      }
    }
  }
  return [...breaches.values()];
}
