import { availableParallelism } from 'node:os';
import { isatty } from 'node:tty';
import { refusal } from '../../checker/option-checks.ts';
import { searchRanges } from '../../checker/plan.ts';
import { type CausesReport, isWhole } from '../../render/causes/report.ts';
import { causesSvg } from '../../render/causes/svg.ts';
import { causesText } from '../../render/causes/text.ts';
import { findRevision } from '../../render/find-revision.ts';
import { type CacheCounts, cached } from '../causes/cache.ts';
import { codeHashOf } from '../causes/code-hash.ts';
import { LivePage } from '../causes/live-page.ts';
import { progressText, SweepProgress } from '../causes/progress.ts';
import { searchOnQueue } from '../causes/queue.ts';
import { causesReports } from '../causes/report-causes.ts';
import type { SearchJob } from '../causes/search-job.ts';
import { nameOf, type Searchers } from '../causes/searchers.ts';
import {
  mergedShards,
  recorded,
  type Shard,
  type ShardedQuestion,
  shardText,
} from '../causes/shards/shards.ts';
import { type SweepWatch, sweep } from '../causes/sweep.ts';
import { partsOf } from '../causes/sweep-part.ts';
import { startThreads } from '../causes/threads.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { interruption, isInterrupted, printComplaint, showStatus } from '../thread/session.ts';

type CausesFormat = 'text' | 'json' | 'svg';

/** What `shim-spec causes` is asked for. */
export interface CausesRequest {
  readonly question: ShardedQuestion;
  /** Whether it is asked of all revisions, whose answers stand in a list. */
  readonly isAll: boolean;
  /** Threads; null for one per core. */
  readonly workers: number | null;
  /** A folder; null for none. */
  readonly cache: string | null;
  /** The address of a Redis; null for threads of this process. */
  readonly queue: string | null;
  /** Null for the whole question. */
  readonly shard: Shard | null;
  /** The port of the live page; null for none. */
  readonly ui: number | null;
  readonly format: CausesFormat;
  readonly output: Output;
}

const showEveryMs = 1_000;
/** Where nobody sees the status line. */
const tellEveryMs = 30_000;

/** `shim-spec causes`: what breaks each rule. @returns the exit code */
export async function causes(request: CausesRequest): Promise<number> {
  const { question, shard, output } = request;
  if (request.queue !== null && request.workers !== null)
    throw refusal(
      '--workers cannot be combined with --queue',
      '--workers',
      String(request.workers),
      'none',
      'give it to shim-spec worker',
    );
  const parts = question.revisions.flatMap((each) => partsOf(each, question.bound, question.limits));
  if (shard) assertShards(shard, parts.length, request);
  const own = shard ? parts.filter((_, i) => i % shard.count === shard.index - 1) : parts;
  const page = request.ui === null ? null : await LivePage.open(request.ui);
  if (page) printComplaint(`shim-spec: the sweep is at ${page.address}\n`);
  const searchers = await searchersFor(request).catch((error: unknown) => {
    page?.close();
    throw error;
  });
  const all = recorded(searchers, codeOfJobs(question));
  try {
    const found = await sweep(
      own,
      all,
      watch(
        question.revisions.map(({ slug }) => slug),
        page,
      ),
    );
    tellCache(searchers);
    if (shard && isInterrupted()) return endedShard(shard);
    if (shard) {
      output.write(shardText(question, shard, all.results()));
      return exitCode.holds;
    }
    return print(request, causesReports(question, own, found, isInterrupted()));
  } finally {
    await searchers.close();
    page?.close();
  }
}

/** `shim-spec merge`: the answer that one process would give. @returns the exit code */
export async function merge(
  files: readonly string[],
  to: { readonly format: CausesFormat; readonly output: Output },
): Promise<number> {
  const { searchers, ...question } = mergedShards(files);
  const parts = question.revisions.flatMap((each) => partsOf(each, question.bound, question.limits));
  const found = await sweep(parts, searchers, unwatched);
  return print({ ...to, isAll: question.revisions.length > 1 }, causesReports(question, parts, found, false));
}

