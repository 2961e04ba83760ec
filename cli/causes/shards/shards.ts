import { boundParsers, boundTexts } from '../../../render/bound.ts';
import { findRevision } from '../../../render/find-revision.ts';
import type { Bound, Revision } from '../../../spec/index.ts';
import { keyOf } from '../cache.ts';
import { codeHashOf } from '../code-hash.ts';
import { flawInModel } from '../result-check.ts';
import { sealed } from '../sealed.ts';
import { type JobResult, jobText, type SearchJob } from '../search-job.ts';
import type { Searchers } from '../searchers.ts';
import { readShard, refused, type ShardFile, type Sweep, shardFormat } from './shard-file.ts';

/** Which part of a sweep: `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What a shard asks: the revisions, and within which bound and limits. */
export interface ShardedQuestion {
  readonly revisions: readonly Revision[];
  readonly bound: Bound;
  readonly limits: SearchJob['limits'];
}

/** Keeps what searchers say, for the file of a shard. */
export function recorded(
  searchers: Searchers,
  codeOf: (job: SearchJob) => string,
): Searchers & { readonly results: () => ShardFile['results'] } {
  const results = new Map<string, JobResult>();
  return {
    ...searchers,
    search: async (job) => {
      const result = await searchers.search(job);
      if (result.end !== 'interrupt') results.set(keyOf(job, codeOf(job)), result);
      return result;
    },
    results: () => [...results].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** The text of a shard's file. */
export function shardText(
  { revisions, bound, limits }: ShardedQuestion,
  { index, count }: Shard,
  results: ShardFile['results'],
): string {
  const { containers, execs } = bound;
  const sweep: Sweep = {
    revisions: revisions.map((revision) => ({ slug: revision.slug, code: codeHashOf(revision) })),
    bound: { containers, execs, with: boundTexts(bound).with },
    limits,
    count,
  };
  return sealed({ format: shardFormat, sweep, index, results } satisfies ShardFile);
}

/**
 * Reads the files of all shards of one sweep.
 *
 * @returns what they ask together, and searchers that look their results up
 * @throws InputError where a file is no shard, is of another sweep or of other code, or where one is missing or there twice
 */
export function mergedShards(files: readonly string[]): ShardedQuestion & { readonly searchers: Searchers } {
  const shards = files.map((file) => ({ file, ...readShard(file) }));
  const [first] = shards;
  if (!first) throw new RangeError('no shards');
  assertTogether(shards);
  const { bound, limits } = first.sweep;
  const revisions = first.sweep.revisions.map(({ slug }) => findRevision(slug));
  for (const [i, { slug, code }] of first.sweep.revisions.entries())
    if (codeHashOf(revisions[i] as Revision) !== code)
      throw refused(first.file, `results of other code of ${slug}`, 'the code that merges them');
  const { containers, execs, with: list } = bound;
  return {
    revisions,
    bound: { ...boundParsers.with(list), containers, execs },
    limits,
    searchers: searchIn(shards),
  };
}

type NamedShard = ShardFile & { readonly file: string };

/** @throws InputError where they are not each shard of one sweep once */
function assertTogether(shards: readonly NamedShard[]): void {
  const files = new Map<number, string>();
  for (const { file, sweep, index } of shards) {
    const [first = { file, sweep }] = shards;
    if (JSON.stringify(sweep) !== JSON.stringify(first.sweep))
      throw refused(file, `a shard of another sweep than ${first.file}`, 'shards of one sweep');
    const before = files.get(index);
    if (before !== undefined)
      throw refused(
        file,
        `shard ${index} of ${sweep.count} twice, for ${before} is it, too`,
        'each shard once',
        `leave ${file} out`,
      );
    files.set(index, file);
  }
  const count = shards[0]?.sweep.count ?? 0;
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !files.has(index));
  if (missing.length > 0)
    throw refused(
      'the shards',
      `${shards.length} ${shards.length === 1 ? 'file' : 'files'}, without ${missing.join(', ')} of ${count}`,
      `every shard of 1 to ${count}`,
    );
}

function searchIn(shards: readonly NamedShard[]): Searchers {
  const found = new Map(
    shards.flatMap(({ file, results }) => results.map(([key, result]) => [key, { file, result }] as const)),
  );
  return {
    room: 1,
    search: async (job) => {
      const revision = findRevision(job.revision);
      const { file, result } = found.get(keyOf(job, codeHashOf(revision))) ?? {};
      if (file === undefined || result === undefined)
        throw refused('the shards', `none that has searched ${jobText(job)}`, 'a result of each search');
      const flaw = flawInModel(result, job, revision);
      if (flaw !== null) throw refused(file, flaw, 'what causes --shard has written');
      return result;
    },
    close: async () => undefined,
  };
}
