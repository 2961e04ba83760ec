/**
 * In which order may a containerd shim publish that a process started and that it exited?
 *
 * The specification: a pure reducer of a shim's service state, one module for each historical revision of
 * the algorithm. Read {@link environment} for what may happen to a shim, a revision for what it does, and
 * {@link properties} for what it owes.
 */
import { produce } from 'immer';
import type { AnyAction } from './action.ts';
import type { Revision } from './revision.ts';
import type { Service } from './service.ts';

export { type AnyAction, labelOf } from './action.ts';
export { type Admission, type Dispatched, emptyState, type OomNews, stepped } from './admission.ts';
export { at, Impossible } from './assert.ts';
export { type BeyondAction, elsewhere, type Focus, focus } from './beyond/actions.ts';
export { aloneModel } from './beyond/alone.ts';
export { readsModelled, type Touched, touchedOf, writesModelled } from './beyond/footprint.ts';
export { isThere, type Profile, profileOf, profiles } from './beyond/ghosts.ts';
export { beyondModel, isHolding, type ProposedCore } from './beyond/model.ts';
export { fociOf, viewFrom } from './beyond/view.ts';
export { type Bound, callsOf, containersOf, noOptions, type Options, type RoadOptions } from './bound.ts';
export { isExit, isOf, type Log, type Mark, send } from './log.ts';
export { type LogRule, logRules } from './log-rules.ts';
export {
  type Blocked,
  blocked,
  type Citation,
  citationsOf,
  commitOf,
  type Mirror,
  mirror,
} from './mirror.ts';
export { properties } from './properties.ts';
export {
  erased,
  modelOf,
  observedModelOf,
  type Revision,
  type RevisionAction,
  type RevisionParts,
  revisionOf,
  tracedModelOf,
} from './revision.ts';
export { revisions } from './revisions/index.ts';
export { mainRevision, type State as MainState } from './revisions/main.ts';
export { type Action as ProposedAction, proposed, type State as Proposed } from './revisions/proposed.ts';
export { type Outbox, type OutboxRules, outboxPublisher, outboxRules } from './road/outbox.ts';
export type { PublisherPart } from './road/part.ts';
export type { Road, Sent } from './road/slice.ts';
export type { Service } from './service.ts';
export {
  type ActionOf,
  byCalls,
  byExitLoop,
  byProcesses,
  byThreads,
  type CallKind,
  type GoCode,
  type ShimStep,
  type ShimSteps,
} from './steps.ts';
export {
  type CallId,
  type CallMethod,
  type ContainerId,
  callOf,
  containerOf,
  type Event,
  type Exit,
  isInit,
  methodOf,
  type Pid,
  type ProcessId,
  type RuncEnd,
  type ThreadId,
  type Topic,
  targetOf,
} from './vocabulary.ts';

/**
 * The reducer: the state after `action`.
 *
 * @returns a new state, or null where the action is not enabled
 */
export function reduce(revision: Revision, state: Service, action: AnyAction): Service | null {
  let enabled = false;
  const next = produce(state, (draft) => {
    enabled = revision.step(draft as Service, action);
  });
  return enabled ? next : null;
}
export { clientActionOf } from './environment-actions.ts';
