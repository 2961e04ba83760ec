/**
 * Loads a revision of the user's: a module that exports what `revisionOf` takes or returns.
 *
 * Its functions are wrapped, so that one that throws is named with its place in the file.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ModelError } from '../../checker/misuse.ts';
import { type Revision, revisionOf, revisions } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { printComplaint } from '../thread/session.ts';
import { revisionNotes } from './revision-notes.ts';

const howTo =
  "write export default revisionOf({ ...main, slug, title, steps }), as the guide 'Check a change of your own' shows";

/**
 * The revision that a module exports, as default or as its only revision. What is missing for its traces goes to
 * stderr.
 *
 * @param file as the user wrote it, seen from the current folder
 * @throws InputError where it cannot be imported, exports no revision, or has the slug of a built-in revision
 */
export async function loadRevision(file: string): Promise<Revision> {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    const got = found ? (found.isDirectory() ? 'a folder' : 'a device or a pipe') : 'a path without a file';
    throw new InputError(
      `there is no revision ${file} (got ${got}, allowed a .js, .mjs or .ts module, or ${slugs()}): look at the path`,
      exitCode.file,
    );
  }
  const url = pathToFileURL(path).href;
  const parts = assertWhole(file, onlyRevision(file, await importModule(file, url)));
  if (revisions.some(({ slug }) => slug === parts.slug)) throw sameSlug(parts.slug, parts.slug, file);
  const revision = { ...revisionOf({ ...parts, ...guarded(file, url, parts) }), file };
  for (const note of revisionNotes(revision)) printComplaint(`shim-spec: ${file}: ${note}\n`);
  return revision;
}

/** @throws InputError for two revisions that their slugs do not tell apart */
export function assertApart(all: readonly Revision[]): void {
  for (const [i, { slug, file = slug }] of all.entries()) {
    const twin = all.slice(0, i).find((other) => other.slug === slug);
    if (twin) throw sameSlug(slug, twin.file ?? twin.slug, file);
  }
}

function sameSlug(slug: string, one: string, two: string): InputError {
  return new InputError(
    `two revisions have the slug ${slug} (got it of ${one} and of ${two}, allowed once): ${one === two ? 'give it once' : `change the slug in ${two}`}`,
    exitCode.usage,
  );
}

async function importModule(file: string, url: string): Promise<object> {
  try {
    return (await import(url)) as object;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const unusable = (got: string, allowed: string, advice: string): InputError =>
      new InputError(
        `${file} cannot be imported (got ${got}, allowed ${allowed}): ${advice}`,
        exitCode.file,
        {
          cause,
        },
      );
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw unusable(
        `Node ${process.versions.node}, which does not import this kind of file`,
        '.js and .mjs; .ts from Node 22.18 on',
        `compile it (npx tsc --module nodenext --target es2023 ${file}) and give the .js file, or take a newer Node`,
      );
    }
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'shim-spec'")) {
      throw unusable(
        'no package shim-spec beside it',
        'one that it can import',
        'run npm install shim-spec in its folder',
      );
    }
    if (cause instanceof SyntaxError && message.includes('outside a module')) {
      throw unusable(
        'a .js file of a package that is not of "type": "module"',
        '.mjs, or .js in a package of that type',
        'rename it to end in .mjs',
      );
    }
    throw unusable(`${placeOf(url, cause)}${text(cause)}`, 'a module that runs', 'mend it');
  }
}

/** Its default export, or the only one that looks like a revision. */
function onlyRevision(file: string, module: object): object {
  const exported = Object.entries(module);
  const candidates = exported.filter(
    ([, value]) => typeof value === 'object' && value !== null && 'steps' in value,
  );
  const found = candidates.find(([name]) => name === 'default') ?? candidates[0];
  if (found && (found[0] === 'default' || candidates.length === 1)) return found[1] as object;
  const got = exported.map(([name]) => name).join(', ') || 'no export';
  throw new InputError(
    `${file} exports ${candidates.length === 0 ? 'no revision' : 'several revisions'} (got ${got}, allowed one, as default): ${howTo}`,
    exitCode.file,
  );
}

