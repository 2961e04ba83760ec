import type { Model } from '../../checker/model.ts';
import { type Property, quiescent } from '../../checker/property.ts';
import { at } from '../assert.ts';
import type { State } from '../revisions/proposed.ts';
import { callOf } from '../vocabulary.ts';
import { type BeyondAction, elsewhere, focus, isBeyondBoundToHappen } from './actions.ts';
import { isInRunning } from './ghosts.ts';
import { isHolding } from './model.ts';

/**
 * The model beyond the bound where nobody but the focus is bound to do anything: whoever is in flight goes on by
 * itself.
 *
 * Why: a state of the model is at rest only where no ghost is bound to move. That this is so wherever the shim rests
 * needs to be known of a process without leaning on others, who would lean on it.
 */
export function aloneModel(model: Model<State, BeyondAction>): Model<State, BeyondAction> {
  return {
    ...model,
    name: `${model.name}, the focus alone`,
    progress: (action) =>
      action.ghost === undefined && action.call !== elsewhere && isBeyondBoundToHappen(action),
    properties: lemmas,
  };
}

const lemmas: readonly Property<State>[] = [
  lemma(
    'a call that holds something goes on by itself',
    [
      callOf('create', focus.container),
      callOf('start', focus.container),
      callOf('start', focus.exec),
      callOf('delete', focus.container),
    ],
    (s, call) => !isHolding(at(s.calls, call).pc),
  ),
  lemma(
    'nobody keeps p.mu',
    [focus.container, focus.exec],
    (s, p) => at(s.processes, p).mu === null || s.processExits.pc === 'ended',
  ),
  lemma(
    'a start in flight goes on by itself',
    [callOf('create', focus.container), callOf('start', focus.exec)],
    (s, call) => !at(s.starting, call),
  ),
  lemma(
    'a zombie in running is reaped',
    [focus.exec],
    (s, p) => at(s.kernel, p).status !== 'zombie' || !isInRunning(s, p) || s.processExits.pc === 'ended',
  ),
  lemma(
    'a zombie is reaped where no start is in flight',
    [focus.exec],
    (s, p) =>
      at(s.kernel, p).status !== 'zombie' ||
      Object.values(s.starting).some(Boolean) ||
      s.processExits.pc === 'ended',
  ),
];

function lemma(
  name: string,
  subjects: readonly string[],
  check: (s: State, subject: string) => boolean,
): Property<State> {
  const source = 'docs/decisions/0009-beyond-the-bound.md';
  return quiescent(name, check, { class: 'deadlock', sentence: name, source, subjects });
}
