import { availableParallelism } from 'node:os';
import type { Limits } from '../../checker/index.ts';
import { searchRanges } from '../../checker/plan.ts';
import { boundText } from '../../render/bound.ts';
import { isWhole } from '../../render/causes/report.ts';
import { causesSvg } from '../../render/causes/svg.ts';
import { causesText } from '../../render/causes/text.ts';
import type { Bound, Revision } from '../../spec/index.ts';
import { reportCauses } from '../causes/report-causes.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { isInterrupted, showStatus } from '../thread/session.ts';

/** What `shim-spec causes` is asked for. */
interface CausesRequest {
  readonly bound: Bound;
  readonly limits: Limits;
  /** Threads; null for one per core. */
  readonly workers: number | null;
  readonly format: 'text' | 'json' | 'svg';
  readonly output: Output;
}

/** `shim-spec causes`: what breaks each rule. @returns the exit code */
export function causes(revision: Revision, request: CausesRequest): number {
  const { bound, limits, workers, format, output } = request;
  const report = reportCauses(revision, {
    ...{ bound, limits },
    workers: workers ?? Math.min(searchRanges.crew.max, availableParallelism()),
    onSearch: (each, searches) => showStatus(`${revision.slug}: search ${searches}, ${boundText(each)}`),
    isCancelled: isInterrupted,
  });
  if (format === 'json') output.write(JSON.stringify(report, null, 2));
  else output.write(format === 'svg' ? causesSvg(report) : causesText(report, output.colors));
  return isWhole(report) ? exitCode.holds : exitCode.incomplete;
}
