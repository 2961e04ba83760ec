import { readFileSync } from 'node:fs';
import { boundFlags, boundParsers } from '../../render/bound.ts';
import { findRevision } from '../../render/find-revision.ts';

import type { Bound, Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { keyOf } from './cache.ts';
import { codeHashOf } from './code-hash.ts';
import { type JobResult, jobText, type SearchJob } from './search-job.ts';
import type { Searchers } from './searchers.ts';

/** Which part of a sweep: `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What all shards of a sweep have in common. */
interface Sweep {
  readonly format: 'shim-spec shard 1';
  readonly revisions: readonly { readonly slug: string; readonly code: string }[];
  readonly bound: { readonly containers: number; readonly execs: number; readonly with: string };
  readonly limits: SearchJob['limits'];
  readonly count: number;
}

/** The file of a shard: what its searches said. */
export interface ShardFile {
  readonly sweep: Sweep;
  readonly index: number;
  readonly results: readonly (readonly [key: string, result: JobResult])[];
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
      results.set(keyOf(job, codeOf(job)), result);
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
  const [, list = 'none'] = /--with (\S+)/.exec(boundFlags(bound)) ?? [];
  const sweep: Sweep = {
    format: 'shim-spec shard 1',
    revisions: revisions.map((revision) => ({ slug: revision.slug, code: codeHashOf(revision) })),
    bound: { containers, execs, with: list },
    limits,
    count,
  };
  return JSON.stringify({ sweep, index, results } satisfies ShardFile);
}

/**
 * Reads the files of all shards of one sweep.
 *
 * @returns what they ask together, and searchers that look their results up
 * @throws InputError where a file is no shard, is of another sweep or of other code, or where one is missing
 */
export function mergedShards(files: readonly string[]): ShardedQuestion & { readonly searchers: Searchers } {
  const shards = files.map(readShard);
  const [first] = shards;
  if (!first) throw new RangeError('no shards');
  for (const [i, { sweep }] of shards.entries())
    if (JSON.stringify(sweep) !== JSON.stringify(first.sweep))
      throw refused(files[i] ?? '', `a shard of another sweep than ${files[0]}`, 'shards of one sweep');
  const { count, bound, limits } = first.sweep;
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter(
    (index) => !shards.some((shard) => shard.index === index),
  );
  if (missing.length > 0)
    throw refused(
      'the shards',
      `${shards.length} files, without ${missing.join(', ')} of ${count}`,
      `every shard of 1 to ${count}`,
    );
  const revisions = first.sweep.revisions.map(({ slug }) => findRevision(slug));
  for (const [i, { slug, code }] of first.sweep.revisions.entries())
    if (codeHashOf(revisions[i] as Revision) !== code)
      throw refused(files[0] ?? '', `results of other code of ${slug}`, 'the code that merges them');
  const { containers, execs, with: list } = bound;
  return {
    revisions,
    bound: { ...boundParsers.with(list), containers, execs },
    limits,
    searchers: searchIn(new Map(shards.flatMap(({ results }) => results))),
  };
}

function searchIn(results: ReadonlyMap<string, JobResult>): Searchers {
  return {
    room: 1,
    search: async (job) => {
      const result = results.get(keyOf(job, codeHashOf(findRevision(job.revision))));
      if (result) return result;
      throw new InputError(
        `the shards have no result of a search (got none of ${jobText(job)}, allowed whole shards): run them to their ends, without Ctrl-C`,
        exitCode.file,
      );
    },
    close: async () => undefined,
  };
}

function readShard(file: string): ShardFile {
  try {
    const shard = JSON.parse(readFileSync(file, 'utf8')) as ShardFile;
    if (shard?.sweep?.format === 'shim-spec shard 1' && Array.isArray(shard.results)) return shard;
  } catch (cause) {
    throw refused(file, cause instanceof SyntaxError ? 'no JSON' : causeText(cause), 'the file of a shard');
  }
  throw refused(file, 'another file', 'what causes --shard has written');
}

function refused(what: string, got: string, allowed: string): InputError {
  return new InputError(
    `${what} cannot be merged (got ${got}, allowed ${allowed}): run causes --shard I/N with the same flags and the same version for each I`,
    exitCode.file,
  );
}