const unwatched: SweepWatch = {
  onSearch: () => undefined,
  onChange: () => undefined,
  isCancelled: () => false,
  cancelled: new Promise(() => undefined),
};

function print(
  { isAll, format, output }: Pick<CausesRequest, 'isAll' | 'format' | 'output'>,
  reports: readonly CausesReport[],
): number {
  if (format === 'json') output.write(JSON.stringify(isAll ? reports : reports[0], null, 2));
  else
    output.write(
      reports
        .map((report) => (format === 'svg' ? causesSvg(report) : causesText(report, output.colors)))
        .join('\n\n'),
    );
  return reports.every(isWhole) ? exitCode.holds : exitCode.incomplete;
}

async function searchersFor({ question, workers, cache, queue }: CausesRequest): Promise<Searchers> {
  const codeOf = codeOfJobs(question);
  const searchers =
    queue === null
      ? startThreads(workers ?? Math.min(searchRanges.crew.max, availableParallelism()))
      : await searchOnQueue(queue, codeOf);
  return cache === null ? searchers : cached(searchers, cache, codeOf);
}

/** The hash of the code that each job rests on. */
function codeOfJobs({ revisions }: ShardedQuestion): (job: SearchJob) => string {
  const byName = new Map(revisions.map((revision) => [nameOf(revision), revision]));
  return ({ revision }) => codeHashOf(byName.get(revision) ?? findRevision(revision));
}

function watch(slugs: readonly string[], page: LivePage | null): SweepWatch {
  const progress = new SweepProgress();
  const isSeen = isatty(2);
  let [shownMs, toldMs, searches] = [0, performance.now(), 0];
  const signal = interruption();
  return {
    onSearch: () => searches++,
    onChange: (parts, underWay) => {
      const now = performance.now();
      if (now - shownMs < showEveryMs) return;
      shownMs = now;
      const state = progress.state(parts, underWay);
      const text = `${slugs.length === 1 ? slugs[0] : 'all'}: search ${searches}; ${progressText(state)}`;
      showStatus(text);
      page?.show(state, parts);
      if (isSeen || now - toldMs < tellEveryMs) return;
      toldMs = now;
      printComplaint(`${text}\n`);
    },
    isCancelled: isInterrupted,
    cancelled: new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
  };
}

function tellCache(searchers: Searchers & { readonly counts?: () => CacheCounts }): void {
  const counts = searchers.counts?.();
  if (counts)
    printComplaint(
      `shim-spec: ${counts.found} ${counts.found === 1 ? 'search was' : 'searches were'} in the cache, ${counts.missed} ${counts.missed === 1 ? 'was' : 'were'} not\n`,
    );
}

/** A shard that the user has ended writes no file: merge could not tell what it lacks. @returns the exit code */
function endedShard({ index, count }: Shard): number {
  printComplaint(
    `shim-spec: shard ${index} of ${count} was ended, and no file is written (got Ctrl-C or SIGTERM, allowed a whole shard): run it again; with --cache it goes on where it was\n`,
  );
  return exitCode.incomplete;
}

function assertShards(
  { index, count }: Shard,
  parts: number,
  { isAll, question }: Pick<CausesRequest, 'isAll' | 'question'>,
): void {
  if (count <= parts) return;
  const ways = [
    parts === 1 ? 'leave --shard out' : `take ${parts} shards`,
    ...(question.bound.sharedPidNamespace ? [] : ['add shared-pid-namespace to --with']),
    ...(isAll ? [] : ['ask of every revision with --all']),
    'use --queue, which divides more finely',
  ];
  throw refusal(
    `--shard ${index}/${count} has too many shards`,
    '--shard',
    String(count),
    `at most ${parts}, one for each revision and pid namespace`,
    ways.join(', or '),
  );
}
