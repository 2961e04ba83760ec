import { matrixText } from '../../render/matrix.ts';
import { revisions } from '../../spec/index.ts';
import { exitCode, exitCodeOf } from '../exit-codes.ts';
import { jsonReport } from './check.ts';
import { type CheckRequest, type SearchedRevision, searchRevision } from './search.ts';

/** `shim-spec check --all`: searches every revision within one bound. @returns the gravest exit code of them */
export function checkAll(request: CheckRequest): number {
  const { bound, format, output } = request;
  const all = revisions.map((revision) => searchRevision(revision, request));
  output.write(
    format === 'json'
      ? JSON.stringify({ bound, revisions: all.map((each) => jsonReport(each, request)) }, null, 2)
      : matrixText(bound, all, output.colors),
  );
  return gravestCode(all);
}

export function gravestCode(all: readonly SearchedRevision[]): number {
  const codes = new Set(all.map(({ report }) => exitCodeOf(report)));
  const order = [exitCode.deadlock, exitCode.safety, exitCode.incomplete, exitCode.vacuous];
  return order.find((code) => codes.has(code)) ?? exitCode.holds;
}
