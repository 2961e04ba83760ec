import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needDebian } from '../debian.ts';
import { isDeep } from '../depth.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-guides-'));
beforeAll(() => {
  needDebian(['runc', 'containerd-shim-runc-v2', 'busybox'], ['runc', 'containerd', 'busybox-static']);
  symlinkSync(join(root, 'docs'), join(folder, 'docs'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What each command of a guide ends with; one that is not named finds nothing wrong. */
const codes: readonly (readonly [part: string, code: number])[] = [
  ['simulate main', 11],
  ['check early-exits', 11],
  ['replay early-exits', 11],
  ['check main --execs 0 --with all', 12],
  ['check main --execs 1 --with delete,wait', 11],
  ['check main --execs 1', 12],
  ['check big-lock', 12],
  ['diff mu-locked', 22],
  ['--max-states 100', 20],
  ['--from panic.json', 30],
  ['overtaken.log', 32],
];

function commandsOf(file: string): string[] {
  const text = readFileSync(join(root, 'docs/guides', file), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, body]) => body ?? '');
  return blocks.flatMap((body) => body.trim().split('\n'));
}

const guides = readdirSync(join(root, 'docs/guides')).filter((name) => name.endsWith('.md'));
const sample = guides.filter((name) => /^[14]-/.test(name));

describe('docs/guides', () => {
  for (const file of isDeep ? guides : sample) {
    // A server that runs until it is ended: test/docs/explorer.test.ts starts it.
    for (const command of commandsOf(file).filter((line) => !line.endsWith(' explore'))) {
      it(`${file}: ${command}`, () => {
        expect(command).toMatch(/^npx shim-spec /);
        const run = command.replace(/^npx shim-spec/, `'${process.execPath}' '${root}dist/cli/main.js'`);
        const { status, stderr } = spawnSync('sh', ['-c', run], { cwd: folder, encoding: 'utf8' });
        const expected = codes.find(([part]) => command.includes(part))?.[1] ?? 0;
        expect(status, stderr).toBe(expected);
      });
    }
  }

  it('say which revisions can have written the log of guide 4', () => {
    const verdictOf = (spec: string): string => {
      const args = [join(root, 'dist/cli/main.js'), 'validate', 'docs/guides/overtaken.log', '--spec', spec];
      const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      return stdout.split('\n').find((line) => line.startsWith('this log is')) ?? '';
    };
    expect(verdictOf('mu-locked')).toBe('this log is a behaviour of mu-locked');
    expect(verdictOf('running-execs')).toMatch(/^this log is not a behaviour of running-execs/);
  });
});
