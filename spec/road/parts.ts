/**
 * The parts of the road behind the algorithm, put together: their state, their steps, their rules, each where a bound has
 * the option.
 *
 * @module
 */
import type { AnyAction } from '../action.ts';
import type { Bound } from '../bound.ts';
import type { Rule } from '../rule.ts';
import type { Service, Stopped } from '../service.ts';
import type { ShimSteps } from '../steps.ts';
import { channelAllows, channelRules, channelSteps, isOver } from './channel.ts';
import { crashRules, crashSteps } from './crash.ts';
import { newOoms, oomAllows, oomRules, oomSteps } from './oom.ts';
import { listenerSteps, type PublisherPart, roadSteps, watcherSteps } from './part.ts';
import type { Release } from './release.ts';
import { roadRules } from './rules.ts';
import { emptyRoad, hasRoad } from './slice.ts';

/** What a revision says of the road. */
export interface RoadParts {
  /** Who brings its events to the listener. */
  readonly publisher: PublisherPart;
  /** What else its containerd has on the road. */
  readonly release: Release;
  /** Ends the service at once. */
  readonly stop: (s: Service, how: Stopped) => true;
}

/** The state of every part that a bound has. */
export function initialParts(
  { channel, oom: kind }: Release,
  bound: Bound,
): Partial<Pick<Service, 'road' | 'oom'>> {
  const oom = newOoms(kind, bound);
  return { ...(oom ? { oom } : {}), ...(hasRoad(bound) ? { road: emptyRoad(bound, channel) } : {}) };
}

/** Every step of every part. */
export function stepsOfParts({ publisher, release, stop }: RoadParts): ShimSteps<Service> {
  return {
    ...roadSteps(publisher),
    ...channelSteps((s) => stop(s, 'ended')),
    ...crashSteps((s) => stop(s, 'crashed'), release.recordsExits),
    ...oomSteps(release.oom),
  };
}

/** The steps of the parts that a bound has. */
export function partsIn({ publisher, release, stop }: RoadParts, bound: Bound): ShimSteps<Service> {
  const isWatched = (bound.oom || bound.oomV1) && release.oom !== 'looked for';
  const part = isWatched && hasRoad(bound) ? watcherSteps(publisher) : publisher;
  const { ShutdownIsDone, ShimEnds, OutboxIsEmpty, OutboxGivesUp } = channelSteps((s) => stop(s, 'ended'));
  const ofOutbox = { OutboxIsEmpty, ...(bound.publisher ? { OutboxGivesUp } : {}) };
  const hasEnd = bound.shutdown && (bound.channel || bound.channelTwo);
  return {
    ...(bound.publisher ? roadSteps(part) : hasRoad(bound) ? listenerSteps(part) : {}),
    ...(hasEnd ? (release.channel === 'drains' ? ofOutbox : { ShutdownIsDone, ShimEnds }) : {}),
    ...(bound.crash ? crashSteps((s) => stop(s, 'crashed'), release.recordsExits) : {}),
    ...(bound.oom || bound.oomV1 ? oomSteps(release.oom) : {}),
  } as ShimSteps<Service>;
}

const callsForward: ReadonlySet<string> = new Set([
  'ShimForwards',
  'ShimRetries',
  'ListenerServes',
  'ListenerRefuses',
  'ShimTimesOut',
  'ShimFindsNobody',
]);

/** Whether the parts let a step of the world or the shim happen now. */
export function allows(s: Service, action: AnyAction, { oom }: Release): boolean {
  if (callsForward.has(action.type) && isOver(s)) return false;
  return channelAllows(s, action) && oomAllows(s, action, oom);
}

/** What is owed on the road within a bound. */
export function rulesOfParts(publisher: PublisherPart, { channel, oom }: Release, bound: Bound): Rule[] {
  return [
    ...(hasRoad(bound) ? roadRules(publisher, bound) : []),
    ...(bound.channel || bound.channelTwo ? channelRules(bound, channel) : []),
    ...(bound.oom || bound.oomV1 ? oomRules(bound, oom) : []),
    ...(bound.crash ? crashRules(bound) : []),
  ];
}
