import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { workingCriu } from '../reference/criu.ts';
import { conform, only, ours, violations, withShim } from './conform.ts';

const { PATH } = process.env;
process.env.PATH = `${dirname(workingCriu())}:${PATH}`;
afterAll(() => {
  process.env.PATH = PATH;
});

const check = 'a task is checkpointed';

describe(`conform's check '${check}'`, () => {
  it('finds nothing in the reference shim', async () => {
    const { code, report } = await conform(ours, '--runs', '0', ...only(check));
    expect([code, violations(report), report.results.length]).toEqual([0, {}, 1]);
  });

  it('finds a shim that does not announce it', () => {
    const file = 'reference/service/unordered-calls.js';
    return withShim(
      null,
      [[file, "publish('/tasks/checkpointed'", "publish('/tasks/other'"]],
      async (binary) => {
        const { code, report } = await conform(binary, '--runs', '0', ...only(check));
        expect(violations(report)).toEqual({ [check]: ['a checkpoint is announced'] });
        expect(code).toBe(30);
      },
    );
  });
});
