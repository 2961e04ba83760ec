import { expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

it('shim-spec diff shows the exit that defer-init-only loses, which takes two execs', () => {
  const { out } = shimSpec('diff', 'defer-init-only', 'running-execs', '--execs', '2', '--with', 'none');
  expect(out).toContain('what defer-init-only can');
});
