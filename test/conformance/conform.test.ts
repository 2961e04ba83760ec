import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownRaces } from '../../conformance/races/known-races.ts';
import { findRaces, raceOf } from '../../conformance/races/races.ts';
import { revisions } from '../../spec/index.ts';
import { shimSpec } from '../cli/shim-spec.ts';
import { needDebian } from '../debian.ts';
import { crunIn } from '../reference/crun.ts';
import { mutants } from '../spec/mutants.ts';
import { until } from '../until.ts';
import { BrokenShim, type Edit } from './broken-shim.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ours = join(root, 'dist/reference/main.js');
const debians = '/usr/bin/containerd-shim-runc-v2';

interface Report {
  readonly verdict: string;
  readonly results: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly breaches: readonly { readonly rule: { readonly name: string } }[];
    readonly notes: readonly string[];
  }[];
}

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
beforeAll(() =>
  needDebian(
    ['runc', 'crun', 'busybox', 'containerd-shim-runc-v2'],
    ['runc', 'crun', 'busybox-static', 'containerd'],
  ),
);
afterAll(() => rmSync(folder, { recursive: true }));

function conform(shim: string, ...flags: string[]): { code: number; report: Report } {
  const { code, out, err } = shimSpec('conform', '--shim', shim, '--format', 'json', ...flags);
  if (code === null || !out.startsWith('{')) throw new Error(`exit code ${code}: ${err}`);
  return { code, report: JSON.parse(out) as Report };
}

/** Gives `body` the reference shim with a fault in its specification, or edited. */
function withShim(mutant: string | null, edits: readonly Edit[], body: (binary: string) => void): void {
  const fault = mutants.find((each) => each.name === mutant) ?? null;
  if (mutant !== null && fault === null) throw new Error(`no mutant ${mutant}`);
  const broken = new BrokenShim(fault, ...edits);
  try {
    body(broken.binary);
  } finally {
    broken.remove();
  }
}

/** Each check that did not conform, with the rules that it found broken. */
function violations({ results }: Report): Record<string, string[]> {
  const bad = results.filter(({ verdict }) => verdict !== 'conforms');
  return Object.fromEntries(
    bad.map(({ name, breaches }) => [name, [...new Set(breaches.map(({ rule }) => rule.name))].toSorted()]),
  );
}

