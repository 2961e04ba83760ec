import { type Revision, revisions } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

/** @throws InputError for a slug that no revision has */
export function findRevision(slug: string): Revision {
  const found = revisions.find((revision) => revision.slug === slug);
  if (found) return found;
  throw new InputError(
    `there is no revision ${slug} (got '${slug}', allowed ${revisions.map((revision) => revision.slug).join(', ')})`,
    exitCode.usage,
  );
}
