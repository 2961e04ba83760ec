import { describe, expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

describe('shim-spec live', () => {
  it('says that no rule is broken for ever, within its bound and fairness', () => {
    const { code, out } = shimSpec('live', 'proposed', '--execs', '1', '--with', 'delete,kill,wait');
    expect(out).toContain('bound: 1 container × 1 exec, with kill, wait, delete');
    expect(out).toContain('fairness: weak');
    expect(out).toMatch(/✓ every Wait returns +holds/);
    expect(code).toBe(0);
  });

  it('shows the deadlock as a run that rests, and ends as TLC does', () => {
    const { code, out } = shimSpec('live', 'early-exits', '--execs', '0', '--with', 'none');
    expect(out).toContain('is broken for ever: after step 10 the run rests for ever');
    expect(code).toBe(13);
  });

  it('gives a lasso as labels in JSON', () => {
    const { out } = shimSpec(
      'live',
      'proposed',
      '--with',
      'delete,runc-fails',
      '--execs',
      '1',
      '--format',
      'json',
    );
    const { results } = JSON.parse(out) as { results: { rule: string; lasso: { cycle: string[] } | null }[] };
    expect(results.find(({ rule }) => rule === 'no deadlock')?.lasso?.cycle).toContain(
      'RuncCrashes(delete c1)',
    );
  });

  it('judges nothing where there are too many states', () => {
    const { code, out } = shimSpec('live', 'main', '--execs', '1', '--max-states', '100');
    expect(out).toContain('unknown: more than 100 states');
    expect(code).toBe(20);
    expect(shimSpec('live', 'main', '--max-states', 'many').code).toBe(150);
  });
});
