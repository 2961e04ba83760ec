import { availableParallelism } from 'node:os';
import type { Limits } from '../../checker/index.ts';
import { searchRanges } from '../../checker/plan.ts';
import { isWhole } from '../../render/causes/report.ts';
import { causesSvg } from '../../render/causes/svg.ts';
import { causesText } from '../../render/causes/text.ts';
import type { Bound, Revision } from '../../spec/index.ts';
import { reportCauses } from '../causes/report-causes.ts';
import { startThreads } from '../causes/threads.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { interruption, isInterrupted, showStatus } from '../thread/session.ts';

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
export async function causes(revision: Revision, request: CausesRequest): Promise<number> {
  const { bound, limits, workers, format, output } = request;
  const searchers = startThreads(workers ?? Math.min(searchRanges.crew.max, availableParallelism()));
  const signal = interruption();
  const cancelled = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  let searches = 0;
  try {
    const [report] = await reportCauses([revision], {
      ...{ bound, limits, searchers },
      watch: {
        onSearch: ({ with: set }) =>
          showStatus(`${revision.slug}: search ${++searches}, with ${set.join(', ') || 'no option'}`),
        isCancelled: isInterrupted,
        cancelled,
      },
    });
    if (!report) return exitCode.incomplete;
    if (format === 'json') output.write(JSON.stringify(report, null, 2));
    else output.write(format === 'svg' ? causesSvg(report) : causesText(report, output.colors));
    return isWhole(report) ? exitCode.holds : exitCode.incomplete;
  } finally {
    await searchers.close();
  }
}
