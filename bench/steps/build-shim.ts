import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** containerd's Go module. */
const module = 'github.com/containerd/containerd/v2';
/** The newest release that the Go proxy has on 1 December 2026; the mutants are edits of it. */
export const pinnedVersion = 'v2.4.2';
/** The Go programs stand beside this file's source, also where it was built. */
const sources = fileURLToPath(new URL('.', import.meta.url)).replace('/dist/bench/', '/bench/');
/** What is built is kept between runs. */
const cache = join(tmpdir(), 'shim-spec-steps');

/** The recording shim cannot be built here. The message says what to run. */
export class StepsBuildError extends Error {
  override readonly name = 'StepsBuildError';
}

/** An edit of `service.go`: a text that stands once in a function, and what stands there instead. */
export interface SourceChange {
  readonly in: string;
  readonly old: string;
  readonly new: string;
}

/** Which shim is built. */
export interface ShimBuild {
  /** Release of containerd. Default: {@link pinnedVersion} */
  readonly version?: string;
  /** Mutants of service.go beside the real one, each as its edits. Default: none. */
  readonly mutants?: readonly (readonly SourceChange[])[];
}

/** A mutant that Go does not take: its number, from 1, and what Go said. */
export class MutantError extends StepsBuildError {
  readonly mutant: number;

  constructor(mutant: number, said: string) {
    super(`mutant ${mutant} does not compile: ${said}`);
    this.mutant = mutant;
  }
}

/**
 * Builds containerd's runc shim so that it records its steps.
 *
 * @returns the path of the binary, which writes to the file that `SHIM_STEPS` names; with mutants, `SHIM_STEPS_MUTANT` is
 *   the number of the one that serves, from 1
 * @throws StepsBuildError with what Go said, and what to run; MutantError for a mutant
 */
export function buildStepsShim({ version = pinnedVersion, mutants = [] }: ShimBuild = {}): string {
  const folder = join(cache, version);
  const copy = copyOfModule(folder, version);
  const out = join(folder, mutants.length === 0 ? 'shim' : 'mutants');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const list = join(out, 'mutants.json');
  writeFileSync(list, JSON.stringify(mutants));
  const overlay = join(folder, 'overlay');
  const programs = ['main.go', 'instrument.go'].map((file) => join(sources, 'overlay', file));
  run('go', ['build', '-o', overlay, ...programs], cache);
  const args = ['-module', copy, '-out', out, '-recorder', join(sources, 'recorder'), '-version', version];
  run(overlay, mutants.length === 0 ? args : [...args, '-mutants', list], out);
  const binary = join(out, 'containerd-shim-runc-v2');
  run(
    'go',
    ['build', '-overlay', join(out, 'overlay.json'), '-o', binary, './cmd/containerd-shim-runc-v2'],
    copy,
  );
  return binary;
}

/** Files below Go's module cache cannot be overlaid: the module is built from a copy. */
function copyOfModule(folder: string, version: string): string {
  const copy = join(folder, 'module');
  const found = downloaded(version);
  requireGo(readFileSync(found.GoMod, 'utf8'), version);
  if (existsSync(copy)) return copy;
  mkdirSync(folder, { recursive: true });
  const half = `${copy}.${process.pid}`;
  cpSync(found.Dir, half, { recursive: true });
  renameSync(half, copy);
  return copy;
}

function downloaded(version: string): { readonly Dir: string; readonly GoMod: string } {
  mkdirSync(cache, { recursive: true });
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  const { status, stdout, stderr, error } = spawnGo(args, cache);
  if (error)
    throw new StepsBuildError(
      `go cannot be run (got ${error.message}, allowed Go 1.26 or newer): install it, and run this again`,
    );
  if (status !== 0)
    throw new StepsBuildError(
      `containerd's module cannot be had (got ${failureOf(stdout, stderr)}): run 'go ${args.join(' ')}' where a Go proxy has it`,
    );
  return JSON.parse(stdout) as { readonly Dir: string; readonly GoMod: string };
}

function failureOf(stdout: string, stderr: string): string {
  const told = /"Error": "(.*)"/.exec(stdout)?.[1] ?? stderr;
  return told.trim().split('\n').at(-1) ?? '';
}

/** @throws StepsBuildError for a Go that is older than the module asks for; none is downloaded instead */
export function requireGo(goMod: string, version: string, own: string = goVersion()): void {
  const wanted = /^go (\S+)$/m.exec(goMod)?.[1] ?? '1.26';
  if (compare(own, wanted) >= 0) return;
  throw new StepsBuildError(
    `Go is too old for containerd ${version} (got ${own}, allowed ${wanted} or newer): install one from https://go.dev/dl, or name an older release with --version`,
  );
}

function goVersion(): string {
  return spawnGo(['env', 'GOVERSION'], cache).stdout.trim().replace(/^go/, '').split(' ')[0] ?? '';
}

function compare(a: string, b: string): number {
  const [x, y] = [a, b].map((each) => each.split('.').map((part) => Number.parseInt(part, 10) || 0)) as [
    number[],
    number[],
  ];
  const i = [0, 1, 2].find((each) => (x[each] ?? 0) !== (y[each] ?? 0)) ?? 0;
  return (x[i] ?? 0) - (y[i] ?? 0);
}

function run(program: string, args: readonly string[], cwd: string): void {
  const ran = program === 'go' ? spawnGo(args, cwd) : spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (ran.status === 0 && !ran.error) return;
  const said = ran.error?.message ?? ran.stderr.trim();
  const [, mutant, because] = /^# \S+\/task(\d+)\n([^#]*)/m.exec(said) ?? [];
  if (mutant !== undefined) throw new MutantError(Number(mutant), (because ?? '').trim());
  throw new StepsBuildError(`the recording shim cannot be built (got ${said})`);
}

function spawnGo(
  args: readonly string[],
  cwd: string,
): { status: number | null; stdout: string; stderr: string; error?: Error } {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '' };
  return spawnSync('go', args, { cwd, env, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
}
