/**
 * A revision is a version of the shim's algorithm: an initial state, and a table of steps. What is the same for all is
 * made here: the actions within a bound, one step function, and the model that a checker takes.
 *
 * @module
 */
import { match } from 'ts-pattern';
import type { Model } from '../checker/model.ts';
import { type AnyAction, labelOf } from './action.ts';
import { Impossible } from './assert.ts';
import type { Bound } from './bound.ts';
import {
  type EnvironmentAction,
  environmentStep,
  isBoundToHappen,
  type RuncAction,
  runcMayFail,
  runcMayReturn,
} from './environment.ts';
import { environmentActions } from './environment-actions.ts';
import { properties } from './properties.ts';
import { treeOf } from './revisions/go-code.ts';
import { isOver, isStaged, stagedShutdown } from './road/channel.ts';
import type { PublisherPart } from './road/part.ts';
import { allows, initialParts, partsIn, type RoadParts, stepsOfParts } from './road/parts.ts';
import { upstreamPublisher } from './road/publisher.ts';
import { reaperAllows, reaperSteps, settles, unlocks } from './road/reaper.ts';
import { newReaper, roomIn } from './road/reaper-slice.ts';
import { olderRelease, type Release } from './road/release.ts';
import type { Rule } from './rule.ts';
import type { Service, Stopped } from './service.ts';
import { type ActionOf, actionsOf, type ShimSteps } from './steps.ts';
import { symmetryOf } from './symmetry.ts';
import type { CallId, ContainerId } from './vocabulary.ts';

/** What the module of a revision says of it. */
export interface RevisionParts<S extends Service, T extends ShimSteps<S>> {
  /** Its name on the command line. */
  readonly slug: string;
  /** What it is, in a phrase. */
  readonly title: string;
  /** The revision whose Go code it mirrors, where that is another one: of a change that is not upstream's. */
  readonly codeOf?: string;
  /** Where its Go code stands, a tree at a full commit; or a page of this repository. Default: as go-code.ts has it. */
  readonly tree?: string;
  /** The state before anything has happened. */
  readonly initial: (bound: Bound) => S;
  /** Every step that the shim takes by itself. */
  readonly steps: T;
  /** Goes on with a call whose runc has returned. @returns true */
  readonly afterRunc: (s: S, call: CallId) => boolean;
  /** Goes on with a call whose runc has failed. @returns true */
  readonly afterRuncFailed: (s: S, call: CallId) => boolean;
  /** The world's actions that the shim leaves no room for. Default: none. */
  readonly neverHappens?: readonly EnvironmentAction['type'][];
  /** Whether a table of its own still has an entry for a container. Default: it has no such table. */
  readonly keeps?: (s: S, container: ContainerId) => boolean;
  /** Who brings its events to the listener, where the bound has that. Default: containerd's publisher. */
  readonly publisher?: PublisherPart;
  /** What else its containerd has on the road. Default: what 1.7 and older have. */
  readonly release?: Release;
  /** Ends the service at once, as a panic does or the shim's end. Default: its calls are refused, its exit loop ends. */
  readonly stop?: (s: S, how: Stopped) => true;
  /** Rules about tables of its own, beside those of all revisions. Default: none. */
  readonly rules?: (bound: Bound, initial: S) => Rule<S>[];
}

/** The actions that a revision knows: the world's, runc's answers, and those of its steps. */
export type RevisionAction<T> = string extends keyof T
  ? AnyAction
  : EnvironmentAction | RuncAction | ActionOf<T>;

/** One historical version of the shim's algorithm. */
export interface Revision<S extends Service = Service, T extends ShimSteps<S> = ShimSteps<S>>
  extends RevisionParts<S, T> {
  /** Where its code stands: a tree of containerd at a full commit, or a place in this repository. */
  readonly tree: string;
  readonly publisher: PublisherPart;
  readonly release: Release;
  readonly stop: (s: S, how: Stopped) => true;
  /** The path of its module, as the user wrote it; only of one that was loaded from a path. */
  readonly file?: string;
  /** Every action within a bound; in a state some of them are enabled. */
  readonly actions: (bound: Bound) => RevisionAction<T>[];
  /** Carries an action out on a draft of the state. @returns false where it is not enabled */
  readonly step: (state: S, action: RevisionAction<T>) => boolean;
}

