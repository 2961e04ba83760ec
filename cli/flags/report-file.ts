import { readFileSync } from 'node:fs';
import type { Bound, Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { findRevision } from './find-revision.ts';

/** A trace that a report holds. */
export interface TracedProperty {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly property: string;
  readonly subject: string;
  readonly labels: readonly string[];
}

interface ReportFile {
  readonly revision: { readonly slug: string };
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
export function traceFrom(flag: string, file: string, property: string | undefined): TracedProperty {
  const report = readReport(flag, file);
  const traced = report.results.filter((result) => result.trace !== null);
  const wanted = traced.find((result) =>
    property === undefined ? result.verdict === 'violated' : result.property === property,
  );
  if (!wanted?.trace) {
    throw new InputError(
      `${file} holds no such trace (got --property ${property ?? 'missing: the first violated one is meant'}, allowed ${traced.map((r) => `'${r.property}'`).join(', ') || 'none: the file has no trace'})`,
      exitCode.file,
    );
  }
  return {
    revision: findRevision(report.revision.slug),
    bound: report.bound,
    property: wanted.property,
    subject: wanted.subject ?? '',
    labels: wanted.trace.steps.map((step) => step.action),
  };
}

function readReport(flag: string, file: string): ReportFile {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as ReportFile;
    if (!Array.isArray(report.results) || !report.bound || !report.revision)
      throw new TypeError('not a report');
    return report;
  } catch (cause) {
    throw new InputError(
      `${flag} ${file} cannot be used (${(cause as Error).message}): give a file written by 'shim-spec check --format json --output FILE'`,
      exitCode.file,
      { cause },
    );
  }
}