describe('shim-spec conform', () => {
  it('passes the reference shim, generated schedules included', () => {
    const { code, report } = conform(ours, '--runs', '24', '--seed', '3');
    expect(violations(report)).toEqual({});
    expect(report.results.length).toBeGreaterThan(25);
    expect(code).toBe(0);
  }, 300_000);

  it('passes the reference shim with crun', () => {
    const { code, report } = conform(
      ours,
      '--runtime',
      crunIn(folder),
      '--runs',
      '0',
      '--only',
      'early-exits',
      '--only',
      'ends with',
    );
    expect(violations(report)).toEqual({});
    expect(code).toBe(0);
  }, 120_000);

  // containerd-shim-runc-v2 1.6.20 is `big-lock`: what it breaks is what the checker says of that revision.
  it("finds in Debian's shim what the checker finds in big-lock, and nothing of what came later", () => {
    const { code, report } = conform(debians, '--runs', '0');
    const found = violations(report);
    expect(Object.keys(found).filter((name) => name.startsWith('big-lock')).length).toBeGreaterThanOrEqual(5);
    expect(found['big-lock: every Wait returns (wait c1)']).toEqual(['every Wait returns']);
    expect(found['big-lock: the shim does not panic (processExits)']).toContain('the shim lives on');
    const late = 'execs that live on are killed with their init, in a shared pid namespace';
    expect(found[late]).toContain("an init's exit is the last of its container");
    for (const name of [
      'early-exits: no exit is lost (c1)',
      'early-exits: at most one exit per process (c1)',
      'main: Shutdown leaves no process behind (create c1)',
    ])
      expect(Object.keys(found)).not.toContain(name);
    expect(code).toBe(30);
  }, 300_000);

  it("takes Debian's older shim, too", () => {
    const { code, report } = conform(
      '/usr/bin/containerd-shim-runc-v1',
      '--runs',
      '2',
      '--seed',
      '3',
      '--only',
      'an init ends',
      '--only',
      'an exec ends',
      '--only',
      'early-exits: no exit is lost (c1)',
      '--only',
      'generated',
    );
    expect(violations(report)).toEqual({});
    expect(code).toBe(0);
  }, 120_000);

  it('tries the counterexample of a report on a real shim', () => {
    const file = join(folder, 'panic.json');
    shimSpec(
      'check',
      'big-lock',
      '--execs',
      '1',
      '--with',
      'again,runc-fails',
      '--format',
      'json',
      '--output',
      file,
    );
    const flags = ['--from', file, '--property', 'the shim does not panic'];
    const real = conform(debians, ...flags);
    expect(violations(real.report)).toEqual({
      'big-lock: the shim does not panic (processExits)': expect.arrayContaining([
        'the shim lives on',
      ]) as string[],
    });
    expect(real.code).toBe(30);
    expect(conform(ours, ...flags).code).toBe(0);
    const { code, err } = shimSpec(
      'conform',
      '--shim',
      ours,
      '--from',
      file,
      '--property',
      'running holds no dead process',
    );
    expect([code, err]).toEqual([
      expect.any(Number) as number,
      expect.stringMatching(/cannot be seen from outside|no such trace/) as string,
    ]);
  }, 120_000);

  it('has the races that the checker finds in the history', () => {
    const found = findRaces(revisions);
    expect(knownRaces.map(raceOf)).toEqual(found);
  }, 120_000);

  const caught: readonly [mutant: string, check: string, rule: string][] = [
    ['Create does not say that it is starting', 'early-exits: no exit is lost (c1)', 'no exit is lost'],
    ['Start of an exec does not say so', '16 execs at once', 'no exit is lost'],
    ['the start is not announced', 'an exec ends with exit code 3', 'start precedes exit'],
    [
      "an init's exit does not wait for running execs",
      "pending-execs: an init's exit is the last of its container (c1/e1), shared",
      "an init's exit is the last of its container",
    ],
    ["an exec's exit is not published", 'an exec ends with exit code 3', 'no exit is lost'],
    ['the exit is sent and Wait not let go', 'an init is killed by a signal', 'every call is answered'],
    ['the delete is not sent', 'a task is deleted that was never started', 'a removed task is announced'],
    ['Shutdown does not look for Creates in flight', 'main: Shutdown', 'Shutdown leaves no process behind'],
  ];
  for (const [name, check, rule] of caught) {
    it(`catches the reference shim where ${name}, by '${check}'`, () => {
      withShim(name, [], (binary) => {
        const { code, report } = conform(binary, '--runs', '0', '--only', check);
        expect(Object.values(violations(report)).flat()).toContain(rule);
        expect(code).toBe(30);
      });
    }, 120_000);
  }

  const edited: readonly [what: string, edit: Edit, check: string, rule: string][] = [
    [
      'a pause is not announced',
      ['reference/service/task-service.js', "publish('/tasks/paused'", "publish('/tasks/other'"],
      'a task is paused and resumed',
      'a pause and a resume are announced',
    ],
    [
      'a paused task is said to run',
      ['reference/service/task-service.js', 'isPaused && status === statusOf.running', 'false'],
      'a task is paused and resumed',
      'State says what a task does',
    ],
  ];
  for (const [what, edit, check, rule] of edited) {
    it(`catches a shim where ${what}, by '${check}'`, () =>
      withShim(null, [edit], (binary) => {
        const { code, report } = conform(binary, '--runs', '0', '--only', check);
        expect(Object.values(violations(report)).flat()).toContain(rule);
        expect(code).toBe(30);
      }));
  }

  it('does not judge whether a shim that tells of no lack of memory collects such events', () =>
    withShim(null, [['reference/actions/serve.js', "'/tasks/oom'", "'/tasks/other'"]], (binary) => {
      const { code, report } = conform(binary, '--runs', '0', '--only', 'want of memory');
      expect(report.results[0]?.notes.join()).toContain('no TaskOOM came');
      expect(code).toBe(31);
    }));

  const race = 'early-exits: no exit is lost (c1)';
  const lost = 'Create does not say that it is starting';
  const driver = 'reference/driver/driver.js';

  it('steers a shim that names its pid files otherwise', () =>
    withShim(lost, [[driver, '.pid`);', '.process-id`);']], (binary) => {
      const { report } = conform(binary, '--runs', '0', '--only', race);
      expect(violations(report)[race]).toContain('no exit is lost');
    }));

  it('does not judge a race of execs that it cannot tell from each other', () => {
    const hide: Edit = [
      driver,
      'writeFresh(file, spec)',
      "writeFresh(file, spec.replace('SHIM_SPEC_EXEC', 'X'))",
    ];
    const name = 'early-exits: at most one exit per process (c1/e1)';
    return withShim(null, [hide], (binary) => {
      const { code, report } = conform(binary, '--runs', '0', '--only', name);
      expect(report.results.map(({ verdict }) => verdict)).toContain('could not judge');
      expect(code).toBe(31);
    });
  });

  it('writes reports that other tools read', () => {
    const of = (format: string): string =>
      shimSpec(
        'conform',
        '--shim',
        debians,
        '--runs',
        '0',
        '--only',
        'an init is killed',
        '--only',
        'big-lock: every Wait',
        '--format',
        format,
      ).out;
    const junit = of('junit');
    expect(junit).toContain('tests="2" failures="1" skipped="0"');
    execFileSync('python3', ['-c', 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)'], {
      input: junit,
    });
    const html = of('html');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/(?:src|href)="http/);
  }, 120_000);

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`leaves nothing behind when it is ended by ${signal}`, async () => {
      const own = mkdtempSync(join(folder, 'tmp-'));
      const child = spawn(
        process.execPath,
        [join(root, 'dist/cli/main.js'), 'conform', '--shim', ours, '--runs', '0'],
        {
          env: { ...process.env, TMPDIR: own },
          stdio: 'ignore',
        },
      );
      const names = await until(
        'the folder of a run',
        () => readdirSync(own).filter((name) => name.startsWith('shim-spec-conform-')),
        (found) => found.length > 0,
      );
      await until(
        'a container',
        () => names.flatMap(cgroupsOf),
        (found) => found.length > 0,
      );
      child.kill(signal);
      await ended(child);
      await until(
        'nothing that is left',
        () => [...readdirSync(own), ...processesOf(own), ...names.flatMap(cgroupsOf)],
        (left) => left.length === 0,
      );
    }, 60_000);
  }

  it('says what is missing, and what to do', () => {
    const { code, err } = shimSpec('conform', '--shim', '/no/such/shim');
    expect(code).toBe(153);
    expect(err).toContain('--shim /no/such/shim cannot be run');
    expect(shimSpec('conform', '--shim', ours, '--runtime', 'no-such-runtime').code).toBe(153);
    expect(shimSpec('conform', '--shim', ours, '--runs', 'many').code).toBe(150);
    const silent = shimSpec('conform', '--shim', '/bin/true');
    expect(silent.code).toBe(153);
    expect(silent.err).toContain(
      '--shim /bin/true does not start as containerd starts it (the shim printed no address',
    );
  });
});

function processesOf(path: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${path}/`);
      } catch {
        return false;
      }
    });
}

function cgroupsOf(name: string): string[] {
  const out = execFileSync('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-name', name], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
