import { type OptionError, refusal } from '../checker/option-checks.ts';
import { type Revision, revisions } from '../spec/index.ts';
import { adviceFor } from './closest-names.ts';

/** @throws OptionError for a slug that no revision has */
export function findRevision(slug: string): Revision {
  const found = revisions.find((revision) => revision.slug === slug);
  if (found) return found;
  throw unknownRevision(slug);
}

/** Whether a text that names a revision is the path of a module: it has a slash, or ends as a module does. */
export function isRevisionFile(text: string): boolean {
  return /[/\\]|[.][cm]?[jt]s$/.test(text);
}

/** What names a revision on the command line: its slug, or the path of its module. */
export function revisionName({ slug, file }: Pick<Revision, 'slug' | 'file'>): string {
  if (file === undefined) return slug;
  return /^[\w./@+-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}

function unknownRevision(slug: string): OptionError {
  const slugs = revisions.map((revision) => revision.slug);
  return refusal(
    `there is no revision ${slug}`,
    'revision',
    slug,
    `${slugs.join(', ')}, or a path such as ./mine.mjs`,
    adviceFor(slug, slugs),
  );
}
