import { ModelError } from '../misuse.ts';
import type { Model, Property } from '../model.ts';
import { replay } from '../replay.ts';
import { enabledIn } from '../step.ts';

/**
 * Takes the steps of a trace with the model itself, and looks whether it ends where `property` is decided.
 *
 * @throws ReplayError for a step that is not enabled, ModelError where the property is not decided: bugs of the search,
 *   or a model that is not a pure function of its state
 */
export function confirm<S extends object, A>(
  model: Model<S, A>,
  property: Property<S>,
  subject: string,
  trace: readonly number[],
): void {
  const steps = replay(
    model,
    trace.map((action) => model.label(model.actions[action] as A)),
  );
  const last = steps.at(-1);
  const after = last?.after ?? model.initial;
  const from = property.kind === 'step' ? (last?.before ?? after) : after;
  const isAtRest = property.kind !== 'quiescent' || !enabledIn(model, after).some(model.progress);
  const isDecided = property.check(from, subject, after) === (property.kind === 'sometimes');
  if (isAtRest && isDecided) return;
  throw new ModelError(
    `'${property.name}' (${subject}) was found decided after ${trace.length} steps, and a replay of them finds it is not: a step or property is not a pure function of the state`,
  );
}
