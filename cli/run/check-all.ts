import { matrixText } from '../../render/matrix.ts';
import { type Revision, revisions } from '../../spec/index.ts';
import { exitCode, exitCodeOf } from '../exit-codes.ts';
import { isInterrupted } from '../thread/session.ts';
import { jsonReport } from './check.ts';
import { type CheckRequest, type SearchedRevision, searchRevision } from './search.ts';

/** `shim-spec check --all`: searches every revision within one bound. @returns the gravest exit code of them */
export function checkAll(request: CheckRequest): number {
  const { bound, format, output } = request;
  const all = searchAll(revisions, request);
  const interrupted = isInterrupted();
  output.write(
    format === 'json'
      ? JSON.stringify(
          { bound, interrupted, revisions: all.map((each) => jsonReport(each, request)) },
          null,
          2,
        )
      : [matrixText(bound, all, output.colors), ...notSearched(revisions, all)].join('\n'),
  );
  return gravestCode(all);
}

/** Searches one after the other, until the user interrupts it. */
export function searchAll(revisions: readonly Revision[], request: CheckRequest): SearchedRevision[] {
  const all: SearchedRevision[] = [];
  for (const revision of revisions) {
    all.push(searchRevision(revision, request));
    if (isInterrupted()) break;
  }
  return all;
}

/** Names the revisions that an interrupt has left out. */
export function notSearched(asked: readonly Revision[], all: readonly SearchedRevision[]): string[] {
  const left = asked.slice(all.length).map(({ slug }) => slug);
  return left.length === 0 ? [] : [`not searched: ${left.join(', ')}`];
}

/** The gravest exit code of several reports. */
export function gravestCode(all: readonly SearchedRevision[]): number {
  if (isInterrupted()) return exitCode.incomplete;
  const codes = new Set(all.map(({ report }) => exitCodeOf(report)));
  const order = [exitCode.deadlock, exitCode.safety, exitCode.incomplete, exitCode.vacuous];
  return order.find((code) => codes.has(code)) ?? exitCode.holds;
}
