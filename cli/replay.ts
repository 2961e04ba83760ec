import { readFileSync } from 'node:fs';
import { labelsOf } from '../checker/index.ts';
import { type Bound, modelOf, type Revision } from '../spec/index.ts';
import { type BoundFlags, parseBound } from './bound.ts';
import { InputError } from './errors.ts';
import { exitCode, exitCodeOfClasses } from './exit-codes.ts';
import { findRevision } from './find-revision.ts';
import type { Output } from './output.ts';
import { tell } from './render/story.ts';
import { boundText } from './render/table.ts';
import { traceText } from './render/trace.ts';

export interface ReplayFlags extends BoundFlags {
  /** Positions among the enabled actions, separated by commas; or `none`. */
  readonly choices?: string;
  /** A report of `check --format json`, and the property of it whose trace is meant. */
  readonly trace?: string;
  readonly property?: string;
  readonly format: 'text' | 'json';
}

/** `shim-spec replay`: takes the steps of a trace again and judges every state on its way. @returns the exit code, as of check */
export function replayCommand(slug: string, flags: ReplayFlags, output: Output): number {
  const source =
    flags.trace === undefined ? fromChoices(slug, flags) : fromReport(flags.trace, flags.property);
  const { revision, bound, labels } = source;
  const story = tell(revision, bound, labels);
  if (flags.format === 'json') {
    output.write(JSON.stringify({ revision: revision.slug, bound, ...story }, null, 2));
  } else {
    const head = `${output.colors.bold(revision.slug)}: ${boundText(bound)}`;
    output.write(`${head}\n\n${traceText(story, output.colors)}`);
  }
  return exitCodeOfClasses(story.breaks.map((breach) => breach.class)) ?? exitCode.holds;
}

interface Source {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly labels: readonly string[];
}

function fromChoices(slug: string, flags: ReplayFlags): Source {
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
  return { revision, bound, labels: labelsOf(modelOf(revision, bound), choices) };
}

interface ReportFile {
  readonly revision: { readonly slug: string };
  readonly bound: Bound;
  readonly results: readonly {
    readonly property: string;
    readonly verdict: string;
    readonly trace: { readonly steps: readonly { readonly action: string }[] } | null;
  }[];
}

function fromReport(file: string, property: string | undefined): Source {
  const report = readReport(file);
  const traced = report.results.filter((result) => result.trace !== null);
  const wanted = traced.find((result) =>
    property === undefined ? result.verdict === 'violated' : result.property === property,
  );
  if (!wanted?.trace) {
    throw new InputError(
      `${file} holds no such trace (got --property ${property ?? 'missing: the first violated one is meant'}, allowed ${traced.map((r) => `'${r.property}'`).join(', ') || 'none: the file has no trace'})`,
      exitCode.file,
    );
  }
  return {
    revision: findRevision(report.revision.slug),
    bound: report.bound,
    labels: wanted.trace.steps.map((step) => step.action),
  };
}

function readReport(file: string): ReportFile {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as ReportFile;
    if (!Array.isArray(report.results) || !report.bound || !report.revision)
      throw new TypeError('not a report');
    return report;
  } catch (cause) {
    throw new InputError(
      `--trace ${file} cannot be used (${(cause as Error).message}): give a file written by 'shim-spec check --format json --output FILE'`,
      exitCode.file,
      { cause },
    );
  }
}
