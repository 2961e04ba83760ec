import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needDebian } from '../debian.ts';
import { isDeep } from '../depth.ts';
import { type Block, blocksOf, exitCodeOf, masked, patternOf } from './blocks.ts';
import { Terminal } from './terminal.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-guides-'));
/** The namespace in containerd, and the name of the cgroup that runc leaves of it. */
const namespace = basename(folder);
const guides = readdirSync(join(root, 'docs/guides')).filter((name) => name.endsWith('.md'));
/** The guides, and what else has commands with their output. */
const files = [...guides.map((name) => join('docs/guides', name)), 'docs/road.md', 'docs/reaper-fixes.md'];

beforeAll(() => {
  if (isDeep)
    needDebian(
      ['runc', 'containerd', 'containerd-shim-runc-v2', 'busybox'],
      ['runc', 'containerd', 'busybox-static'],
    );
});
afterAll(() => {
  execFileSync('find', [
    '/sys/fs/cgroup',
    '-ignore_readdir_race',
    '-depth',
    '-type',
    'd',
    '-name',
    namespace,
    '-delete',
  ]);
  rmSync(folder, { recursive: true });
});

/** A folder in which `npm install shim-spec` was run: the package as it is packed, with our copies of what it needs. */
function installed(): string {
  const modules = join(folder, 'installed/node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' })) as [
    { filename: string },
  ];
  mkdirSync(join(modules, 'shim-spec'));
  execFileSync('tar', ['xzf', join(folder, filename), '-C', join(modules, 'shim-spec'), '--strip', '1']);
  const { dependencies, optionalDependencies, bin } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'optionalDependencies' | 'bin', Record<string, string>>;
  writeFileSync(join(dirname(modules), 'package.json'), '{ "dependencies": { "shim-spec": "*" } }\n');
  // A link to what is not for this platform leads nowhere.
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const [name, file] of Object.entries(bin))
    symlinkSync(join('../shim-spec', file), join(modules, '.bin', name));
  return dirname(modules);
}

/** A clone in which `npm ci` was run: the files that git knows, and our copies of what that makes. */
function cloned(): string {
  const clone = join(folder, 'cloned');
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of list.trim().split('\n')) cpSync(join(root, file), join(clone, file));
  cpSync(join(root, 'dist'), join(clone, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  return clone;
}

/** A shell with mounts, processes and a network of its own where a guide runs containerd: this machine may have one. */
function shellFor(blocks: readonly Block[]): readonly [string, ...string[]] {
  if (!blocks.some(({ commands }) => /^ctr /m.test(commands))) return ['bash'];
  const hidden = ['/run', '/usr/local/bin', '/var/lib/containerd'];
  const mounts = hidden.map((path) => `mkdir -p ${path}; mount -t tmpfs none ${path}`).join('; ');
  const variables = `CONTAINERD_NAMESPACE=${namespace} PATH=${dirname(process.execPath)}:$PATH`;
  return [
    'unshare',
    ...['--mount', '--pid', '--net', '--ipc', '--fork', '--kill-child', '--mount-proc'],
    ...['bash', '-c', `${mounts}; ${variables} exec bash`],
  ];
}

/** Only the deep suite has blocks that need root, or some seconds. */
const isRun = ({ words }: Block): boolean => isDeep || !(words.includes('root') || words.includes('deep'));

const pages = files
  .map((file) => ({
    file,
    blocks: blocksOf(readFileSync(join(root, file), 'utf8')).filter(isRun),
  }))
  .filter(({ blocks }) => blocks.length > 0);

for (const [name, prepare] of [
  ['the installed package', installed],
  ...(isDeep ? [['a clone', cloned] as const] : []),
] as const) {
  describe(`docs/guides, from ${name}`, () => {
    let place = '';
    beforeAll(() => {
      place = prepare();
    });

    for (const { file, blocks } of pages) {
      describe(file, () => {
        let terminal: Terminal;
        beforeAll(() => {
          terminal = new Terminal(place, shellFor(blocks));
        });
        afterAll(() => terminal.close());

        for (const block of blocks) {
          const { commands, words, shown, line } = block;
          it(`line ${line}: ${commands.split('\n')[0]}`, async () => {
            const pattern = shown === null ? /^/ : patternOf(shown);
            if (words.includes('server'))
              return terminal.serve(commands, (text) => pattern.test(masked(text)));
            const { code, text } = await terminal.run(commands);
            expect(masked(text)).toMatch(pattern);
            expect(code, text).toBe(exitCodeOf(block));
          });
        }
      });
    }
  });
}

describe('docs/guides', () => {
  it('are paths with a goal', () => {
    expect(guides.length).toBeGreaterThan(5);
    for (const file of guides) {
      const page = readFileSync(join(root, 'docs/guides', file), 'utf8');
      expect(page, file).toMatch(/^# .*\n\nAt the end you have /m);
      expect(page, file).toMatch(/^## Where next$/m);
      expect(blocksOf(page).length, file).toBeGreaterThan(1);
    }
  });
});
