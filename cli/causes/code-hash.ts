import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Revision } from '../../spec/index.ts';

const here = fileURLToPath(import.meta.url);
const root = join(dirname(here), '../..');
const extension = extname(here);
const known = new Map<string, string>();
/** What makes a job's result, beside the checker and the specification. */
const searchModules = ['search-job', 'shared-search', 'replayed'];

/**
 * The hash of all code that a search of a revision rests on: the checker, what all revisions share of the specification, and
 * the revision's own module with what it imports. Another revision's module is none of it.
 */
export function codeHashOf(revision: Revision): string {
  const own = ownModuleOf(revision);
  const before = known.get(own);
  if (before !== undefined) return before;
  const search = searchModules.map((name) => join(dirname(here), `${name}${extension}`));
  const code = hashOf([...filesIn('checker'), ...search, ...specificationOf(revision)]);
  known.set(own, code);
  return code;
}

/** The hash of the code that says what a revision is, whatever searches it; 16 digits. */
export function specHashOf(revision: Revision): string {
  return hashOf(specificationOf(revision)).slice(0, 16);
}

function ownModuleOf({ slug, file }: Revision): string {
  return file === undefined ? join(root, `spec/revisions/${slug}${extension}`) : resolve(file);
}

function specificationOf(revision: Revision): string[] {
  // A module of one's own may import any revision from the package.
  const revisions = revision.file === undefined ? [] : filesIn('spec/revisions');
  const shared = filesIn('spec').filter((each) => !each.startsWith(join(root, 'spec/revisions/')));
  return [...shared, ...revisions, ...withImports(ownModuleOf(revision))];
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const each of [...new Set(files)].toSorted())
    hash.update(nameIn(each)).update(readFileSync(each)).update('\0');
  return hash.digest('hex');
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => extname(name) === extension)
    .map((name) => join(root, folder, name));
}

/** A module, and those that it imports by relative paths. */
function withImports(file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/\bfrom\s+['"](\.[^'"]+)['"]/g))
    withImports(resolve(dirname(file), path), found);
  return found;
}

/** The same on every machine for the package's own files. */
function nameIn(file: string): string {
  return file.startsWith(root) ? file.slice(root.length) : (file.split('/').at(-1) ?? '');
}
