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

/** Takes the steps again that are given by their positions among the enabled ones. @returns the exit code, as of check */
export function replayChoices(
  revision: Revision,
  bound: Bound,
  choices: readonly number[],
  request: ReplayRequest,
): number {
  return replayTrace(revision, bound, fromChoices(modelOf(revision, bound), choices), request);
}

/** Takes the steps again that a report of `check --format json` has of a property. @returns the exit code, as of check */
export async function replayReport(
  file: string,
  property: string | undefined,
  request: ReplayRequest,
): Promise<number> {
  const { revision, bound, labels } = await traceFrom('--trace', file, property);
  return replayTrace(revision, bound, fromLabels(modelOf(revision, bound), labels), request);
}

/** Takes steps again, and judges every state on their way. */
function replayTrace(
  revision: Revision,
  bound: Bound,
  trace: readonly AnyAction[],
  { format, output }: ReplayRequest,
): number {
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
