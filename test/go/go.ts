import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from '../../bench/matrix/install.ts';

/** Binaries are kept between runs. */
const cache = join(tmpdir(), 'shim-spec-go');

/** Installs a Go program at a pinned version. @returns its path @throws InstallError with what Go said */
export function goInstall(program: string, version: string): string {
  return install({ by: 'go', program, version }, cache);
}

/**
 * Builds a program of one file whose modules have pinned versions.
 *
 * @param requires `module@version`
 * @returns its path
 */
export function goBuild(name: string, source: string, requires: readonly string[]): string {
  const folder = join(cache, name);
  mkdirSync(folder, { recursive: true });
  copyFileSync(source, join(folder, 'main.go'));
  writeFileSync(join(folder, 'go.mod'), `module ${name}\n\ngo 1.22\n`);
  run(['get', ...requires], {}, folder);
  run(['build', '-o', name], {}, folder);
  return join(folder, name);
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd: string = tmpdir()): string {
  const { status, stdout, stderr, error } = spawnSync('go', args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (error)
    throw new Error(`go cannot be run (${error.message}): install Go 1.22 or newer, and run the test again`);
  if (status !== 0) throw new Error(`go ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** Downloads a Go module. @returns its folder, which is read-only @throws Error with the command to run */
export function goModule(module: string, version: string): string {
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  return (JSON.parse(run(args)) as { readonly Dir: string }).Dir;
}
