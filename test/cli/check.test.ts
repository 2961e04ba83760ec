import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shimSpec, shimSpecIn } from './shim-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('shim-spec check', () => {
  it("shows the seed's deadlock by default, and exits as TLC does for one", () => {
    const { code, out, err } = shimSpec('check');
    expect(code).toBe(11);
    // On a slow machine a second goes by, and progress is told.
    expect(err.split('\n').filter((line) => !line.startsWith('{"progress":'))).toEqual(['']);
    expect(out).toContain('bound: 1 container × 2 execs, with delete; without shared-pid-namespace');
    expect(out).toMatch(/✗ no deadlock +violated +create c1 +10/);
    expect(out).toContain('complete: 382,934 distinct states, 1,759,727 transitions, depth 76');
    expect(out).toContain("'no deadlock' (create c1), shortest counterexample: 10 steps\n");
    expect(out).toMatch(/ 1 {2}● +client +calls Create\(c1\)/);
    expect(out).toMatch(/handleStarted: exits\[100\] has its exit +service\.go:167-191/);
    expect(out).toContain('▶ TaskCreate c1 pid 100');
    expect(out).toContain('create c1 is blocked on s.mu, which it already holds (at exit: s.mu.Lock)');
  });

  it('prints a command that replays the counterexample, and judges it alike', () => {
    const { out } = shimSpec('check', '--execs', '1');
    const [, command = ''] = /replay: npx shim-spec (.*)/.exec(out) ?? [];
    const replayed = shimSpec(...command.split(' '));
    expect(replayed.code).toBe(11);
    expect(replayed.out).toContain("breaks 'no deadlock' (create c1) after step 10");
    const steps = (text: string): string[] => text.split('\n').filter((line) => /^ +\d+ {2}/.test(line));
    expect(steps(replayed.out)).toEqual(steps(out));
  });

  it('writes JSON with every trace, which replay takes', () => {
    const file = join(folder, 'report.json');
    const { code, out } = shimSpec('check', '--execs', '1', '--format', 'json', '--output', file);
    expect([code, out]).toEqual([11, '']);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    expect(report).toMatchObject({
      revision: { slug: 'early-exits' },
      bound: { containers: 1, execs: 1, delete: true, kill: false },
      complete: true,
      stoppedBy: null,
      engine: 'fast',
      states: 3501,
    });
    const overtaken = report.results.find((r: { property: string }) =>
      r.property.startsWith("an init's exit"),
    );
    expect(overtaken).toMatchObject({ verdict: 'violated', subject: 'c1/e1', depth: 39 });
    expect(overtaken.trace.steps).toHaveLength(39);
    const again = shimSpec(
      'replay',
      '--trace',
      file,
      '--property',
      "an init's exit is the last of its container",
    );
    expect(again.code).toBe(12);
    expect(again.out).toContain('TaskExit c1 pid 100, TaskExecStarted c1/e1 pid 101');
  });

  it('checks every revision beside the others with --all, and writes the same as JSON', () => {
    const { code, out } = shimSpec('check', '--all', '--execs', '1');
    expect(code).toBe(11);
    expect(out).toMatch(/no deadlock +✓ +10 +✓ +✓ +✓ +✓ +✓ +✓\n/);
    expect(out).toContain(
      "npx shim-spec check REVISION --containers 1 --execs 1 --with delete --show 'PROPERTY'",
    );
    const json = JSON.parse(shimSpec('check', '--all', '--execs', '0', '--format', 'json').out);
    const slugs = json.revisions.map((r: { revision: { slug: string } }) => r.revision.slug);
    expect(slugs).toEqual([
      'big-lock',
      'early-exits',
      'mu-locked',
      'pending-execs',
      'defer-init-only',
      'running-execs',
      'main',
      'proposed',
    ]);
  });

  it('shows with diff what one revision can publish and another cannot, both ways', () => {
    const { code, out } = shimSpec('diff', 'mu-locked', 'running-execs', '--execs', '1', '--with', 'none');
    expect(code).toBe(22);
    expect(out).toContain('what mu-locked can publish, and running-execs cannot: 5 events');
    expect(out).toContain(
      'events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101, TaskExit c1 pid 100\n',
    );
    expect(out).toContain('every log of running-execs is one of mu-locked');
    const same = shimSpec(
      'diff',
      'running-execs',
      'main',
      '--execs',
      '1',
      '--with',
      'none',
      '--format',
      'json',
    );
    expect([same.code, JSON.parse(same.out).differences]).toEqual([0, []]);
    const large = shimSpec('diff', 'main', 'proposed', '--max-states', '100');
    expect([large.code, large.err]).toEqual([
      20,
      expect.stringContaining('got more than 100, allowed --max-states 100'),
    ]);
  });

  it('prints no colours where the output is no terminal, in CI neither', () => {
    for (const CI of ['true', '']) {
      expect(shimSpecIn({ CI }, 'check', '--execs', '0').out).not.toContain(String.fromCharCode(27));
    }
  });

  it('gives the same output for the same input', () => {
    const run = (): unknown => {
      const { elapsedMs: _, ...report } = JSON.parse(
        shimSpec('check', '--execs', '0', '--format', 'json').out,
      );
      return report;
    };
    expect(run()).toEqual(run());
  });

  it('says unknown and exits 20 where a bound cut the search short and nothing was violated', () => {
    const { code, out } = shimSpec('check', '--max-depth', '8');
    expect(code).toBe(20);
    expect(out).toContain('? no deadlock');
    expect(out).not.toContain('✓ no deadlock');
    expect(out).toContain('incomplete: states deeper than --max-depth 8 were left out');
  });

  it.each([
    [['--max-states', '100', '--with', 'all'], 'stopped at --max-states 100'],
    [['--timeout', '1', '--execs', '5', '--with', 'all'], 'stopped after --timeout 1'],
    [
      ['--memory', '16M', '--execs', '3', '--with', 'all'],
      'stopped at --memory 16M; lower --containers or --execs',
    ],
    [['--no-continue'], 'stopped at the first violation'],
  ])('states which bound stopped it: %j', (flags, text) => {
    const { code, out } = shimSpec('check', ...flags);
    expect(out).toContain(text);
    expect(out).toContain('incomplete');
    expect([11, 12, 20]).toContain(code);
  });

  it('checks with the plain engine, and finds the same', () => {
    const { code, out } = shimSpec('check', '--engine', 'plain', '--execs', '1', '--with', 'none');
    expect(code).toBe(11);
    expect(out).toContain('complete: 346 distinct states, 600 transitions, depth 44, 17 states at rest');
  });

  it('shows the trace of a property or of a witness that is named', () => {
    const { out } = shimSpec(
      'check',
      '--execs',
      '1',
      '--show',
      'an early exit is handled in Start of an exec',
    );
    expect(out).toContain(
      "'an early exit is handled in Start of an exec' (start c1/e1), shortest way to reach it: 35 steps\n",
    );
  });

  it.each([
    [
      ['check', 'big-look'],
      150,
      'there is no revision big-look (got big-look, allowed big-lock, early-exits',
    ],
    [
      ['check', '--execs', '1000'],
      150,
      '--execs cannot be used (got 1000, allowed an integer from 0 to 8): give one in that range',
    ],
    [
      ['check', '--execs', 'NaN'],
      150,
      '--execs cannot be used (got NaN, allowed an integer from 0 to 8): give one in that range',
    ],
    [
      ['check', '--containers', '-1'],
      150,
      '--containers cannot be used (got -1, allowed an integer from 1 to 4): give one in that range',
    ],
    [['check', '--with', 'kil'], 150, "got 'kil', allowed shared-pid-namespace, runc-fails, kill"],
    [['check', '--memory', '900T'], 150, '--memory 900T cannot be used (got 900T, allowed 16M to'],
    [
      ['check', '--engine', 'faster'],
      150,
      "--engine cannot be used (got 'faster', allowed fast, plain, symbolic): did you mean fast?",
    ],
    [
      ['check', '--bogus'],
      150,
      'check has no flag --bogus (got --bogus, allowed --containers, --execs, --with',
    ],
    [['replay'], 150, 'replay needs a trace (got neither --choices nor --trace'],
    [['replay', '--choices', '0;7'], 150, '--choices 0;7 is not a list (got 0;7, allowed numbers'],
    [
      ['replay', '--choices', '0,7'],
      152,
      'choice 7 is not enabled at step 2 (allowed: 0 ShimLocksService(create c1))',
    ],
    [
      ['replay', '--trace', '/nonexistent/x'],
      151,
      '--trace /nonexistent/x cannot be used (got no such file or folder, ENOENT',
    ],
  ])('refuses %j with what was got and what is allowed', (args, code, text) => {
    const ended = shimSpec(...args);
    expect(ended.err).toContain(text);
    expect(ended.err).not.toMatch(/\n {4}at /);
    expect(ended.code).toBe(code);
  });

  it('refuses a file that is no report, and a trace that the model does not allow', () => {
    const file = join(folder, 'no-report.json');
    writeFileSync(file, '{"bound":{}}');
    expect(shimSpec('replay', '--trace', file)).toMatchObject({ code: 151 });
    const report = JSON.parse(shimSpec('check', '--execs', '0', '--with', 'none', '--format', 'json').out);
    const traced = report.results.find((r: { verdict: string }) => r.verdict === 'violated');
    traced.trace.steps.splice(1, 1);
    writeFileSync(file, JSON.stringify(report));
    const { code, err } = shimSpec('replay', '--trace', file);
    expect(code).toBe(152);
    expect(err).toContain('ShimSubscribes(create c1) is not enabled at step 2');
  });
});
