import { Argument, type Command } from 'commander';
import { findRevision, isRevisionFile } from '../../render/find-revision.ts';
import { type Revision, revisions } from '../../spec/index.ts';

/** What a command is about that is given no revision. */
export const revisionDefault: Revision = findRevision('early-exits');

/** A revision that stands in a file of the user's: {@link loadRevisions} puts the revision into its place. */
class RevisionFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/**
 * Reads what names a revision: a slug, or the path of a module.
 *
 * @returns the revision; for a path what stands for it until {@link loadRevisions} has run, before a command's action
 * @throws OptionError for a slug that no revision has
 */
export function parseRevision(text: string): Revision {
  return isRevisionFile(text) ? (new RevisionFile(text) as unknown as Revision) : findRevision(text);
}

/** The argument `[revision]`; a command that is given none takes {@link revisionDefault}. */
export function revisionArgument(description: string): Argument {
  return new Argument('[revision]', describe(description)).argParser(parseRevision);
}

/** The argument `[revision...]`. */
export function revisionsArgument(description: string): Argument {
  return new Argument('[revision...]', describe(description)).argParser(
    (text: string, before: readonly Revision[] | undefined) => [...(before ?? []), parseRevision(text)],
  );
}

function describe(description: string): string {
  const slugs = revisions.map(({ slug }) => slug).join(', ');
  return `${description}: one of ${slugs}, or the path of a module of your own (default: ${revisionDefault.slug})`;
}

/**
 * Loads the modules that the arguments and flags of a command name, before it runs.
 *
 * @throws InputError for a module that cannot be used
 */
export async function loadRevisions(command: Command): Promise<void> {
  const args = command.processedArgs;
  for (const [i, value] of args.entries()) {
    args[i] = Array.isArray(value) ? await Promise.all(value.map(loaded)) : await loaded(value);
  }
  for (const [name, value] of Object.entries(command.opts())) {
    if (value instanceof RevisionFile) command.setOptionValueWithSource(name, await loaded(value), 'cli');
  }
}

async function loaded(value: unknown): Promise<unknown> {
  if (!(value instanceof RevisionFile)) return value;
  const { loadRevision } = await import('../run/revision-file.ts');
  return loadRevision(value.path);
}
