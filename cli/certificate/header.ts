import { OptionError } from '../../checker/option-checks.ts';
import { boundOf } from '../../render/bound.ts';
import { findRevision } from '../../render/find-revision.ts';
import type { Bound, Revision } from '../../spec/index.ts';
import { specHashOf } from '../causes/code-hash.ts';
import { loadRevision } from '../run/revision-file.ts';
import { UnreadableError } from './read.ts';
import { CertificateError, type Claims } from './verifier.ts';

/** The first line of a certificate; each other line is a state, or a node of a decision diagram. */
export interface Header extends Claims {
  /** The version of this format. */
  readonly certificate: 1;
  /** The hash of the code that says what the revision is. */
  readonly code: string;
  readonly revision: { readonly slug: string; readonly file?: string };
  readonly bound: Bound;
}

/** What a certificate is about. */
export interface Certified {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly claims: Claims;
}

/** Reads the first line. @throws UnreadableError for no header; CertificateError for other code; InputError for a module */
export async function certifiedBy(line: unknown): Promise<Certified> {
  const header = headerIn(line);
  const { slug, file } = header.revision;
  const revision = file === undefined ? findRevision(slug) : await loadRevision(file);
  const code = specHashOf(revision);
  if (header.code !== code)
    throw new CertificateError(
      `it is of other code of ${slug} (got ${header.code}, allowed ${code}): search again with this version`,
    );
  return { revision, bound: boundIn(header), claims: header };
}

function headerIn(header: unknown): Header {
  const what = (name: string): UnreadableError =>
    new UnreadableError(`its first line is no header of a certificate: it has no ${name}`);
  if (!isObject(header) || header.certificate !== 1) throw what('version 1');
  const { code, revision, bound, states, ends, holds, diagram } = header;
  if (typeof code !== 'string') throw what('code');
  if (!isObject(revision) || typeof revision.slug !== 'string') throw what('revision');
  if (!['undefined', 'string'].includes(typeof revision.file)) throw what('file of its revision');
  if (!isObject(bound)) throw what('bound');
  if (
    !(diagram === undefined ? Number.isSafeInteger(states) : Number.isFinite(states)) ||
    (states as number) < 1
  )
    throw what('number of states');
  if (diagram !== undefined && !isLevels(diagram)) throw what('levels of its diagram');
  if (!isListOf(ends, (end) => isListOf(end, isText))) throw what('ends');
  if (!isListOf(holds, isText)) throw what('rules');
  return header as unknown as Header;
}

function isLevels(diagram: unknown): boolean {
  if (!isObject(diagram)) return false;
  const { ends, values, leftOut } = diagram;
  const isList = [ends, leftOut].every((list) => isListOf(list, Number.isInteger));
  return (
    isList && isListOf(values, Array.isArray) && (values as unknown[]).length === (ends as unknown[]).length
  );
}

function boundIn({ bound }: Header): Bound {
  try {
    return boundOf(bound);
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    throw new UnreadableError(`its bound is none: ${cause.message}`, { cause });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, isMember: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isMember);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
