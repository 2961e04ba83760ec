import type { Result } from '../../checker/index.ts';
import { matrixText } from '../../render/matrix.ts';
import type { AnyAction, Revision, Service } from '../../spec/index.ts';
import { isInterrupted } from '../thread/session.ts';
import { jsonReport, traceSection } from './check.ts';
import { gravestCode, notSearched, searchAll } from './check-all.ts';
import { assertApart } from './revision-file.ts';
import type { CheckRequest, SearchedRevision } from './search.ts';

/**
 * `shim-spec check A B …`: searches each within one bound, and prints them side by side; then what differs, with its
 * traces.
 *
 * @returns the gravest exit code of them
 * @throws InputError for two revisions with one slug
 */
export function checkSeveral(revisions: readonly Revision[], request: CheckRequest): number {
  assertApart(revisions);
  const { bound, format, output } = request;
  const all = searchAll(revisions, request);
  output.write(
    format === 'json'
      ? JSON.stringify(
          { bound, interrupted: isInterrupted(), revisions: all.map((each) => jsonReport(each, request)) },
          null,
          2,
        )
      : [
          matrixText(bound, all, output.colors),
          ...notSearched(revisions, all),
          ...differences(all, request),
        ].join('\n'),
  );
  return gravestCode(all);
}

function differences(all: readonly SearchedRevision[], { show, output }: CheckRequest): string[] {
  const names = [
    ...new Set(all.flatMap(({ report }) => report.results.map(({ property }) => property.name))),
  ];
  const differing = names.filter((name) => new Set(all.map((each) => isTraced(each, name))).size > 1);
  const shown = { all: names, none: [], shortest: differing }[show] ?? [show];
  const traces = shown.flatMap((name) => all.flatMap((each) => traceIn(each, name, all, output.colors)));
  const none = all.length === 2 ? 'neither breaks a rule that the other keeps' : 'all break the same rules';
  const isWhole = all.every(({ report }) => report.stoppedBy === null);
  const note = isWhole
    ? `no difference within this bound: ${none}`
    : 'no difference so far: a search was cut short';
  return differing.length === 0 ? [`\n${note}`, ...traces] : traces;
}

/** Of a rule: whether it is violated. Of a witness: whether it was reached. */
function isTraced({ report }: SearchedRevision, name: string): boolean {
  return resultOf(report.results, name)?.trace != null;
}

function resultOf(
  results: readonly Result<Service, AnyAction>[],
  name: string,
): Result<Service, AnyAction> | undefined {
  return results.find(({ property }) => property.name === name);
}

function traceIn(
  searched: SearchedRevision,
  name: string,
  all: readonly SearchedRevision[],
  colors: CheckRequest['output']['colors'],
): string[] {
  const result = resultOf(searched.report.results, name);
  if (!result || result.trace === null) return [];
  const others = all
    .filter((each) => !isTraced(each, name))
    .map(({ revision, report }) => {
      const what = { holds: 'holds in', unknown: 'is unknown in', violated: 'was not reached in' };
      const other = resultOf(report.results, name);
      return `${other ? what[other.verdict] : 'is no rule of'} ${revision.slug}`;
    });
  const lead = `${colors.bold(searched.revision.slug)}: `;
  const section = traceSection(searched, result, searched.tellTrace(result), colors, lead);
  return [others.length === 0 ? section : section.replace('\n  rule:', `; it ${others.join(', ')}\n  rule:`)];
}
