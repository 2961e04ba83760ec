import { produce } from 'immer';
import type { Model } from './model.ts';

/** The state after `action`, or null where it is not enabled. */
export function next<S extends object, A>(model: Model<S, A>, state: S, action: A): S | null {
  let enabled = false;
  const after = produce(state, (draft) => {
    enabled = model.step(draft as S, action);
  });
  return enabled ? after : null;
}

/** The actions that `state` enables, in the order of `model.actions`. */
export function enabledIn<S extends object, A>(model: Model<S, A>, state: S): A[] {
  return model.actions.filter((action) => next(model, state, action) !== null);
}
