import { readFileSync } from 'node:fs';
import { OptionError } from '../../../checker/option-checks.ts';
import { boundParsers, environmentNames, extentRanges } from '../../../render/bound.ts';
import { findRevision } from '../../../render/find-revision.ts';
import { InputError } from '../../errors.ts';
import { exitCode } from '../../exit-codes.ts';
import { causeText } from '../../file-error.ts';
import { areLimits, isObject, isWithin, shown } from '../result-check.ts';
import { opened } from '../sealed.ts';
import type { JobResult, SearchJob } from '../search-job.ts';

/** Of a shard's file; another one is another format. */
export const shardFormat = 'shim-spec shard 2';

/** So many shards a sweep has at most. */
const shardsMax = 9_999;

/** What all shards of a sweep have in common. */
export interface Sweep {
  readonly revisions: readonly { readonly slug: string; readonly code: string }[];
  readonly bound: { readonly containers: number; readonly execs: number; readonly with: string };
  readonly limits: SearchJob['limits'];
  readonly count: number;
}

/** The file of a shard: what its searches said. */
export interface ShardFile {
  readonly format: typeof shardFormat;
  readonly sweep: Sweep;
  readonly index: number;
  readonly results: readonly (readonly [key: string, result: JobResult])[];
}

/**
 * Reads the file of a shard. Its results are checked once they are asked for.
 *
 * @throws InputError where it cannot be read, is damaged, or says what no shard says
 */
export function readShard(file: string): ShardFile {
  const content = opened(textOf(file), shardFormat);
  if (typeof content === 'string')
    throw refused(file, `a file that is refused: ${content}`, 'what causes --shard has written');
  const flaw = flawOfShard(content);
  if (flaw !== null) throw refused(file, flaw, 'what causes --shard has written');
  return content as ShardFile;
}

/** The error for shards that cannot be merged. */
export function refused(
  what: string,
  got: string,
  allowed: string,
  advice = 'run causes --shard I/N with the same flags and the same version for each I',
): InputError {
  return new InputError(
    `${what} cannot be merged (got ${got}, allowed ${allowed}): ${advice}`,
    exitCode.file,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw refused(file, causeText(cause), 'the file of a shard');
  }
}

/** What is wrong with a shard; null where nothing is. */
function flawOfShard({ sweep, index, results }: { [Field in keyof ShardFile]?: unknown }): string | null {
  if (!isObject(sweep)) return 'a file without its sweep';
  const { revisions, bound, limits, count } = sweep;
  if (!isWithin(count, 1, shardsMax)) return `${shown(count)} as the number of shards`;
  if (!isWithin(index, 1, count)) return `${shown(index)} as the number of a shard`;
  if (!Array.isArray(revisions) || revisions.length === 0) return 'a file without revisions';
  const stranger = revisions.find((each) => !isRevision(each));
  if (stranger !== undefined) return `the revision ${shown(stranger)}`;
  if (!isBound(bound)) return `the bound ${shown(bound)}`;
  if (!areLimits(limits)) return `the limits ${shown(limits)}`;
  if (!Array.isArray(results)) return 'a file without results';
  const flawed = results.find((each) => !Array.isArray(each) || typeof each[0] !== 'string');
  return flawed === undefined ? null : `the result ${shown(flawed)}`;
}

function isRevision(value: unknown): boolean {
  if (!isObject(value) || typeof value.code !== 'string') return false;
  const { slug } = value;
  return typeof slug === 'string' && isAllowed(() => findRevision(slug));
}

function isBound(value: unknown): value is Sweep['bound'] {
  if (!isObject(value)) return false;
  const { containers, execs, with: list } = value;
  const isExtent = (part: unknown, { min, max }: { min: number; max: number }): boolean =>
    isWithin(part, min, max);
  return (
    isExtent(containers, extentRanges.containers) &&
    isExtent(execs, extentRanges.execs) &&
    typeof list === 'string' &&
    isAllowed(() => boundParsers.with(list, '--with', environmentNames))
  );
}

function isAllowed(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof OptionError) return false;
    throw error;
  }
}
