import { breachesOf, choicesOf, enabledIn, labelsOf, replay } from '../../checker/index.ts';
import { type Story, tell } from '../../cli/render/story.ts';
import {
  type AnyAction,
  labelOf,
  mirror,
  type Revision,
  type Service,
  tracedModelOf,
} from '../../spec/index.ts';
import type { View } from './address.ts';

/** What can be done at a state. */
export interface Choice {
  readonly label: string;
  readonly lane: string;
  readonly text: string;
  /** Rules that the step would break that are whole now. */
  readonly breaks: readonly string[];
}

/** A path, and the state where the reader stands on it. */
export interface Walk {
  readonly story: Story;
  readonly labels: readonly string[];
  readonly state: Service;
  /** The state before the last step; null at the beginning. */
  readonly before: Service | null;
  readonly choices: readonly Choice[];
  /** Rules that the steps so far have broken. */
  readonly broken: readonly string[];
}

/** @throws ReplayError for a path that the model does not have */
export function walkOf(revision: Revision, { bound, path, at }: View): Walk {
  const model = tracedModelOf(revision, bound);
  const labels = labelsOf(model, path);
  const steps = replay(model, labels.slice(0, at));
  const state = steps.at(-1)?.after ?? model.initial;
  const broken = breachesOf(model, steps).map(({ property }) => property.name);
  const choices = enabledIn(model, state).map((action: AnyAction): Choice => {
    const label = labelOf(action);
    const next = replay(model, [...labels.slice(0, at), label]);
    const { lane, text } = mirror(revision.lines, state, action);
    const after = breachesOf(model, next).map(({ property }) => property.name);
    return { label, lane, text, breaks: after.filter((name) => !broken.includes(name)) };
  });
  return {
    story: tell(revision, bound, labels),
    labels,
    state,
    before: steps.at(-1)?.before ?? null,
    choices,
    broken,
  };
}

/** The choices of a trace that is given by labels. */
export function pathOf(revision: Revision, bound: View['bound'], labels: readonly string[]): number[] {
  const model = tracedModelOf(revision, bound);
  return choicesOf(model, replay(model, labels));
}

/** Whether a model has the path of a view. */
export function hasPath(revision: Revision, { bound, path }: View): boolean {
  try {
    labelsOf(tracedModelOf(revision, bound), path);
    return true;
  } catch {
    return false;
  }
}
