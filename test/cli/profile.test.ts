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
    expect([code, err.includes('--profile is of one revision')]).toEqual([150, true]);
  });
});
