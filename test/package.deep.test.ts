import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const user = mkdtempSync(join(tmpdir(), 'package-'));
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let tarball = '';

const npm = (...args: readonly string[]) => spawnSync('npm', args, { cwd: user, encoding: 'utf8' });
const tool = (name: string, ...args: readonly string[]) =>
  spawnSync(join(root, 'node_modules/.bin', name), args, { cwd: root, encoding: 'utf8' });

beforeAll(() => {
  execFileSync('npm', ['pack', '--pack-destination', user], { cwd: root, stdio: 'pipe' });
  tarball = join(user, readdirSync(user).find((file) => file.endsWith('.tgz')) ?? '');
  writeFileSync(join(user, 'package.json'), '{"private": true, "type": "module"}');
});
afterAll(() => rmSync(user, { recursive: true }));

describe('the package', () => {
  it.each([
    ['in a folder', []],
    ['globally', ['--global', '--prefix', join(user, 'global')]],
  ])('installs %s without a warning', (_, flags) => {
    const { status, stderr } = npm('install', ...flags, tarball);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('runs its commands', () => {
    const run = (name: string, ...args: readonly string[]) =>
      spawnSync(join(user, 'global/bin', name), args, { encoding: 'utf8' });
    expect(run('shim-spec', '--help')).toMatchObject({ status: 0, stderr: '' });
    expect(run('containerd-shim-spec-v2')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^containerd-shim-spec-v2: .*\n$/),
    });
    const check = spawnSync('npx', ['shim-spec', 'check', '--execs', '0'], { cwd: user, encoding: 'utf8' });
    expect([check.status, check.stderr]).toEqual([11, '']);
    expect(check.stdout).toContain('complete: ');
    const worker = ['shim-spec', 'worker', '--queue', 'redis://127.0.0.1:1'];
    expect(spawnSync('npx', worker, { cwd: user, encoding: 'utf8' })).toMatchObject({
      status: 153,
      stderr: expect.stringContaining("run 'npm install bullmq@"),
    });
  });

  it('type-checks under strict and nodenext, its own declarations too', () => {
    const names = Object.keys(exports).map(
      (path, i) => `import * as m${i} from 'shim-spec${path.slice(1)}';\nvoid m${i};`,
    );
    writeFileSync(join(user, 'all.ts'), names.join('\n'));
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      noEmit: true,
      types: ['node'],
    };
    writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['all.ts'] }));
    npm('install', '--no-audit', '@types/node@20');
    const { stdout } = tool('tsc', '-p', user);
    expect(stdout).toBe('');
  });

  it('has nothing that publint or attw finds', () => {
    expect(tool('publint', '--strict').stdout).toMatch(/All good!/);
    const attw = tool('attw', tarball, '--profile', 'esm-only', '--no-color');
    expect(attw.status, attw.stdout).toBe(0);
  });

  it('names no file that is not in it, and says where it comes from', () => {
    const installed = join(user, 'node_modules/shim-spec');
    const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    const maps = files.filter(
      (file) =>
        file.endsWith('.js') &&
        readFileSync(join(installed, 'dist', file), 'utf8').includes('\n//# sourceMappingURL='),
    );
    expect(maps).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    for (const key of ['repository', 'homepage', 'bugs'])
      expect(JSON.stringify(manifest[key])).toMatch(/https:/);
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(manifest.scripts).not.toHaveProperty(script);
  });

  it('comes with the examples and the logs of the guides', () => {
    const installed = join(user, 'node_modules/shim-spec');
    expect(readdirSync(join(installed, 'examples'))).toEqual(readdirSync(join(root, 'examples')));
    expect(readdirSync(join(installed, 'docs/guides'))).toEqual(readdirSync(join(root, 'docs/guides')));
  });
});
