import { type OptionError, refusal } from '../checker/option-checks.ts';
import { type Revision, revisions } from '../spec/index.ts';
import { closestNames } from './closest-names.ts';

/** @throws OptionError for a slug that no revision has */
export function findRevision(slug: string): Revision {
  const found = revisions.find((revision) => revision.slug === slug);
  if (found) return found;
  throw unknownRevision(slug);
}

function unknownRevision(slug: string): OptionError {
  const slugs = revisions.map((revision) => revision.slug);
  const [closest] = closestNames(slug, slugs);
  return refusal(
    `there is no revision ${slug}`,
    'revision',
    slug,
    slugs.join(', '),
    `did you mean ${closest}?`,
  );
}
