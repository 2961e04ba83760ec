import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportCauses } from '../../../cli/causes/report-causes.ts';
import { type Searchers, searchHere } from '../../../cli/causes/searchers.ts';
import { boundOf } from '../../../render/bound.ts';
import { type CausesReport, isWhole } from '../../../render/causes/report.ts';
import { findRevision } from '../../../render/find-revision.ts';
import { type Bound, noOptions, type Revision } from '../../../spec/index.ts';
import { shimSpec } from '../shim-spec.ts';
import { causesOf, differences, searched, setsWithin } from './brute-force.ts';

const small = ['--execs', '0', '--with', 'delete,shutdown,wait'] as const;

describe('shim-spec causes', () => {
  it('prints the minimal sets that break each rule, and the maximal ones under which it holds', () => {
    const { code, out, err } = shimSpec('causes', 'main', ...small);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('with any set of wait, delete, shutdown: 8 sets');
    expect(out).toContain(
      [
        '  ✗ no exit is lost',
        '      breaks with delete + shutdown, in 16 steps',
        '      holds with all but shutdown',
        '      holds with all but delete',
      ].join('\n'),
    );
    expect(out).toContain('✗ running holds no dead process\n      breaks with no option, in 20 steps\n');
    expect(out).toContain('✗ every Wait returns (a rule with wait only)\n      breaks with wait + delete');
    expect(out).toContain('  ✓ the shim does not panic\n');
    expect(out).toMatch(/complete: \d of 8 sets searched, the rest follows/);
  });

  it('gives JSON, whose commands show what it says', () => {
    const { out } = shimSpec('causes', 'main', ...small, '--format', 'json');
    const report = JSON.parse(out) as CausesReport;
    const rule = report.halves[0]?.rules.find((each) => each.rule === 'no exit is lost');
    expect(rule).toMatchObject({
      needs: [[]],
      causes: [{ with: ['delete', 'shutdown'], isMinimal: true, steps: 16, subject: 'c1' }],
      unknown: [],
      sets: { violated: 2, holds: 6, absent: 0, unknown: 0 },
    });
    const command = rule?.causes[0]?.command ?? '';
    expect(command).toContain('npx shim-spec check main --containers 1 --execs 0 --with delete,shutdown');
    const [, args = ''] = /^npx shim-spec (.*) --show/.exec(command) ?? [];
    expect(shimSpec(...args.split(' '), '--show', 'no exit is lost').out).toContain(
      "'no exit is lost' (c1), shortest counterexample: 16 steps",
    );
  });

  it('draws a column for each option and a line for each cause', () => {
    const { out } = shimSpec('causes', 'main', ...small, '--format', 'svg');
    expect(out).toContain('aria-label="no exit is lost: delete + shutdown, 16 steps"');
    expect(out).toContain('>shutdown</text>');
    expect(out.match(/<rect class="violated"/g)?.length).toBeGreaterThan(5);
  });

  it('says what it does not know, with exit code 20', () => {
    const { code, out } = shimSpec('causes', 'main', ...small, '--max-states', '400');
    expect(code).toBe(20);
    expect(out).toMatch(/holds for \d of 8 sets, unknown for \d, such as/);
    expect(out).toMatch(/incomplete: \d searches were stopped by --max-states 400/);
  });

  it('says one search, and more searches', () => {
    const cache = mkdtempSync(join(tmpdir(), 'shim-spec-causes-'));
    const one = ['causes', 'main', '--execs', '0', '--with', 'none', '--max-states', '10', '--cache', cache];
    const { out, err } = shimSpec(...one);
    expect(out).toContain('incomplete: 1 search was stopped by --max-states 10');
    expect(err).toContain('0 searches were in the cache, 1 was not');
    expect(shimSpec(...one).err).toContain('1 search was in the cache, 0 were not');
    rmSync(cache, { recursive: true });
  });

  it('judges a private and a shared pid namespace apart', () => {
    const { out } = shimSpec('causes', 'main', '--with', 'shared-pid-namespace,kill');
    expect(out).toMatch(/In a shared pid namespace .*, \d+ of \d+ rules have another answer/);
    expect(out).toMatch(
      /In a shared pid namespace[\s\S]*✗ no deadlock\n {6}breaks with no option, in 38 steps/,
    );
  });

  it('refuses an option that does not exist, and says which do', () => {
    const { code, err } = shimSpec('causes', 'main', '--with', 'shutdwon');
    expect(code).toBe(150);
    expect(err).toContain("--with has no option 'shutdwon'");
  });
});

describe('reportCauses', () => {
  const options = { delete: true, shutdown: true, wait: true, sharedPidNamespace: true };
  const all: Bound = { ...noOptions, ...options, containers: 1, execs: 0 };

  it('says of each set what a search of it says', async () => {
    const revision = findRevision('main');
    const report = await causesOf(revision, { bound: all, limits: {} });
    const wrong = setsWithin(all).flatMap((bound) => differences(report, bound, searched(revision, bound)));
    expect(wrong).toEqual([]);
    expect(report.searches).toBeLessThan(report.sets);
    expect(report.halves.every(({ rules }) => rules.every(({ sets }) => sets.unknown === 0))).toBe(true);
  });

  it('stops when it is told to, and says so', async () => {
    let searches = 0;
    const main = findRevision('main');
    const report = await causesOf(main, {
      bound: boundOf(all),
      limits: {},
      watch: { onSearch: () => searches++, isCancelled: () => searches >= 2 },
    });
    expect(report).toMatchObject({ interrupted: true });
    expect(isWhole(report)).toBe(false);
  });

  it('says the same with searchers that answer in any order', async () => {
    const revision = findRevision('main');
    const request = { bound: boundOf(all), limits: { statesMax: 700 } };
    const one = await causesOf(revision, request);
    for (const seed of [1, 2, 3]) {
      const { searchers, searched } = disorderly(revision, seed);
      const [many] = await reportCauses([revision], { ...request, searchers });
      expect(JSON.stringify(many)).toBe(JSON.stringify(one));
      expect(searched()).toBeGreaterThanOrEqual(one.searches);
    }
  });
});

/** Takes five jobs at a time, and answers in an order that a seed gives. */
function disorderly(revision: Revision, seed: number): { searchers: Searchers; searched: () => number } {
  const here = searchHere([revision]);
  let count = 0;
  let random = seed;
  const search: Searchers['search'] = async (job) => {
    count++;
    random = (random * 48_271) % 2_147_483_647;
    for (let turn = random % 7; turn > 0; turn--) await Promise.resolve();
    return here.search(job);
  };
  return { searchers: { room: 5, search, close: here.close }, searched: () => count };
}
