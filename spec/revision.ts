/**
 * A revision is a version of the shim's algorithm: an initial state, the actions within a bound, and one step function.
 *
 * @module
 */
import type { Model } from '../checker/model.ts';
import { type AnyAction, labelOf } from './action.ts';
import type { Bound } from './bound.ts';
import { isBoundToHappen } from './environment.ts';
import type { Lines } from './mirror.ts';
import { properties } from './properties.ts';
import type { Service } from './service.ts';
import { symmetryOf } from './symmetry.ts';

/** One historical version of the shim's algorithm. */
export interface Revision<S extends Service = Service, A extends AnyAction = AnyAction> {
  /** Its name on the command line. */
  readonly slug: string;
  /** What it is, in a phrase. */
  readonly title: string;
  /** Where its Go code stands: a tree at a full commit. */
  readonly tree: string;
  /** The state before anything has happened. */
  readonly initial: (bound: Bound) => S;
  /** Every action within a bound; in a state some of them are enabled. */
  readonly actions: (bound: Bound) => A[];
  /** Carries an action out on a draft of the state. @returns false where it is not enabled */
  readonly step: (state: S, action: A) => boolean;
  /** Where each step of the shim stands in the Go code, below `tree`. */
  readonly lines: Lines;
}

/** Forgets the types of a revision's own state and actions, for code that treats all revisions alike. */
export function erased<S extends Service, A extends AnyAction>(revision: Revision<S, A>): Revision {
  return revision as unknown as Revision;
}

/** The model of a revision within a bound, for a checker. */
export function modelOf(revision: Revision, bound: Bound): Model<Service, AnyAction> {
  const initial = revision.initial(bound);
  return {
    name: revision.slug,
    initial,
    actions: revision.actions(bound),
    step: revision.step,
    label: labelOf,
    progress: isBoundToHappen,
    properties: properties(bound, initial),
    symmetry: symmetryOf(bound),
  };
}

/** Like {@link modelOf}, but its states keep the whole events log; for traces, not for a search. */
export function tracedModelOf(revision: Revision, bound: Bound): Model<Service, AnyAction> {
  return { ...modelOf(revision, bound), initial: { ...revision.initial(bound), events: [] } };
}

/**
 * Like {@link modelOf}, but a state's `events` are those of the step that led to it: a log is a path. For questions
 * about paths, see StateGraph.
 */
export function observedModelOf(revision: Revision, bound: Bound): Model<Service, AnyAction> {
  return {
    ...tracedModelOf(revision, bound),
    step: (s, action) => {
      const before = s.events?.length ?? 0;
      if (!revision.step(s, action)) return false;
      s.events = (s.events ?? []).slice(before);
      return true;
    },
  };
}
