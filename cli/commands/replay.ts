import { fromChoices, fromLabels } from '../../checker/replay.ts';
import { boundText } from '../../render/bound.ts';
import { type Story, tell } from '../../render/story.ts';
import { storyMermaid, storySvg } from '../../render/story-svg.ts';
import { traceText } from '../../render/trace.ts';
import { type AnyAction, type Bound, modelOf, type Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode, exitCodeOfClasses } from '../exit-codes.ts';
import { type BoundFlags, parseBound } from '../flags/bound.ts';
import { findRevision } from '../flags/find-revision.ts';
import type { Output } from '../flags/output.ts';
import { traceFrom } from '../flags/report-file.ts';

export interface ReplayFlags extends BoundFlags {
  /** Positions among the enabled actions, separated by commas; or `none`. */
  readonly choices?: string;
  /** A report of `check --format json`, and the property of it whose trace is meant. */
  readonly trace?: string;
  readonly property?: string;
  readonly format: 'text' | 'json';
  /** A sequence diagram instead of the text: svg or mermaid. */
  readonly picture?: string;
}

/** `shim-spec replay`: takes the steps of a trace again and judges every state on its way. @returns the exit code, as of check */
export function replayCommand(slug: string, flags: ReplayFlags, output: Output): number {
  const { revision, bound, trace } =
    flags.trace === undefined ? ofChoices(slug, flags) : ofReport(flags.trace, flags);
  const story = tell(revision, bound, trace);
  if (flags.picture !== undefined) {
    output.write(pictureOf(flags.picture, story, revision));
  } else if (flags.format === 'json') {
    output.write(JSON.stringify({ revision: revision.slug, bound, ...story }, null, 2));
  } else {
    const head = `${output.colors.bold(revision.slug)}: ${boundText(bound)}`;
    output.write(`${head}\n\n${traceText(story, output.colors)}`);
  }
  return exitCodeOfClasses(story.breaks.map((breach) => breach.class)) ?? exitCode.holds;
}

function pictureOf(kind: string, story: Story, revision: Revision): string {
  if (kind === 'svg') return storySvg(story, `A path of ${revision.slug}`);
  if (kind === 'mermaid') return storyMermaid(story);
  throw new InputError(
    `--picture ${kind} is not known (got '${kind}', allowed svg, mermaid)`,
    exitCode.usage,
  );
}

interface Source {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly trace: readonly AnyAction[];
}

function ofReport(file: string, flags: ReplayFlags): Source {
  const { revision, bound, labels } = traceFrom('--trace', file, flags.property);
  return { revision, bound, trace: fromLabels(modelOf(revision, bound), labels) };
}

function ofChoices(slug: string, flags: ReplayFlags): Source {
  const text = flags.choices;
  if (text === undefined || !/^(none|\d+(,\d+)*)$/.test(text)) {
    throw new InputError(
      `replay needs what to do (got --choices ${text ?? 'missing'}, allowed numbers separated by commas, or none): copy the replay command that check prints, or give --trace FILE`,
      exitCode.usage,
    );
  }
  const revision = findRevision(slug);
  const bound = parseBound(flags);
  const choices = text === 'none' ? [] : text.split(',').map(Number);
  return { revision, bound, trace: fromChoices(modelOf(revision, bound), choices) };
}
