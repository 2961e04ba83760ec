import type { Model, Step } from '../../checker/index.ts';
import { choicesOf, fromChoices, fromLabels, replay, violationsOf } from '../../checker/replay.ts';
import { enabledIn } from '../../checker/step.ts';
import { type Story, tell } from '../../render/story.ts';
import {
  type AnyAction,
  type Blocked,
  blocked,
  labelOf,
  mirror,
  type Revision,
  type Service,
  tracedModelOf,
} from '../../spec/index.ts';
import type { PageState } from './address.ts';

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
  readonly initial: Service;
  readonly state: Service;
  /** The state before the last step; null at the beginning. */
  readonly before: Service | null;
  readonly choices: readonly Choice[];
  /** Rules that the steps so far have broken. */
  readonly broken: readonly string[];
  /** Threads that cannot go on, and what each waits for. */
  readonly waiting: readonly Blocked[];
  /** Whether they wait for ever: the steps so far have broken a rule against deadlocks. */
  readonly isDeadlock: boolean;
}

/** A whole path: what does not depend on where the reader stands. */
export interface WholePath {
  readonly revision: Revision;
  readonly model: Model<Service, AnyAction>;
  readonly story: Story;
  readonly labels: readonly string[];
  readonly steps: readonly Step<Service, AnyAction>[];
}

/** @throws ReplayError for a path that the model does not have */
export function wholePathOf(
  revision: Revision,
  bound: PageState['bound'],
  path: PageState['path'],
): WholePath {
  const model = tracedModelOf(revision, bound);
  const trace = fromChoices(model, path);
  const labels = trace.map(labelOf);
  return { revision, model, labels, steps: replay(model, trace), story: tell(revision, bound, trace) };
}

/** The path as it is seen after `at` of its steps. */
export function walkAt({ revision, model, labels, steps, story }: WholePath, at: number): Walk {
  const here = steps[at - 1];
  const state = here?.after ?? model.initial;
  const breaches = story.breaks.filter(({ step }) => step <= at);
  const broken = breaches.map(({ property }) => property);
  const choices = enabledIn(model, state).map((action: AnyAction): Choice => {
    const label = labelOf(action);
    const breaks = violationsOf(model, replay({ ...model, initial: state }, [action]));
    const { lane, text } = mirror(revision, state, action);
    const names = breaks.map(({ property }) => property.name).filter((name) => !broken.includes(name));
    return { label, lane, text, breaks: names };
  });
  return {
    story,
    labels,
    initial: model.initial,
    state,
    before: here?.before ?? null,
    choices,
    broken,
    waiting: blocked(state),
    isDeadlock: breaches.some((breach) => breach.class === 'deadlock'),
  };
}

/** The choices of a trace that is given by labels. */
export function pathOf(revision: Revision, bound: PageState['bound'], labels: readonly string[]): number[] {
  const model = tracedModelOf(revision, bound);
  return choicesOf(model, replay(model, fromLabels(model, labels)));
}

/** Whether a model has the path of a view. */
export function hasPath(revision: Revision, { bound, path }: PageState): boolean {
  try {
    fromChoices(tracedModelOf(revision, bound), path);
    return true;
  } catch {
    return false;
  }
}
