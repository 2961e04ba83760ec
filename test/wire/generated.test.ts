import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every file below a folder, by its path in it. */
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort();

it('wire/proto/gen is what npm run generate makes of wire/proto', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-gen-'));
  try {
    const env = { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` };
    execFileSync('buf', ['generate', '--output', folder], { cwd: `${root}wire/proto`, env });
    const made = join(folder, 'gen');
    expect(filesOf(made)).toEqual(filesOf(`${root}wire/proto/gen`));
    for (const file of filesOf(made)) {
      expect(readFileSync(join(made, file), 'utf8'), file).toBe(
        readFileSync(`${root}wire/proto/gen/${file}`, 'utf8'),
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
