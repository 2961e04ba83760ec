import { causesOf } from '../checker/graph/causes.ts';
import type { WholeProperty } from '../checker/index.ts';
import { choicesOf, replay, type Step, violationsOf } from '../checker/replay.ts';
import {
  type AnyAction,
  type Blocked,
  type Bound,
  blocked,
  type Event,
  labelOf,
  mirror,
  modelOf,
  type Revision,
  type Service,
  tracedModelOf,
} from '../spec/index.ts';
import { boundFlags } from './bound.ts';

import { changesOf } from './changes.ts';
import { revisionName } from './find-revision.ts';

/** One step of a trace, told in the shim's words. */
export interface StoryStep {
  readonly action: string;
  /** Who takes it. */
  readonly lane: string;
  readonly text: string;
  /** A link to the Go lines; null for a step of the world. */
  readonly source: string | null;
  readonly changes: readonly string[];
  /** What it published. */
  readonly events: readonly Event[];
  /** Steps of other threads that wrote what it read, by index. */
  readonly after: readonly number[];
}

interface StoryBreach {
  readonly property: string;
  readonly class: WholeProperty<Service>['class'];
  readonly subject: string;
  /** After how many steps. */
  readonly step: number;
}

/** A trace as all formats show it: terminal and JSON are written from this one object. */
export interface Story {
  readonly steps: readonly StoryStep[];
  /** The whole events log. */
  readonly events: readonly Event[];
  /** Threads that cannot go on in the last state. */
  readonly blocked: readonly Blocked[];
  /** The properties that it breaks, each where it does so first. */
  readonly breaks: readonly StoryBreach[];
  /** The command that shows the trace again. */
  readonly replayCommand: string;
}

/** Replays the labelled `actions` with the whole log, and describes each step. */
export function tell(revision: Revision, bound: Bound, trace: readonly AnyAction[]): Story {
  const model = tracedModelOf(revision, bound);
  const steps = replay(model, trace);
  const last = steps.at(-1)?.after ?? model.initial;
  const lanes = steps.map(({ action, before }) => mirror(revision, before, action).lane);
  const causes = causesOf(modelOf(revision, bound), trace, (step) => lanes[step] ?? '');
  return {
    steps: steps.map((step, i) => tellStep(revision, step, causes[i] ?? [])),
    events: last.events ?? [],
    blocked: blocked(last),
    breaks: violationsOf(model, steps).map(({ property, subject, step }) => ({
      property: property.name,
      class: property.class,
      subject,
      step,
    })),
    replayCommand: `npx shim-spec replay ${revisionName(revision)} ${boundFlags(bound)} --choices ${choicesOf(model, steps).join(',') || 'none'}`,
  };
}

function tellStep(
  revision: Revision,
  { action, before, after: then }: Step<Service, AnyAction>,
  after: readonly number[],
): StoryStep {
  const { lane, text, source } = mirror(revision, before, action);
  return {
    action: labelOf(action),
    lane,
    text,
    source,
    changes: changesOf(before, then),
    events: (then.events ?? []).slice(before.events?.length ?? 0),
    after,
  };
}
