import {
  type Engine,
  type Exploration,
  explore,
  type Model,
  type Report,
  type Result,
  type SearchOptions,
} from '../../checker/index.ts';
import type { Snapshot } from '../../checker/snapshot.ts';
import { startCrew } from '../../checker/threads/index.ts';
import { boundFlags } from '../../render/bound.ts';
import { type Story, tell } from '../../render/story.ts';
import { tableText } from '../../render/table.ts';
import { traceText } from '../../render/trace.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode, exitCodeOf } from '../exit-codes.ts';
import { type BoundFlags, parseBound, parseInteger } from '../flags/bound.ts';
import {
  assertWritable,
  codeOf,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from '../flags/checkpoint.ts';
import { findRevision } from '../flags/find-revision.ts';
import { type LimitFlags, parseLimits, parseReduction, parseWorkers } from '../flags/limits.ts';
import type { Output } from '../flags/output.ts';
import { assertSymbolic } from '../flags/symbolic.ts';
import { reportJunit } from '../formats/check-junit.ts';
import { coverageText, type Guards, guardsOf } from '../formats/coverage.ts';
import { distinctText } from '../formats/distinct.ts';
import { storyItf } from '../formats/itf.ts';
import { reportJson } from '../formats/json.ts';
import { profileText } from '../formats/profile.ts';
import { progressWriter } from '../formats/progress.ts';
import { reportSarif } from '../formats/sarif.ts';

export interface CheckFlags extends BoundFlags, LimitFlags {
  readonly engine: Engine;
  /** Which states to leave out: `symmetry`, `unread`, or `none`. */
  readonly reduce: string;
  /** How many threads search; `auto` for as many as there are cores. */
  readonly workers: string;
  readonly format: 'text' | 'json' | 'junit' | 'sarif' | 'itf';
  /** The property whose counterexample is shown; `all`, `none`, or `shortest`. */
  readonly show: string;
  /** Whether to say where the states come from. */
  readonly profile?: boolean;
  /** Whether to say what stood in the way of the actions; or of which single ones, those whose labels hold this. */
  readonly coverage?: boolean;
  readonly coverageOf?: string;
  /** How many counterexamples of each property to list. */
  readonly distinct: string;
  /** Where the search is written to as it goes, and from where it goes on. */
  readonly checkpoint?: string;
  /** Seconds between two of those at least. */
  readonly checkpointEvery: string;
}

/** A search of one revision, and the trace of each property that has one. */
export interface Checked {
  readonly revision: Revision;
  readonly report: Report<Service, AnyAction>;
  readonly traced: readonly Result<Service, AnyAction>[];
  readonly tellTrace: (result: Result<Service, AnyAction>) => Story;
  readonly profile: (colors: Output['colors']) => string;
  /** What stood in the way of the actions, where that was asked for. */
  readonly guards: Guards | null;
}

/** Searches one revision, with progress on stderr. */
export function search(revision: Revision, bound: Bound, flags: CheckFlags): Checked {
  const model = modelOf(revision, bound);
  assertCoverable(flags, model);
  const progress = progressWriter(process.stderr);
  const more = { onProgress: progress.show, ...checkpointing(revision, bound, flags) };
  const exploration = exploreWith(model, flags, more);
  progress.end();
  if (flags.checkpoint && exploration.report.stoppedBy === null) removeCheckpoint(flags.checkpoint);
  const { report } = exploration;
  return {
    revision,
    report,
    traced: report.results.filter((result) => result.trace !== null),
    tellTrace: (result) => tell(revision, bound, result.trace ?? []),
    profile: (colors) => profileText(exploration, colors),
    guards: guardsFor(model, exploration, flags),
  };
}

function exploreWith(
  model: Model<Service, AnyAction>,
  flags: CheckFlags,
  more: SearchOptions,
): Exploration<Service, AnyAction> {
  const limits = parseLimits(flags);
  if (flags.engine === 'symbolic') assertSymbolic(flags);
  const reduction = parseReduction(flags.reduce, flags.engine);
  const options = { engine: flags.engine, limits, ...(reduction ? { reduction } : {}), ...more };
  if (flags.engine === 'symbolic') return explore(model, options);
  const workers = parseWorkers(flags.workers, flags.engine, reduction);
  const crew = workers > 1 ? startCrew(workers) : null;
  const exploration = explore(model, { ...options, ...(crew ? { crew } : {}) });
  crew?.dismiss();
  return exploration;
}

function guardsFor(
  model: Model<Service, AnyAction>,
  { coverage }: Exploration<Service, AnyAction>,
  flags: CheckFlags,
): Guards | null {
  return wantsCoverage(flags) && coverage ? guardsOf(model, coverage(), flags.coverageOf) : null;
}

function wantsCoverage({ coverage, coverageOf: single }: CheckFlags): boolean {
  return coverage === true || single !== undefined;
}

/** @throws InputError where there is no such coverage to be had */
function assertCoverable(flags: CheckFlags, { actions }: Model<Service, AnyAction>): void {
  const { engine, reduce, checkpoint, format, coverageOf: part } = flags;
  const isFull = engine === 'fast' && reduce === 'none' && !checkpoint;
  if (wantsCoverage(flags) && !(isFull && ['text', 'json'].includes(format))) {
    throw new InputError(
      `--coverage is of a full search of the fast engine, from its beginning, as text or json (got --engine ${engine} --reduce ${reduce}${checkpoint ? ` --checkpoint ${checkpoint}` : ''} --format ${format}, allowed fast, none, no --checkpoint, and text or json): leave the others out`,
      exitCode.usage,
    );
  }
  if (part !== undefined && !actions.some((action) => labelOf(action).includes(part))) {
    const some = actions.slice(0, 3).map(labelOf).join(', ');
    throw new InputError(
      `--coverage-of '${part}' names no action (got '${part}', allowed a part of a name such as ${some}): --coverage lists the types`,
      exitCode.usage,
    );
  }
}

/** Goes on from a checkpoint where there is one, and writes one at the end of a level now and then. */
function checkpointing(
  revision: Revision,
  bound: Bound,
  flags: CheckFlags,
): Pick<SearchOptions, 'onLevel' | 'resume'> {
  const { checkpoint: file, maxDepth = 'none', engine, reduce } = flags;
  if (!file) return {};
  if (engine !== 'fast' || reduce !== 'none') {
    throw new InputError(
      `--checkpoint is for the full search of the fast engine (got --engine ${engine} --reduce ${reduce}, allowed fast and none): leave them out`,
      exitCode.usage,
    );
  }
  const everyMs = 1_000 * parseInteger('--checkpoint-every', flags.checkpointEvery, 0, 86_400);
  const origin = {
    code: codeOf(),
    revision: revision.slug,
    bound: boundFlags(bound),
    '--max-depth': maxDepth,
  };
  assertWritable(file);
  const resume = readCheckpoint(file, origin);
  let lastMs = performance.now();
  const onLevel = (snapshot: () => Snapshot): void => {
    if (performance.now() - lastMs < everyMs) return;
    try {
      writeCheckpoint(file, origin, snapshot());
    } catch (error) {
      // The search is worth more than its checkpoint: the one before is there still.
      process.stderr.write(`no checkpoint is written: ${(error as Error).message}\n`);
    }
    lastMs = performance.now();
  };
  return { onLevel, ...(resume ? { resume } : {}) };
}

/** The whole outcome as JSON. */
export function jsonOf({ revision, report, traced, tellTrace, guards }: Checked, bound: Bound): object {
  const stories = new Map(traced.map((result) => [result.property.name, tellTrace(result)]));
  return { ...reportJson(revision, bound, report, stories), ...(guards ? { guards } : {}) };
}

/** The outcome for other tools; every format is written from the same stories. */
function formatted(checked: Checked, bound: Bound, { format, show }: CheckFlags): string {
  const { revision, report, traced, tellTrace } = checked;
  const stories = new Map(traced.map((result) => [result.property.name, tellTrace(result)]));
  if (format === 'junit') return reportJunit(revision, bound, report, stories);
  if (format === 'sarif') return JSON.stringify(reportSarif(revision, bound, report, stories), null, 2);
  if (format === 'json') return JSON.stringify(jsonOf(checked, bound), null, 2);
  const [result] = toShow(traced, show === 'all' || show === 'none' ? 'shortest' : show);
  const story = result && stories.get(result.property.name);
  if (!result || !story) {
    throw new InputError(
      `--format itf writes one trace, and nothing is violated (got no trace, allowed --show 'WITNESS'): name what is to be shown`,
      exitCode.usage,
    );
  }
  return JSON.stringify(storyItf(revision, bound, result.property.name, story), null, 2);
}

/** `shim-spec check`. @returns the exit code */
export function check(slug: string, flags: CheckFlags, output: Output): number {
  const bound = parseBound(flags);
  const distinct = parseInteger('--distinct', flags.distinct, 1, 1_000);
  const checked = search(findRevision(slug), bound, flags);
  const { report, traced, tellTrace } = checked;
  if (flags.format !== 'text' && (flags.profile || distinct > 1)) {
    throw new InputError(
      `--profile and --distinct are for --format text (got ${flags.format}, allowed text): leave one of them out`,
      exitCode.usage,
    );
  }
  if (flags.format !== 'text') {
    output.write(formatted(checked, bound, flags));
  } else {
    const stories = toShow(traced, flags.show).map((result) => [result, tellTrace(result)] as const);
    const text = textOf(checked.revision, bound, report, stories, output);
    const more = [
      ...(distinct > 1 ? [distinctText(checked.revision, bound, report, distinct, output.colors)] : []),
      ...(flags.profile ? [checked.profile(output.colors)] : []),
      ...(checked.guards ? [coverageText(checked.guards, output.colors)] : []),
    ];
    output.write([text, ...more].join('\n\n'));
  }
  return exitCodeOf(report);
}

function toShow(traced: readonly Result<Service, AnyAction>[], show: string): Result<Service, AnyAction>[] {
  const violated = traced.filter((result) => result.verdict === 'violated');
  if (show === 'none') return [];
  if (show === 'all') return violated;
  if (show === 'shortest') {
    // Of equally short ones a deadlock says most: what is lost in it is lost because of it.
    const rank = (r: Result<Service, AnyAction>): number =>
      2 * r.depth - (r.property.class === 'deadlock' ? 1 : 0);
    return violated.toSorted((a, b) => rank(a) - rank(b)).slice(0, 1);
  }
  const named = traced.filter((result) => result.property.name === show);
  if (named.length > 0) return named;
  const names = traced.map((result) => `'${result.property.name}'`);
  throw new InputError(
    `--show '${show}' has no trace (got '${show}', allowed all, none, shortest, ${names.join(', ')}): only what is violated or reached has one`,
    exitCode.usage,
  );
}

function textOf(
  revision: Revision,
  bound: Bound,
  report: Report<Service, AnyAction>,
  stories: readonly (readonly [Result<Service, AnyAction>, Story])[],
  output: Output,
): string {
  const c = output.colors;
  const traces = stories.map(
    ([result, story]) =>
      `\n${c.bold(`'${result.property.name}'`)} (${result.subject}): ${story.steps.length} steps, ${lengthNote(report)}\n  rule: ${result.property.sentence}\n        ${c.dim(result.property.source)}\n  code: ${c.dim(revision.tree)}\n\n${traceText(story, c)}`,
  );
  const others =
    report.results.filter((r) => r.verdict === 'violated' && r.trace !== null).length - stories.length;
  const more = others > 0 ? [`\n${others} more: --show all, or --show 'PROPERTY'`] : [];
  return [tableText(revision, bound, report, c), ...traces, ...more].join('\n');
}

/** Breadth first, the first violation is a shortest; the symbolic engine may pass a shorter one over. */
function lengthNote({ engine }: Report<Service, AnyAction>): string {
  return engine === 'symbolic' ? 'a shorter one may exist (--engine symbolic)' : 'none shorter';
}
