import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raceBoundOf } from '../../conformance/races/races.ts';
import { SteeredGraph } from '../../conformance/races/steer.ts';
import { revisions } from '../../spec/index.ts';
import { shimSpec } from '../cli/shim-spec.ts';
import { needDebian } from '../debian.ts';
import { conform, debians, ours, violations, withShim } from './conform.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
beforeAll(() =>
  needDebian(['runc', 'busybox', 'containerd-shim-runc-v2'], ['runc', 'busybox-static', 'containerd']),
);
afterAll(() => rmSync(folder, { recursive: true }));

describe('shim-spec conform --from', () => {
  it('tries the counterexample of a report on a real shim', async () => {
    const file = join(folder, 'panic.json');
    const bound = ['--execs', '1', '--with', 'again,runc-fails'];
    shimSpec('check', 'big-lock', ...bound, '--format', 'json', '--output', file);
    const flags = ['--from', file, '--property', 'the shim does not panic'];
    const real = await conform(debians, ...flags);
    expect(violations(real.report)).toEqual({
      'the shim does not panic (processExits) [big-lock]': expect.arrayContaining([
        'the shim lives on',
      ]) as string[],
    });
    expect(real.code).toBe(30);
    expect((await conform(ours, ...flags)).code).toBe(0);
    const other = ['--from', file, '--property', 'running holds no dead process'];
    const { code, err } = shimSpec('conform', '--shim', ours, ...other);
    expect([code, err]).toEqual([
      expect.any(Number) as number,
      expect.stringMatching(/cannot be seen from outside|no such trace/) as string,
    ]);
  });

  const revision = revisions.find(({ slug }) => slug === 'pending-execs') ?? expect.fail('no such revision');
  const bound = raceBoundOf(1, 1, 'execOnCreated');
  const property = 'no exit is lost';
  const schedules = new SteeredGraph(revision, bound).schedules(new Set([property]), 40_000);
  const forced = schedules.find(({ isForced, subject }) => isForced && subject === 'c1');

  /** A report of `check` that holds the beginning of a trace as its counterexample. */
  function reportOf(labels: readonly string[] = []): string {
    const file = join(folder, `${labels.length}.json`);
    const trace = { steps: labels.map((action) => ({ action })) };
    const results = [{ property, verdict: 'violated', subject: 'c1', trace }];
    writeFileSync(file, JSON.stringify({ revision: { slug: revision.slug }, bound, results }));
    return file;
  }

  it('does not judge by a counterexample whose schedule the shim does not follow', async () => {
    const { code, report } = await conform(ours, '--from', reportOf(forced?.trace));
    const [{ verdict, notes } = expect.fail('no result')] = report.results;
    expect(notes).toContain("the runtime's 'start-c1' did not come to the gate before its work");
    expect(notes.at(-1)).toBe('the shim did not follow the schedule of the counterexample');
    expect([verdict, code]).toEqual(['could not judge', 31]);
  });

  it('does not judge by a counterexample that takes luck, but for a shim that breaks a rule', async () => {
    const file = reportOf(forced?.trace.slice(0, 3));
    const { code, report } = await conform(ours, '--from', file);
    const [{ verdict, notes } = expect.fail('no result')] = report.results;
    expect(notes).toEqual(['tried 10 times: whether this schedule breaks a rule takes luck']);
    expect([verdict, code]).toEqual(['could not judge', 31]);
    await withShim('the delete is not sent', [], async (binary) => {
      const broken = await conform(binary, '--from', file);
      expect(broken.report.results[0]?.notes).toEqual([
        'tried 1 time: whether this schedule breaks a rule takes luck',
      ]);
      expect(broken.code).toBe(30);
    });
  });
});
