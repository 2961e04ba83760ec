import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { readText } from '../read-text.ts';
import { type GoFunction, GoSyntaxError, goFunctions } from './go-functions.ts';
import type { Mirrored, MirroredFunction } from './mirrored.ts';

/** containerd's largest files have a tenth of this. */
const fileBytesMax = 4 * 2 ** 20;

/** Folders of containerd that were renamed, each with all its names. */
const renamed: readonly (readonly string[])[] = [
  ['runtime/v2/runc/task', 'cmd/containerd-shim-runc-v2/task'],
  ['runtime/v2/runc', 'cmd/containerd-shim-runc-v2/runc'],
  ['runtime/v2/shim', 'pkg/shim'],
];

/** Where a function is now. */
export interface Place {
  /** Path of its file below the folder that was asked of. */
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** A mirrored function, and what became of it. */
export interface Drift {
  readonly was: MirroredFunction;
  readonly outcome: 'same' | 'changed' | 'gone';
  /** Null where it is gone. */
  readonly now: Place | null;
}

/**
 * Compares the functions that a revision mirrors with a checkout or module of containerd.
 *
 * @param folder the root of containerd's repository, or of its Go module
 * @throws InputError for a folder that is not containerd's, and for a file of it that cannot be read
 */
export function driftOf(mirrored: Mirrored, folder: string): Drift[] {
  const read = functionReader(folder);
  const files = new Set(mirrored.functions.map(({ file }) => file));
  if (![...files].some((file) => placesOf(file).some((place) => existsSync(join(folder, place)))))
    throw new InputError(notContainerd(folder, [...files]), exitCode.file);
  return mirrored.functions.map((was) => {
    const now = placesOf(was.file).flatMap((file) => read(file, was.name));
    const [found] = now;
    if (!found) return { was, outcome: 'gone', now: null };
    const { hash, ...place } = found;
    return { was, outcome: hash === was.hash ? 'same' : 'changed', now: place };
  });
}

/** The paths that a file of containerd has or had. */
function placesOf(file: string): string[] {
  const folder = dirname(file);
  const names = renamed.find((all) => all.includes(folder)) ?? [folder];
  return [folder, ...names.filter((name) => name !== folder)].map((name) => `${name}/${basename(file)}`);
}

/** Finds a function in a file, or else beside it; each file is read once. */
function functionReader(
  folder: string,
): (file: string, name: string) => (Place & { readonly hash: string })[] {
  const known = new Map<string, readonly GoFunction[]>();
  const functionsIn = (file: string): readonly GoFunction[] => {
    const before = known.get(file);
    if (before) return before;
    const read = readFunctions(join(folder, file));
    known.set(file, read);
    return read;
  };
  return (file, name) => {
    const beside = goFilesIn(join(folder, dirname(file))).map((each) => `${dirname(file)}/${each}`);
    return [file, ...beside.filter((each) => each !== file)]
      .filter((each) => each !== file || beside.includes(file))
      .flatMap((each) =>
        functionsIn(each)
          .filter((one) => one.name === name)
          .map(({ from, to, hash }) => ({ file: each, from, to, hash })),
      );
  };
}

function goFilesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'));
}

function readFunctions(path: string): GoFunction[] {
  try {
    return goFunctions(readText(path, fileBytesMax));
  } catch (error) {
    const cause = error instanceof GoSyntaxError ? error.message : causeText(error);
    throw new InputError(
      `cannot read ${path} (got ${cause}): name a whole checkout or module of containerd`,
      exitCode.file,
    );
  }
}

function notContainerd(folder: string, files: readonly string[]): string {
  const stat = statSync(folder, { throwIfNoEntry: false });
  const got = stat ? (stat.isDirectory() ? 'a folder without these' : 'a file') : 'nothing there';
  const places = files.flatMap(placesOf).join(', ');
  return `${folder} is no containerd (got ${got}, allowed a folder that has one of ${places}): name a checkout, or what \`go mod download -json github.com/containerd/containerd/v2@VERSION\` prints as Dir`;
}
