import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../reference/container/make-folder.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { printComplaint } from '../thread/session.ts';
import { flawOf } from './result-check.ts';
import { opened, sealed } from './sealed.ts';
import { type JobResult, jobText, type SearchJob } from './search-job.ts';
import type { Searchers } from './searchers.ts';

/** Of entries; another one is another format. */
const format = 'shim-spec causes 2';

/** A result that depends on the job alone, and not on how fast or how large the machine is. */
function isLasting({ end }: JobResult): boolean {
  return end === 'whole' || end === 'states';
}

/** What tells a search from every other one: the hash of its code and of the job. */
export function keyOf(job: SearchJob, code: string): string {
  return createHash('sha256')
    .update(JSON.stringify([format, code, jobText(job)]))
    .digest('hex');
}

/** @returns the result; or why the text is no entry of this search */
function readEntry(text: string, job: SearchJob, key: string): JobResult | string {
  const entry = opened(text, format);
  if (typeof entry === 'string') return entry;
  const { key: found, result } = entry as { readonly key: unknown; readonly result: unknown };
  if (found !== key) return 'it is of another search';
  const flaw = flawOf(result, job);
  return flaw === null ? (result as JobResult) : `it has ${flaw}`;
}

/** How often a cache had a result, and how often not. */
export interface CacheCounts {
  readonly found: number;
  readonly missed: number;
}

/**
 * Looks a result up before it has the set searched. An entry that is damaged, or that is of another search, is said and
 * searched anew.
 *
 * @throws InputError for a folder that cannot be used
 */
export function cached(
  searchers: Searchers,
  folder: string,
  codeOf: (job: SearchJob) => string,
): Searchers & { readonly counts: () => CacheCounts } {
  assertUsable(folder);
  let [found, missed] = [0, 0];
  return {
    ...searchers,
    search: async (job) => {
      const key = keyOf(job, codeOf(job));
      const file = join(folder, `${key}.json`);
      const before = lookUp(file, job, key);
      if (before) {
        found++;
        return before;
      }
      missed++;
      const result = await searchers.search(job);
      if (isLasting(result)) save(file, sealed({ format, key, result }));
      return result;
    },
    counts: () => ({ found, missed }),
  };
}

function lookUp(file: string, job: SearchJob, key: string): JobResult | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    printComplaint(
      `--cache: ${file} cannot be read (got ${causeText(error)}, allowed a file): searched anew\n`,
    );
    return null;
  }
  const entry = readEntry(text, job, key);
  if (typeof entry !== 'string') return entry;
  printComplaint(`--cache: ${file} is refused (${entry}): searched anew\n`);
  return null;
}

/** Whole or not at all, for several processes may share a cache. */
function save(file: string, text: string): void {
  const part = `${file}.${randomUUID()}.part`;
  try {
    writeFileSync(part, text, { mode: 0o600 });
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    printComplaint(
      `--cache: ${file} was not saved (got ${causeText(error)}, allowed a file): make room; the sweep goes on\n`,
    );
  }
}

function assertUsable(folder: string): void {
  const probe = join(folder, `${randomUUID()}.part`);
  try {
    makeFolder(folder, 0o777);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    throw new InputError(
      `--cache ${folder} cannot be used (got ${causeText(cause)}, allowed a folder that you may write to): name another`,
      exitCode.file,
      { cause },
    );
  }
}
