/** Shims of other projects, at the versions of the matrix. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformFlags } from '../../bench/matrix/judge.ts';
import { subjects } from '../../bench/matrix/subjects.ts';
import { conform, only, type Report } from './conform.ts';

/** Programs are kept between runs. */
const cache = join(tmpdir(), 'shim-spec-matrix-cache');

/** Installs a subject of the matrix. @returns the flags of `conform` that name it; `end` removes what they need */
export function installed(slug: string): { readonly flags: readonly string[]; end(): void } {
  const subject = subjects.find((each) => each.slug === slug);
  if (!subject) throw new Error(`no subject ${slug}`);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-others-'));
  return { flags: conformFlags(subject, cache, folder), end: () => rmSync(folder, { recursive: true }) };
}

/** Runs some checks on an installed subject. */
export async function check(flags: readonly string[], ...names: readonly string[]): Promise<Report> {
  const [, shim = '', ...others] = flags;
  return (await conform(shim, ...others, '--runs', '0', ...only(...names))).report;
}
