import { checkLiveness, type LiveReport, type LiveResult } from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import { tell } from '../../render/story.ts';
import { count } from '../../render/table.ts';
import { storyText } from '../../render/trace.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { isInterrupted, showStatus } from '../thread/session.ts';

interface LiveRequest {
  readonly bound: Bound;
  readonly statesMax: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** `shim-spec live`: is a rule about states at rest broken for ever on a weakly fair run? @returns the exit code */
export function live(revision: Revision, { bound, statesMax, format, output }: LiveRequest): number {
  const model = modelOf(revision, bound);
  showStatus(revision.slug);
  const report = checkLiveness(model, {
    statesMax,
    onProgress: ({ states }) => showStatus(`${revision.slug}: ${count(states)} states`),
    isCancelled: isInterrupted,
  });
  output.write(
    format === 'json' ? liveJson(revision, bound, report) : liveText(revision, bound, report, output),
  );
  if (report.stoppedBy !== null) return exitCode.incomplete;
  return report.results.some(({ verdict }) => verdict === 'violated') ? exitCode.liveness : exitCode.holds;
}

function liveJson(
  revision: Revision,
  bound: Bound,
  { results, states, stoppedBy }: LiveReport<Service, AnyAction>,
): string {
  const rules = results.map(({ claim, verdict, subject, lasso }) => ({
    rule: claim.name,
    verdict,
    subject,
    lasso: lasso && {
      stem: lasso.stem.map(labelOf),
      cycle: lasso.cycle.map(labelOf),
    },
  }));
  const fairness = 'weak';
  return JSON.stringify(
    {
      ...{ revision: revision.slug, bound, fairness, states, stoppedBy },
      ...{ interrupted: stoppedBy === 'interrupt', results: rules },
    },
    null,
    2,
  );
}

function liveText(
  revision: Revision,
  bound: Bound,
  report: LiveReport<Service, AnyAction>,
  output: Output,
): string {
  const c = output.colors;
  const { results } = report;
  const width = Math.max(...results.map(({ claim }) => claim.name.length), 0);
  const signs = { holds: c.green('✓'), violated: c.red('✗'), unknown: c.yellow('?') };
  const rows = results.map(
    ({ claim, verdict, subject }) =>
      `  ${signs[verdict]} ${claim.name.padEnd(width)}  ${verdict}${subject ? `  ${subject}` : ''}`,
  );
  const shortest = results
    .filter(({ lasso }) => lasso !== null)
    .toSorted((a, b) => lengthOf(a) - lengthOf(b))
    .at(0);
  return [
    `${c.bold(revision.slug)}: ${revision.title}`,
    `bound: ${boundText(bound)}`,
    'fairness: weak, of every step of the shim, of runc and of the kernel; a client or process may rest for ever',
    '',
    ...rows,
    '',
    endLine(report, c),
    ...(shortest ? ['', lassoText(revision, bound, shortest, output)] : []),
  ].join('\n');
}

function endLine({ states, stoppedBy }: LiveReport, c: Output['colors']): string {
  if (stoppedBy === 'states') return c.yellow(`unknown: more than ${count(states)} states (--max-states)`);
  if (stoppedBy === 'interrupt')
    return c.yellow(`incomplete: stopped by Ctrl-C or SIGTERM; ${count(states)} distinct states so far`);
  return `complete: ${count(states)} distinct states`;
}

function lengthOf({ lasso }: LiveResult): number {
  return (lasso?.stem.length ?? 0) + (lasso?.cycle.length ?? 0);
}

function lassoText(
  revision: Revision,
  bound: Bound,
  { claim, subject, lasso }: LiveResult<Service, AnyAction>,
  output: Output,
): string {
  const { stem, cycle } = lasso ?? { stem: [], cycle: [] };
  const story = tell(revision, bound, [...stem, ...cycle]);
  const turn =
    cycle.length === 0
      ? `after step ${stem.length} the run rests for ever`
      : `steps ${stem.length + 1} to ${stem.length + cycle.length} come again and again`;
  return [`${claim.name} (${subject}) is broken for ever: ${turn}`, '', storyText(story, output.colors)].join(
    '\n',
  );
}
