import { fromChoices, fromLabels } from '../../checker/replay.ts';
import { boundText } from '../../render/bound.ts';
import { tell } from '../../render/story.ts';
import { storyMermaid, storySvg } from '../../render/story-svg.ts';
import { storyText } from '../../render/trace.ts';
import { type AnyAction, type Bound, modelOf, type Revision } from '../../spec/index.ts';
import { exitCode, exitCodeOfClasses } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { traceFrom } from './report-file.ts';

interface ReplayRequest {
  readonly format: 'text' | 'json' | 'svg' | 'mermaid';
  readonly output: Output;
}

/** A trace, and the property that it is about, where one was named. */
export interface Taken {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly trace: readonly AnyAction[];
  readonly property: string | undefined;
}

/** Positions of steps among the enabled ones, or the trace of a property in a report of `check --format json`. */
type TakenFrom =
  | (Omit<Taken, 'trace'> & { readonly choices: readonly number[] })
  | { readonly report: string; readonly property: string | undefined };

/** Finds the steps that a trace has. @throws InputError, ReplayError for one that cannot be used */
export async function takenFrom(from: TakenFrom): Promise<Taken> {
  if ('choices' in from) {
    const { choices, ...taken } = from;
    return { ...taken, trace: fromChoices(modelOf(taken.revision, taken.bound), choices) };
  }
  const { revision, bound, labels, property } = await traceFrom('--trace', from.report, from.property);
  return { revision, bound, property, trace: fromLabels(modelOf(revision, bound), labels) };
}

/** Takes steps again, and judges every state on their way. @returns the exit code, as of check */
export function replayTrace({ revision, bound, trace }: Taken, { format, output }: ReplayRequest): number {
  const story = tell(revision, bound, trace);
  const formats = {
    svg: () => storySvg(story, `A path of ${revision.slug}`),
    mermaid: () => storyMermaid(story),
    json: () => JSON.stringify({ revision: revision.slug, bound, ...story }, null, 2),
    text: () =>
      `${output.colors.bold(revision.slug)}: ${boundText(bound)}\n\n${storyText(story, output.colors)}`,
  };
  output.write(formats[format]());
  return exitCodeOfClasses(story.breaks.map((breach) => breach.class)) ?? exitCode.holds;
}
