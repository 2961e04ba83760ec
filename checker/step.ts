import { produce } from 'immer';
import { canonicalJson } from './canonical.ts';
import { writesWithoutBeingEnabled } from './misuse.ts';
import type { Model } from './model.ts';
import { wholeModel } from './whole-model.ts';

/**
 * The state after `action`, or null where it is not enabled.
 *
 * @throws ModelError where the step returns no boolean, or changes the state and returns false
 */
export function next<S extends object, A>(model: Model<S, A>, state: S, action: A): S | null {
  const { step, label } = wholeModel(model);
  let isEnabled = false;
  const after = produce(state, (draft) => {
    isEnabled = step(draft as S, action);
  });
  if (isEnabled) return after;
  // What was written and put back is another object with the same content.
  if (after !== state && canonicalJson(after) !== canonicalJson(state))
    throw writesWithoutBeingEnabled(label(action));
  return null;
}

/** The actions that `state` enables, in the order of `model.actions`. */
export function enabledIn<S extends object, A>(model: Model<S, A>, state: S): A[] {
  return model.actions.filter((action) => next(model, state, action) !== null);
}

/** Whether nothing is bound to happen in `state`. */
export function isQuiescent<S extends object, A>(model: Model<S, A>, state: S): boolean {
  const { progress } = wholeModel(model);
  return !enabledIn(model, state).some(progress);
}
