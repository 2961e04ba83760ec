import { availableParallelism } from 'node:os';
import { reportCauses } from '../../cli/causes/report-causes.ts';
import { startThreads } from '../../cli/causes/threads.ts';
import type { CausesReport } from '../../render/causes/report.ts';
import { findRevision } from '../../render/find-revision.ts';
import { type Bound, noOptions, type Options } from '../../spec/index.ts';

/** How large the sweep of a revision is, and each search of it. */
export interface Extent {
  readonly containers: number;
  readonly execs: number;
  readonly statesMax: number;
}

/** What the page of causes has; the first one is measured. */
export const extents: readonly [Extent, ...Extent[]] = [
  { containers: 1, execs: 1, statesMax: 20_000 },
  { containers: 1, execs: 2, statesMax: 20_000 },
  { containers: 2, execs: 1, statesMax: 20_000 },
];

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
  const { revision, searches, sets, halves } = report;
  const cutOff = halves.reduce((sum, half) => sum + half.cutOff, 0);
  const verdicts = halves.flatMap(({ rules }) => rules.map((rule) => rule.sets));
  const all = verdicts.reduce(
    (sum, each) => sum + each.violated + each.holds + each.absent + each.unknown,
    0,
  );
  const unknown = verdicts.reduce((sum, each) => sum + each.unknown, 0);
  const judged = (100 * (1 - unknown / all)).toFixed(0);
  return `| \`${revision}\` | ${searches} of ${sets} | ${cutOff} | ${judged} % | ${seconds.toFixed(0)} s |`;
}

/** The head of the table of figures. */
export function figuresHead({ containers, execs, statesMax }: Extent): string {
  const extent = `${containers} container${containers === 1 ? '' : 's'} × ${execs} exec${execs === 1 ? '' : 's'}`;
  return [
    `| ${extent}, at most ${statesMax} states a search | searched | cut off | verdicts known | time |`,
    '| --- | --- | --- | --- | --- |',
  ].join('\n');
}
