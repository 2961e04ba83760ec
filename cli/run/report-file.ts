import { readFileSync } from 'node:fs';
import { boundOf } from '../../render/bound.ts';
import { closestNames } from '../../render/closest-names.ts';
import { findRevision } from '../../render/find-revision.ts';
import type { Bound, Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { loadRevision } from './revision-file.ts';

/** A trace that a report holds. */
export interface TracedProperty {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly property: string;
  readonly subject: string;
  readonly labels: readonly string[];
}

interface ReportFile {
  readonly revision: { readonly slug: string; readonly file?: string };
  readonly bound: Bound;
  readonly results: readonly {
    readonly property: string;
    readonly verdict: string;
    readonly subject: string | null;
    readonly trace: { readonly steps: readonly { readonly action: string }[] } | null;
  }[];
}

/**
 * The trace of a property in a report of `check --format json`.
 *
 * @param property default: the first that is violated
 * @throws InputError where the file is no report, or holds no such trace
 */
export async function traceFrom(
  flag: string,
  file: string,
  property: string | undefined,
): Promise<TracedProperty> {
  const { revision, bound, results } = await readReport(flag, file);
  const traced = results.filter((result) => result.trace !== null);
  const wanted = traced.find((result) =>
    property === undefined ? result.verdict === 'violated' : result.property === property,
  );
  if (!wanted?.trace)
    throw noTrace(
      flag,
      file,
      property,
      traced.map((result) => result.property),
    );
  return {
    revision,
    bound,
    property: wanted.property,
    subject: wanted.subject ?? '',
    labels: wanted.trace.steps.map((step) => step.action),
  };
}

function noTrace(
  flag: string,
  file: string,
  property: string | undefined,
  names: readonly string[],
): InputError {
  const got = property === undefined ? 'no --property' : `--property ${property}`;
  const allowed = names.map((name) => `'${name}'`).join(', ') || 'none: the file has no trace';
  const [closest] = closestNames(property ?? '', names);
  const advice =
    property === undefined || closest === undefined
      ? 'give a report of a violated property'
      : `did you mean '${closest}'?`;
  return new InputError(
    `${flag} ${file} holds no such trace (got ${got}, allowed ${allowed}): ${advice}`,
    exitCode.file,
  );
}

async function readReport(
  flag: string,
  file: string,
): Promise<Pick<TracedProperty, 'revision' | 'bound'> & Pick<ReportFile, 'results'>> {
  try {
    const { revision, bound, results } = JSON.parse(readFileSync(file, 'utf8')) as ReportFile;
    if (!Array.isArray(results)) throw new TypeError('it is not a report');
    const named = await (revision.file === undefined
      ? findRevision(revision.slug)
      : loadRevision(revision.file));
    return { revision: named, bound: boundOf(bound), results };
  } catch (cause) {
    throw new InputError(
      `${flag} ${file} cannot be used (${(cause as Error).message}): give a file written by 'shim-spec check --format json --output FILE'`,
      exitCode.file,
      { cause },
    );
  }
}