/** Makes a revision of what its module says. */
export function revisionOf<S extends Service, T extends ShimSteps<S>>(
  parts: RevisionParts<S, T>,
): Revision<S, T> {
  const { steps, neverHappens = [], afterRunc, afterRuncFailed, publisher = upstreamPublisher } = parts;
  const { release = olderRelease, stop = stopService } = parts;
  const road: RoadParts = { publisher, release, stop: (s, how) => stop(s as S, how) };
  const ofRoad: ShimSteps<Service> = { ...stepsOfParts(road), ...reaperSteps };
  // A shim that reaps by itself has no such channel.
  const roomOf = (bound: Bound): number | null =>
    neverHappens.includes('KernelReaps') ? null : roomIn(bound);
  const take = (s: S, action: RevisionAction<T>): boolean => {
    const staged = isStaged(s) ? stagedShutdown[action.type] : undefined;
    const own = staged ?? steps[action.type] ?? ofRoad[action.type];
    if (own) {
      const isTaken = own.take(s, action as never);
      return isTaken === true && s.road?.events?.isBroken && !isOver(s) ? stop(s, 'panicked') : isTaken;
    }
    return match(action as EnvironmentAction | RuncAction)
      .with({ type: 'RuncReturns' }, ({ call }) => runcMayReturn(s, call) && afterRunc(s, call))
      .with(
        { type: 'RuncFails' },
        { type: 'RuncCrashes' },
        ({ type, call }) => runcMayFail(s, call, type) && afterRuncFailed(s, call),
      )
      .otherwise((ofTheWorld) => environmentStep(s, ofTheWorld as EnvironmentAction));
  };
  return {
    ...parts,
    publisher,
    release,
    stop,
    tree: parts.tree ?? treeOf(parts.codeOf ?? parts.slug) ?? `spec/revisions/${parts.slug}.ts`,
    initial: (bound) => {
      const { road: _, reaper: __, oom: ___, ...initial } = parts.initial(bound);
      const room = roomOf(bound);
      return {
        ...initial,
        ...(room === null ? {} : { reaper: newReaper(bound, room) }),
        ...initialParts(release, bound),
      } as S;
    },
    actions: (bound) =>
      [
        ...environmentActions(bound).filter(({ type }) => !neverHappens.some((other) => other === type)),
        ...actionsOf(steps, bound),
        ...(roomOf(bound) === null ? [] : actionsOf(reaperSteps, bound)),
        ...actionsOf(partsIn(road, bound), bound),
      ] as RevisionAction<T>[],
    step: (s, action) => {
      if (!reaperAllows(s, action as AnyAction) || !allows(s, action as AnyAction, release)) return false;
      unlocks(s, action as AnyAction);
      const isTaken = take(s, action);
      // What is no boolean is for the checker to refuse.
      if (isTaken === true) settles(s, action as AnyAction);
      return isTaken;
    },
  };
}

/** A service that knows nothing of tables of its own ends. */
function stopService(s: Service, how: Stopped): true {
  for (const handler of Object.values(s.calls)) {
    handler.pc = 'refused';
    handler.runc = 'idle';
  }
  for (const goroutine of Object.values(s.goroutines ?? {})) goroutine.pc = 'idle';
  s.processExits.pc = how;
  s.processExits.e = null;
  s.processExits.cps = [];
  return true;
}

/** Forgets the types of a revision's own state and steps, for code that treats all revisions alike. */
export function erased<S extends Service, T extends ShimSteps<S>>(revision: Revision<S, T>): Revision {
  return revision as unknown as Revision;
}

/**
 * A list of revisions that their slugs tell apart.
 *
 * @throws Impossible for two with one slug, of which the second could not be checked
 */
export function distinct(revisions: readonly Revision[]): readonly Revision[] {
  const slugs = revisions.map(({ slug }) => slug);
  const twice = slugs.find((slug, i) => slugs.indexOf(slug) !== i);
  if (twice === undefined) return revisions;
  throw new Impossible(
    `two revisions have the slug ${twice} (got it twice, allowed once): rename one of them`,
  );
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
    properties: properties(revision, bound, initial),
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
