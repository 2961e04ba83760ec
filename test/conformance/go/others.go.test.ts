/** `npm run test:go`: shims of other projects, at the versions of the matrix, and the findings about them. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformFlags } from '../../../bench/matrix/judge.ts';
import { subjects } from '../../../bench/matrix/subjects.ts';
import { needDebian } from '../../debian.ts';
import { conform, only, type Report, violations } from '../conform.ts';

/** Programs are kept between runs. */
const cache = join(tmpdir(), 'shim-spec-matrix-cache');
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-others-'));
beforeAll(() => {
  needDebian(['runc', 'busybox', 'runsc'], ['runc', 'busybox-static', 'runsc']);
  mkdirSync(cache, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs some checks on a subject of the matrix. */
async function check(slug: string, ...names: readonly string[]): Promise<Report> {
  const subject = subjects.find((each) => each.slug === slug);
  if (!subject) throw new Error(`no subject ${slug}`);
  const [, shim = '', ...flags] = conformFlags(subject, cache, folder);
  return (await conform(shim, ...flags, '--runs', '0', ...only(...names))).report;
}

describe("gVisor's shim", () => {
  const again = 'an exec that could not be started is started again';
  const nonsense = 'a request that makes no sense: Exec without a spec';
  const never = 'a task is deleted that was never started';

  it('panics at a second Start of an exec that failed and at an Exec without a spec, and announces no task', async () => {
    const report = await check('gvisor', again, nonsense, never);
    const found = violations(report);
    for (const name of [again, nonsense]) expect(found[name]).toContain('the shim lives on');
    expect(JSON.stringify(report.results)).toContain('close of closed channel');
    expect(JSON.stringify(report.results)).toContain('nil pointer dereference');
    expect(found[never]).toContain('a removed task is announced');
  });
});
