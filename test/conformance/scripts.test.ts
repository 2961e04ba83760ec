import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeFlags } from '../../reference/startup/node-flags.ts';
import { needDebian } from '../debian.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const scripts = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.sh'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');

describe('the shell scripts', () => {
  beforeAll(() => needDebian(['shellcheck'], ['shellcheck']), 300_000);

  it('are those of the gate, the janitor and the reference shim, and an example', () => {
    const built = ['conformance/shim/gate.sh', 'conformance/shim/janitor.sh', 'reference/main.sh'];
    expect(scripts.toSorted()).toEqual([...built, 'examples/sweep/slurm.sh'].toSorted());
  });

  for (const script of scripts) {
    it(`${script}: sh takes it, and shellcheck finds nothing`, () => {
      expect(spawnSync('sh', ['-n', script], { cwd: root, encoding: 'utf8' }).stderr).toBe('');
      expect(spawnSync('shellcheck', [script], { cwd: root, encoding: 'utf8' }).stdout).toBe('');
    });

    if (script.startsWith('examples/')) continue;
    it(`${script}: the build has it`, () => {
      const read = (folder: string): string => readFileSync(join(root, folder, script), 'utf8');
      expect(read('dist')).toBe(read('.').replace('@nodeFlags@', nodeFlags.join(' ')));
    });
  }
});
