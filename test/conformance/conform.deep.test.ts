import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownRacesText, readKnownRaces } from '../../conformance/races/known-races.ts';
import { findRaces } from '../../conformance/races/races.ts';
import { revisions } from '../../spec/index.ts';
import { shimSpec } from '../cli/shim-spec.ts';
import { needDebian } from '../debian.ts';
import { crunIn } from '../reference/crun.ts';
import type { Replacement } from './broken-shim.ts';
import { conform, debians, endBy, only, ours, violations, withShim } from './conform.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
beforeAll(() =>
  needDebian(
    ['runc', 'crun', 'busybox', 'containerd-shim-runc-v2'],
    ['runc', 'crun', 'busybox-static', 'containerd'],
  ),
);
afterAll(() => rmSync(folder, { recursive: true }));

describe('shim-spec conform', () => {
  it('passes the reference shim, generated schedules included', async () => {
    const { code, report } = await conform(ours, '--runs', '24', '--seed', '3');
    expect(violations(report)).toEqual({});
    expect(report.results.length).toBeGreaterThan(25);
    expect(code).toBe(0);
  });

  it('passes the reference shim with crun', async () => {
    const flags = ['--runtime', crunIn(folder), '--runs', '0', ...only('early-exits', 'ends with')];
    const { code, report } = await conform(ours, ...flags);
    expect(violations(report)).toEqual({});
    expect(code).toBe(0);
  });

  // containerd-shim-runc-v2 1.6.20 is `big-lock`: what it breaks is what the checker says of that revision.
  it("finds in Debian's shim what the checker finds in big-lock, and nothing of what came later", async () => {
    const { code, report } = await conform(debians, '--runs', '0');
    const found = violations(report);
    expect(Object.keys(found).filter((name) => name.endsWith('[big-lock]')).length).toBeGreaterThanOrEqual(5);
    expect(found['every Wait returns (wait c1) [big-lock]']).toEqual(['every Wait returns']);
    expect(found['the shim does not panic (processExits) [big-lock]']).toContain('the shim lives on');
    const late = 'execs are killed with their init, in a shared pid namespace';
    expect(found[late]).toContain("an init's exit is the last of its container");
    for (const name of [
      'no exit is lost (c1) [early-exits]',
      'at most one exit per process (c1) [early-exits]',
      'Shutdown leaves no process behind (create c1) [main]',
    ])
      expect(Object.keys(found)).not.toContain(name);
    expect(code).toBe(30);
  });

  it("takes Debian's older shim, too", async () => {
    const checks = only('an init ends', 'an exec ends', 'no exit is lost (c1) [early-exits]', 'generated');
    const flags = ['--runs', '2', '--seed', '3', ...checks];
    const { code, report } = await conform('/usr/bin/containerd-shim-runc-v1', ...flags);
    expect(violations(report)).toEqual({});
    expect(code).toBe(0);
  });

  it('has the races that the checker finds in the history', () => {
    const file = fileURLToPath(new URL('../../conformance/races/known-races.json', import.meta.url));
    const found = findRaces(revisions);
    expect(readKnownRaces()).toEqual(found);
    expect(readFileSync(file, 'utf8')).toBe(knownRacesText(found));
  });

  const caught: readonly [mutant: string, check: string, rule: string][] = [
    ['Create does not say that it is starting', 'no exit is lost (c1) [early-exits]', 'no exit is lost'],
    ['Start of an exec does not say so', '16 execs at once', 'no exit is lost'],
    ["an exec's exit is not published", 'an exec ends with exit code 3', 'no exit is lost'],
    ['the exit is sent and Wait not let go', 'an init is killed by a signal', 'every call is answered'],
    ['the delete is not sent', 'a task is deleted that was never started', 'a removed task is announced'],
    [
      'Shutdown does not look for Creates in flight',
      'Shutdown leaves no process behind (create c1)',
      'Shutdown leaves no process behind',
    ],
  ];
  for (const [name, check, rule] of caught) {
    it(`catches the reference shim where ${name}, by '${check}'`, () =>
      withShim(name, [], async (binary) => {
        const { code, report } = await conform(binary, '--runs', '0', ...only(check));
        expect(Object.values(violations(report)).flat()).toContain(rule);
        expect(code).toBe(30);
      }));
  }

  const edited: readonly [what: string, edit: Replacement, check: string, rule: string][] = [
    [
      'a pause is not announced',
      ['reference/service/unordered-calls.js', "publish('/tasks/paused'", "publish('/tasks/other'"],
      'a task is paused and resumed',
      'a pause and a resume are announced',
    ],
    [
      'a paused task is said to run',
      ['reference/service/unordered-calls.js', 'isPaused && status === statusOf.running', 'false'],
      'a task is paused and resumed',
      'State reports what the task does',
    ],
  ];
  for (const [what, edit, check, rule] of edited) {
    it(`catches a shim where ${what}, by '${check}'`, () =>
      withShim(null, [edit], async (binary) => {
        const { code, report } = await conform(binary, '--runs', '0', ...only(check));
        expect(Object.values(violations(report)).flat()).toContain(rule);
        expect(code).toBe(30);
      }));
  }

  it('does not judge whether a shim that tells of no lack of memory collects such events', () =>
    withShim(
      null,
      [['reference/service/task-events.js', "'/tasks/oom'", "'/tasks/other'"]],
      async (binary) => {
        const { code, report } = await conform(binary, '--runs', '0', ...only('out of memory'));
        expect(report.results[0]?.notes.join()).toContain('no TaskOOM came');
        expect(code).toBe(31);
      },
    ));

  const race = 'no exit is lost (c1) [early-exits]';
  const lost = 'Create does not say that it is starting';
  const driver = 'reference/driver/runc-calls.js';

  it('steers a shim that names its pid files otherwise', () =>
    withShim(lost, [[driver, '.exec.pid`', '.exec.process-id`']], async (binary) => {
      const { report } = await conform(binary, '--runs', '0', ...only(race));
      expect(violations(report)[race]).toContain('no exit is lost');
    }));

  it('does not judge a race of execs that it cannot tell from each other', () => {
    const hide: Replacement = [
      driver,
      'writeFresh(file, spec)',
      "writeFresh(file, spec.replace('SHIM_SPEC_EXEC', 'X'))",
    ];
    const name = 'at most one exit per process (c1/e1) [early-exits]';
    return withShim(null, [hide], async (binary) => {
      const { code, report } = await conform(binary, '--runs', '0', ...only(name));
      expect(report.results.map(({ verdict }) => verdict)).toContain('could not judge');
      expect(code).toBe(31);
    });
  });

  it('writes reports that other tools read', () => {
    const flags = [
      '--shim',
      debians,
      '--runs',
      '0',
      ...only('an init is killed', 'every Wait returns (wait c1)'),
    ];
    const of = (format: string): string => shimSpec('conform', ...flags, '--format', format).out;
    const junit = of('junit');
    expect(junit).toContain('tests="2" failures="1" skipped="0"');
    execFileSync('python3', ['-c', 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)'], {
      input: junit,
    });
    for (const part of [
      'every Wait returns (owed), wait c1: ',
      '/api/runtime/task/v3/shim.proto',
      'client  calls wait c1',
      'publishes exit c1',
      `repeat: npx shim-spec conform --shim ${debians} --runtime runc --runs 0 --only &quot;every Wait`,
    ])
      expect(junit).toContain(part);
    expect(junit).not.toContain('ttrpc: closed');
    const html = of('html');
    expect(html).toContain('<svg');
    expect(html).toContain('<li><strong>every Wait returns');
    expect(html).not.toMatch(/(?:src|href)="http/);
  });

  it('fails by what the baseline does not have, and tells what is mended', async () => {
    const baseline = join(folder, 'baseline.json');
    const flags = ['--shim', debians, '--runs', '0', ...only('every Wait returns')];
    expect(shimSpec('conform', ...flags, '--format', 'json', '--output', baseline).code).toBe(30);
    const again = shimSpec('conform', ...flags, '--baseline', baseline);
    expect(again.out).toContain('baseline: 1 known, 0 new, 0 mended');
    expect(again.code).toBe(0);
    writeFileSync(baseline, 'every Wait returns (wait c1) [big-lock]: every Wait returns\n');
    const mended = shimSpec('conform', '--shim', ours, ...flags.slice(2), '--baseline', baseline);
    expect(mended.out).toContain('baseline: 0 known, 0 new, 1 mended');
    writeFileSync(baseline, '# none\n');
    expect(shimSpec('conform', ...flags, '--baseline', baseline).code).toBe(30);
  });

  it('leaves nothing behind when it is ended by SIGKILL', () => endBy('SIGKILL', folder));
});
