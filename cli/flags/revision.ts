import { Argument } from 'commander';
import { findRevision } from '../../render/find-revision.ts';
import { type Revision, revisions } from '../../spec/index.ts';

/** What a command is about that is given no revision. */
export const revisionDefault: Revision = findRevision('early-exits');

/** The argument `[revision]`; a command that is given none takes {@link revisionDefault}. */
export function revisionArgument(description: string): Argument {
  const slugs = revisions.map(({ slug }) => slug).join(', ');
  return new Argument(
    '[revision]',
    `${description}: one of ${slugs} (default: ${revisionDefault.slug})`,
  ).argParser(findRevision);
}
