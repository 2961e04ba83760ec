/** Brings programs here by their registries' ordinary clients, at pinned versions, into one cache folder. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from './subjects.ts';

const shownLines = 6;
const clone = fileURLToPath(new URL('../../../', import.meta.url));

/** A program could not be installed: the client's own words. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}

/** The command that brings a program here, as a reader would type it. */
export function installCommand(source: Source): string {
  switch (source.by) {
    case 'go':
      return `go install ${source.program}@${source.version}`;
    case 'cargo':
      return `cargo ${cargoArgs(source).join(' ')}`;
    case 'apt':
      return `apt-get install -y ${source.package}`;
    case 'clone':
      return 'npm run build';
  }
}

/** @returns the path of the program, or of the script around it; installed where it was not @throws InstallError */
export function install(source: Source, cache: string): string {
  const path = installed(source, cache);
  return source.wrapper?.(path, cache) ?? path;
}

function installed(source: Source, cache: string): string {
  if (source.by === 'clone') return existing(join(clone, source.path), source);
  if (source.by === 'apt') {
    if (!existsSync(source.path)) run('apt-get', ['install', '-y', source.package]);
    return existing(source.path, source);
  }
  const folder = join(cache, folderOf(source));
  const path = join(folder, binaryOf(source));
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  if (source.by === 'go') goInstall(source, folder);
  else cargoInstall(source, folder);
  return existing(path, source);
}

type Built = Extract<Source, { by: 'go' | 'cargo' }>;

function binaryOf(source: Built): string {
  return source.binary ?? (source as { program: string }).program.split('/').at(-1) ?? '';
}

function folderOf(source: Built): string {
  const name = source.by === 'go' ? source.program : source.crate;
  return `${name.replaceAll('/', '+')}@${source.version}`;
}

function goInstall(source: Extract<Source, { by: 'go' }>, folder: string): void {
  const { program, version } = source;
  const made = join(folder, program.split('/').at(-1) ?? '');
  try {
    run('go', ['install', `${program}@${version}`], folder, { GOBIN: folder });
  } catch (error) {
    if (!/(replace|exclude) directives/.test((error as Error).message)) throw error;
    goBuild(program, version, folder);
  }
  if (made !== join(folder, binaryOf(source))) renameSync(made, join(folder, binaryOf(source)));
}

/** `go install` refuses a module whose go.mod replaces or excludes others, as containerd of 1.7 to 2.1 does; as a requirement it is built. */
function goBuild(program: string, version: string, folder: string): void {
  writeFileSync(join(folder, 'go.mod'), 'module built\n\ngo 1.22\n');
  writeFileSync(join(folder, 'tools.go'), `//go:build tools\n\npackage built\n\nimport _ "${program}"\n`);
  run('go', ['get', `${program}@${version}`], folder);
  run('go', ['build', '-o', program.split('/').at(-1) ?? '', program], folder);
}

function cargoArgs({ crate, version, features = [] }: Extract<Source, { by: 'cargo' }>): string[] {
  const chosen = features.length === 0 ? [] : ['--features', features.join(',')];
  return ['install', crate, '--version', version, '--locked', ...chosen];
}

function cargoInstall(source: Extract<Source, { by: 'cargo' }>, folder: string): void {
  const target = join(folder, 'target');
  run('cargo', [...cargoArgs(source), '--root', folder], folder, { CARGO_TARGET_DIR: target });
  const made = join(folder, 'bin');
  run('sh', ['-c', 'mv "$0"/* "$1"', made, folder]);
  rmSync(target, { recursive: true, force: true });
}

function existing(path: string, source: Source): string {
  if (existsSync(path)) return path;
  throw new InstallError(`${installCommand(source)} made no ${path}`);
}

function run(
  program: string,
  args: readonly string[],
  cwd: string = clone,
  env: NodeJS.ProcessEnv = {},
): void {
  const { status, stderr, error } = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (error)
    throw new InstallError(`${program} cannot be run (${error.message}): install it, and run this again`);
  if (status !== 0) throw new InstallError(lastWords(stderr) || `${program} ended with ${status}`);
}

/** What a client said of its failure: its errors, or else its last lines. */
function lastWords(stderr: string): string {
  const lines = stderr
    .trim()
    .split('\n')
    .filter((line) => !/^\s*(Downloaded|Compiling|go: downloading)/.test(line));
  const at = lines.findIndex((line) => /^error|^go: /.test(line));
  return lines
    .slice(at < 0 ? -shownLines : at)
    .slice(0, shownLines)
    .join('\n')
    .trim();
}
