import type { Colors } from 'picocolors/types.js';
import type { Report, Result } from '../../checker/index.ts';
import type { Story } from '../../render/story.ts';
import { tableText } from '../../render/table.ts';
import { storyText } from '../../render/trace.ts';
import type { AnyAction, Revision, Service } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode, exitCodeOf } from '../exit-codes.ts';
import { reportJunit } from '../formats/check-junit.ts';
import { coverageText } from '../formats/coverage.ts';
import { distinctText } from '../formats/distinct.ts';
import { storyItf } from '../formats/itf.ts';
import { reportJson } from '../formats/json.ts';
import { reportSarif } from '../formats/sarif.ts';
import { printComplaint } from '../thread/session.ts';
import { type CheckRequest, type SearchedRevision, searchRevision } from './search.ts';

/** `shim-spec check`: searches one revision and prints what came of it. @returns the exit code */
export function checkRevision(revision: Revision, request: CheckRequest): number {
  const searched = searchRevision(revision, request);
  request.output.write(reportOf(searched, request));
  searched.certify();
  return exitCodeOf(searched.report);
}

function reportOf(searched: SearchedRevision, request: CheckRequest): string {
  const { format, bound } = request;
  if (format === 'text') return textReport(searched, request);
  const { revision, report } = searched;
  if (format === 'itf') return itfReport(searched, request);
  const stories = storiesOf(searched);
  if (format === 'junit') return reportJunit(revision, bound, report, stories);
  if (format === 'sarif') return JSON.stringify(reportSarif(revision, bound, report, stories), null, 2);
  return JSON.stringify(jsonReport(searched, request), null, 2);
}

/** The whole outcome as JSON. */
export function jsonReport(searched: SearchedRevision, { bound }: Pick<CheckRequest, 'bound'>): object {
  const { revision, report, guards } = searched;
  const facts = reportJson(revision, bound, report, storiesOf(searched));
  return { ...facts, ...(guards ? { guards } : {}) };
}

function storiesOf({ traced, tellTrace }: SearchedRevision): ReadonlyMap<string, Story> {
  return new Map(traced.map((result) => [result.property.name, tellTrace(result)]));
}

/** @throws InputError where there is no trace, after the verdicts, which are not lost */
function itfReport(searched: SearchedRevision, { bound, show, output }: CheckRequest): string {
  const { revision, report, traced, tellTrace } = searched;
  const [result] = toShow(traced, show);
  if (result)
    return JSON.stringify(storyItf(revision, bound, result.property.name, tellTrace(result)), null, 2);
  printComplaint(`${tableText(revision, bound, report, output.colors)}\n`);
  throw new InputError(
    `--format itf has no trace to write (got --show ${show}, allowed a property that is violated or reached): ${noTraceNote(report, show) ?? 'no property is violated'}`,
    exitCode.usage,
  );
}

function textReport(searched: SearchedRevision, request: CheckRequest): string {
  const { bound, show, distinct, output, isProfiled } = request;
  const { revision, report, traced, tellTrace, guards } = searched;
  const c = output.colors;
  const shown = toShow(traced, show);
  const traces = shown.map((result) => traceSection(searched, result, tellTrace(result), c));
  const notShown = traced
    .filter(({ verdict }) => verdict === 'violated')
    .filter((result) => !shown.includes(result));
  const notes = [
    noTraceNote(report, show),
    moreText(notShown.length, shown.length),
    resumeNote(report, request),
  ].filter((note) => note !== null);
  return [
    [tableText(revision, bound, report, c), ...traces, ...notes.map((note) => `\n${note}`)].join('\n'),
    ...(distinct > 1 ? [distinctText(revision, bound, report, distinct, c)] : []),
    ...(isProfiled ? [searched.profile(c)] : []),
    ...(guards ? [coverageText(guards, c)] : []),
  ].join('\n\n');
}

/** @param lead what stands before the name of the property */
export function traceSection(
  { revision, isShortest }: SearchedRevision,
  { property, subject, verdict }: Result<Service, AnyAction>,
  story: Story,
  c: Colors,
  lead = '',
): string {
  const what = verdict === 'violated' ? 'counterexample' : 'way to reach it';
  const steps = `${story.steps.length} ${story.steps.length === 1 ? 'step' : 'steps'}`;
  const length = isShortest
    ? `shortest ${what}: ${steps}`
    : `${what}: ${steps}; a shorter one may exist (--shortest finds it)`;
  return [
    `\n${lead}${c.bold(`'${property.name}'`)} (${subject}), ${length}`,
    `  rule: ${property.sentence}`,
    `        ${c.dim(property.source)}`,
    `  code: ${c.dim(revision.tree)}`,
    '',
    storyText(story, c),
  ].join('\n');
}

function toShow(
  traced: readonly Result<Service, AnyAction>[],
  show: string,
): readonly Result<Service, AnyAction>[] {
  const violated = traced.filter((result) => result.verdict === 'violated');
  if (show === 'none') return [];
  if (show === 'all') return violated;
  if (show === 'shortest') {
    // Of equally short ones a deadlock says most: what is lost in it is lost because of it.
    const rank = (r: Result<Service, AnyAction>): number =>
      2 * r.depth - (r.property.class === 'deadlock' ? 1 : 0);
    return violated.toSorted((a, b) => rank(a) - rank(b)).slice(0, 1);
  }
  return traced.filter((result) => result.property.name === show);
}

/** Why nothing is shown of the property that `--show` names; null where it names none, or one that is shown. */
function noTraceNote({ results }: Report<Service, AnyAction>, show: string): string | null {
  const named = results.find(({ property }) => property.name === show);
  if (!named || named.trace !== null) return null;
  const why = { holds: 'it holds', violated: 'it was not reached', unknown: 'its verdict is unknown' };
  return `'${show}' has no trace: ${why[named.verdict]}`;
}

/** Where the search was saved; null where it is over, or was cut off by a limit on its states. */
function resumeNote({ stoppedBy }: Report, { checkpoint }: CheckRequest): string | null {
  const isSaved = stoppedBy === 'interrupt' || stoppedBy === 'time' || stoppedBy === 'memory';
  return checkpoint && isSaved ? `saved in ${checkpoint.file}: the same command resumes the search` : null;
}

/** How many violated rules are not shown; null for none. */
function moreText(count: number, shown: number): string | null {
  if (count === 0) return null;
  const more = shown > 0 ? ' more' : '';
  return count === 1
    ? `1${more} violated rule; print it with --show all`
    : `${count}${more} violated rules; print them with --show all`;
}
