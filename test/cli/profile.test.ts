import { describe, expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

const small = ['--execs', '1', '--with', 'delete'];

describe('shim-spec check --profile', () => {
  it('counts every transition, names what is never enabled, and says what each table adds', () => {
    const { out } = shimSpec('check', 'proposed', ...small, '--profile');
    expect(out).toContain('complete: 668 distinct states');
    const [, after = ''] = out.split('profile\n');
    expect(after).toContain('never enabled:');
    // Without the calls' stacks hardly anything is left; the bundles never change.
    expect(after).toMatch(/\n {2}calls +\d+ +\d+ {2}÷ [3-9]/);
    expect(after).toMatch(/\n {2}bundles +1 +668 {2}÷ 1\.00/);
  });

  it('gives the same coverage in JSON', () => {
    const { out } = shimSpec('check', 'proposed', ...small, '--format', 'json');
    const { coverage, transitions } = JSON.parse(out) as {
      coverage: Record<string, number>;
      transitions: number;
    };
    const counts = Object.values(coverage);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(transitions);
    expect(coverage['ClientCreates(create c1)']).toBe(1);
    expect(coverage['ShimKillsAll(reaper c1)']).toBe(0);
  });

  it('is of one revision', () => {
    const { code, err } = shimSpec('check', '--all', '--profile');
    expect([
      code,
      err.includes('--profile cannot be combined with --all (got --profile, allowed none)'),
    ]).toEqual([150, true]);
  });
});

describe('shim-spec check --coverage', () => {
  it('says what stopped each type of action, the same in text and JSON and for any number of workers', () => {
    const { out } = shimSpec('check', 'early-exits', ...small, '--coverage');
    const [, after = ''] = out.split('\ncoverage: every action was tried in 3,501 states\n');
    // Create takes the lock first, so it is free there; a Create that waits for itself never gets past it.
    expect(after).toMatch(
      /ShimLocksService: taken 1 time, 1 outcome\n +3,500 {2}calls\[call\]\.pc +but for called\n +– {2}mu +is nil\n/,
    );
    expect(after).toContain('never taken: ShimLocksForExit(create c1), stopped farthest by mu at create c1');
    expect(after).toContain('ShimCleansUp: never taken\n');
    const guards = (workers: string): unknown =>
      JSON.parse(
        shimSpec('check', 'early-exits', ...small, '--coverage', '--format', 'json', '--workers', workers)
          .out,
      ).guards;
    const one = guards('1') as { states: number; rows: { action: string; guards: object[] }[] };
    expect(guards('2')).toEqual(one);
    expect(one.states).toBe(3_501);
    expect(one.rows.find(({ action }) => action === 'ShimLocksService')?.guards).toMatchObject([
      { slot: 'calls[call].pc', readings: 3_501, refusals: 3_500, passing: ['called'] },
      { slot: 'mu', readings: 1, refusals: 0, passing: ['nil'], matters: false },
    ]);
  });

  it('shows single actions, with the names that traces have', () => {
    const { out } = shimSpec('check', 'early-exits', ...small, '--coverage-of', 'ShimLocksForExit(create');
    expect(out).toMatch(
      /ShimLocksForExit\(create c1\): never taken\n +3,500 {2}calls\[create c1\]\.pc {2}but for exit: s\.mu\.Lock\n +1 {2}mu +always, at create c1\n/,
    );
    expect(out).not.toContain('ShimLocksForExit(processExits)');
  });

  it('is refused where the search could not tell', () => {
    const others = [
      ['--engine', 'plain'],
      ['--reduce', 'symmetry'],
      ['--checkpoint', 'file'],
      ['--format', 'junit'],
      ['--all'],
      ['--coverage-of', 'Nobody'],
    ];
    for (const other of others) {
      const { code, err } = shimSpec('check', ...small, '--coverage', ...other);
      expect([code, err]).toEqual([150, expect.stringContaining('--coverage')]);
    }
  });
});

describe('shim-spec check --distinct', () => {
  it('lists ways that differ, each of which replay confirms, the first the one that check shows', () => {
    const { code, out } = shimSpec('check', 'early-exits', ...small, '--distinct', '5');
    expect(code).toBe(11);
    const ways = [...out.matchAll(/^ {2}(.*), by (.*): (\d+) steps\n {4}npx shim-spec (.*)$/gm)];
    expect(ways.length).toBeGreaterThanOrEqual(6);
    expect(new Set(ways.map(([whole]) => whole)).size).toBe(ways.length);
    expect(out).toMatch(
      /'no deadlock': \d ways?\n {2}create c1, by ShimHandlesStarted\(create c1\): 10 steps/,
    );
    for (const [, subject = '', , steps, command = ''] of ways.slice(0, 8)) {
      const replayed = shimSpec(...command.split(' '));
      expect(replayed.out).toContain(`(${subject}) after step ${steps}`);
    }
  });

  it('finds nothing where nothing is violated', () => {
    const { code, out } = shimSpec('check', 'proposed', ...small, '--distinct', '3');
    expect([code, out.includes(' way')]).toEqual([0, false]);
    const cut = shimSpec('check', 'early-exits', '--execs', '1', '--max-states', '500', '--distinct', '3');
    expect(cut.out).toContain('--distinct lists nothing');
    expect(shimSpec('check', 'proposed', '--distinct', '0').code).toBe(150);
  });
});
