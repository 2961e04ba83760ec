import { availableParallelism } from 'node:os';
import { reportCauses } from '../../cli/causes/report-causes.ts';
import { startThreads } from '../../cli/causes/threads.ts';
import { type CausesReport, cutOffIn, percentKnown } from '../../render/causes/report.ts';
import { findRevision } from '../../render/find-revision.ts';
import { type Bound, noOptions, type Options } from '../../spec/index.ts';
import type { Extent } from './extents.ts';

const everyOption = Object.fromEntries(
  Object.keys(noOptions).map((name) => [name, true]),
) as unknown as Options;

/** The causes of a revision over all sets of options, and how long it took, in seconds. */
export async function measuredCauses(
  slug: string,
  { containers, execs, statesMax }: Extent,
  workers: number = availableParallelism(),
): Promise<{ readonly report: CausesReport; readonly seconds: number }> {
  const bound: Bound = { ...everyOption, containers, execs };
  const start = performance.now();
  const searchers = startThreads(workers);
  try {
    const [report] = await reportCauses([findRevision(slug)], { bound, limits: { statesMax }, searchers });
    if (!report) throw new RangeError(`no report of ${slug}`);
    return { report, seconds: (performance.now() - start) / 1_000 };
  } finally {
    await searchers.close();
  }
}

/** A row of the table of figures. */
export function figuresRow({ report, seconds }: Awaited<ReturnType<typeof measuredCauses>>): string {
  const { revision, searches, sets } = report;
  return `| \`${revision}\` | ${searches} of ${sets} | ${cutOffIn(report)} | ${percentKnown(report)} % | ${seconds.toFixed(0)} s |`;
}

/** The head of the table of figures. */
export function figuresHead({ containers, execs, statesMax }: Extent): string {
  const extent = `${containers} container${containers === 1 ? '' : 's'} × ${execs} exec${execs === 1 ? '' : 's'}`;
  return [
    `| ${extent}, at most ${statesMax} states a search | searched | cut off | verdicts known | time |`,
    '| --- | --- | --- | --- | --- |',
  ].join('\n');
}
