import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requirementsPage } from '../../bench/pages/requirements-page.ts';
import { wireRule } from '../../conformance/log/rules.ts';
import { requirements } from '../../conformance/requirements.ts';

describe('docs/requirements.md', () => {
  it('is what npm run requirements-page writes', () => {
    const file = new URL('../../docs/requirements.md', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(requirementsPage());
  });

  it('has a rule or a reason for each sentence, in the order of the page', () => {
    const lines = requirements.map(({ line }) => line);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    expect(requirements.filter(({ rules, remark }) => rules.length === 0 && remark === '')).toEqual([]);
  });

  it('says MUST where a rule that judges it does, and not of a SHOULD', () => {
    for (const { level, rules } of requirements)
      if (level === 'SHOULD') for (const rule of rules) expect(wireRule(rule).level).toBe('SHOULD');
  });
});
