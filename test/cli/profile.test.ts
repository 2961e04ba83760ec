import { describe, expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

const small = ['--execs', '1', '--with', 'delete', '--show', 'none'];

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
    expect([code, err.includes('--profile, --distinct and --checkpoint are of one revision')]).toEqual([
      150,
      true,
    ]);
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
  }, 60_000);

  it('finds nothing where nothing is violated', () => {
    const { code, out } = shimSpec('check', 'proposed', ...small, '--distinct', '3');
    expect([code, out.includes(' way')]).toEqual([0, false]);
    const cut = shimSpec('check', 'early-exits', '--execs', '1', '--max-states', '500', '--distinct', '3');
    expect(cut.out).toContain('--distinct lists nothing');
    expect(shimSpec('check', 'proposed', '--distinct', '0').code).toBe(150);
  });
});