/** Commands, tables and reports name a revision by its slug. */
const slugPattern = /^[\w.-]+$/;

/** The fields that a revision cannot do without. */
const fields: readonly (readonly [name: keyof Revision, type: string])[] = [
  ['slug', 'string'],
  ['title', 'string'],
  ['initial', 'function'],
  ['steps', 'object'],
  ['afterRunc', 'function'],
  ['afterRuncFailed', 'function'],
];

function assertWhole(file: string, parts: object): Revision {
  for (const [name, type] of fields) {
    const value = (parts as Partial<Revision>)[name];
    if (typeof value === type && value !== null && value !== '') continue;
    throw new InputError(
      `the revision of ${file} has no ${name} (got ${value === '' ? 'an empty text' : typeof value}, allowed a ${type}): ${howTo}`,
      exitCode.file,
    );
  }
  const revision = parts as Revision;
  if (!slugPattern.test(revision.slug)) {
    throw new InputError(
      `the slug of ${file} cannot be used (got ${JSON.stringify(revision.slug)}, allowed letters, digits, '.', '_' and '-'): change it`,
      exitCode.file,
    );
  }
  for (const [name, step] of Object.entries(revision.steps)) {
    if (typeof step?.take === 'function' && typeof step.takers === 'function') continue;
    throw new InputError(
      `the step ${name} of ${file} is no step (got ${typeof step}, allowed what byCalls, byThreads, byProcesses or byExitLoop return): make it with one of these`,
      exitCode.file,
    );
  }
  return revision;
}

/** The functions of a revision, so that an error names the one that threw, and its place. */
function guarded(file: string, url: string, parts: Revision): Partial<Revision> {
  const { steps, initial, afterRunc, afterRuncFailed, keeps, rules, slug } = parts;
  const guard =
    <A extends unknown[], R>(what: string, run: (...args: A) => R) =>
    (...args: A): R => {
      try {
        return run(...args);
      } catch (cause) {
        if (cause instanceof ModelError) throw cause;
        throw new ModelError(
          `${what} of ${slug} failed (got ${placeIn(url, cause) || `${file}: `}${text(cause)}, allowed no error): mend it`,
          { cause },
        );
      }
    };
  return {
    steps: Object.fromEntries(
      Object.entries(steps).map(([name, step]) => [
        name,
        { ...step, take: guard(`step ${name}`, step.take) },
      ]),
    ),
    initial: guard('initial', initial),
    afterRunc: guard('afterRunc', afterRunc),
    afterRuncFailed: guard('afterRuncFailed', afterRuncFailed),
    ...(keeps ? { keeps: guard('keeps', keeps) } : {}),
    ...(rules
      ? {
          rules: guard('rules', (bound, state) =>
            rules(bound, state).map((rule) => ({
              ...rule,
              check: guard(`rule '${rule.name}'`, rule.check) as typeof rule.check,
            })),
          ),
        }
      : {}),
  };
}

/** `/tmp/mine.js:12:30: `, where an error was thrown or passed in that file; empty where it does not say. */
function placeIn(url: string, cause: unknown): string {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const after = stack.slice(stack.indexOf(url) + url.length);
  const [, place = ''] = /^(?:\?[^:\s]*)?((?::\d+)+)/.exec(stack.includes(url) ? after : '') ?? [];
  return place === '' ? '' : `${fileURLToPath(url)}${place}: `;
}

/** The same of an error of `import`, which does not say where the syntax is wrong. */
function placeOf(url: string, cause: unknown): string {
  if (!(cause instanceof SyntaxError)) return placeIn(url, cause);
  const path = fileURLToPath(url);
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  const [first = ''] = stderr.split('\n');
  return first.startsWith(`${path}:`) ? `${first}: ` : '';
}

function text(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

function slugs(): string {
  return revisions.map(({ slug }) => slug).join(', ');
}
