import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shimSpec } from '../shim-spec.ts';
import { foreignWords, hostileFiles, readers } from './hostile-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(Object.entries(hostileFiles(folder)))('%s', (name, file) => {
  it.each(readers)('is refused by %s %s %s', (...reader) => {
    const { code, out, err } = shimSpec(...reader, file);
    expect(err).not.toMatch(foreignWords);
    const [command, flag] = [reader[0], reader.at(-1)];
    if (command === 'validate' && name === 'empty') expect([code, err]).toEqual([31, '']);
    // No known failures.
    else if (flag === '--baseline' && name === 'empty') expect([code, out]).toEqual([153, '']);
    else if (flag === '--checkpoint' && name === 'no file') expect([code, err]).toEqual([11, '']);
    else {
      expect([code, out]).toEqual([151, '']);
      expect(err).toMatch(/^shim-spec: .+\n$/);
      // The file, what it is instead, and what to do.
      expect(err).toContain(file);
      expect(err).toMatch(/got|it is|it cannot/);
      expect(err).toMatch(/: (give|name|write|did you mean)|; remove/);
    }
  });
});
