import { describe, expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

describe('shim-spec watch', () => {
  it('says that nothing listens where it is told to look', () => {
    const { code, err } = shimSpec('watch', '--address', '/nonexistent/containerd.sock');
    expect(code).toBe(151);
    expect(err).toContain('no containerd listens on /nonexistent/containerd.sock (ENOENT): name its socket');
  });
});
