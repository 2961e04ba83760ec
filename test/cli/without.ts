import { expect } from 'vitest';
import { beyondLabelOf } from '../../spec/beyond/actions.ts';
import { beyondModel } from '../../spec/index.ts';

/** The model beyond the bound without one of its actions. */
export function without(isShared: boolean, gone: string): ReturnType<typeof beyondModel> {
  const model = beyondModel(isShared);
  const actions = model.actions.filter((action) => beyondLabelOf(action) !== gone);
  expect(actions.length).toBe(model.actions.length - 1);
  return { ...model, actions };
}
