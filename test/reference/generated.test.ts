import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('reference/gen is what npm run generate makes of reference/proto', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-gen-'));
  try {
    const env = { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` };
    execFileSync('buf', ['generate', '--output', join(folder, 'proto')], {
      cwd: `${root}reference/proto`,
      env,
    });
    const made = join(folder, 'gen');
    expect(readdirSync(made)).toEqual(readdirSync(`${root}reference/gen`));
    for (const file of readdirSync(made)) {
      expect(readFileSync(join(made, file), 'utf8'), file).toBe(
        readFileSync(`${root}reference/gen/${file}`, 'utf8'),
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
