import { OptionError } from '../../checker/option-checks.ts';
import { boundOf } from '../../render/bound.ts';
import { adviceFor } from '../../render/closest-names.ts';
import { findRevision } from '../../render/find-revision.ts';
import type { Bound, Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { readText } from '../read-text.ts';
import { loadRevision } from './revision-file.ts';

const reportMaxBytes = 64 * 2 ** 20;

const howTo = "give a file written by 'shim-spec check --format json --output FILE'";

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
  const advice =
    property === undefined || names.length === 0
      ? 'give a report of a violated property'
      : adviceFor(
          property,
          names.map((name) => `'${name}'`),
        );
  return new InputError(
    `${flag} ${file} holds no such trace (got ${got}, allowed ${allowed}): ${advice}`,
    exitCode.file,
  );
}

async function readReport(
  flag: string,
  file: string,
): Promise<Pick<TracedProperty, 'revision' | 'bound'> & Pick<ReportFile, 'results'>> {
  const report = parsed(flag, file, textOf(flag, file));
  const got = gotInsteadOfReport(report);
  if (got !== null) throw unusable(flag, file, got);
  const { revision, bound, results } = report as ReportFile;
  try {
    const named = await (revision.file === undefined
      ? findRevision(revision.slug)
      : loadRevision(revision.file));
    return { revision: named, bound: boundOf(bound), results };
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    throw new InputError(`${flag} ${file} cannot be used: ${cause.message}`, exitCode.file, { cause });
  }
}

function textOf(flag: string, file: string): string {
  try {
    return readText(file, reportMaxBytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw unusable(flag, file, code === 'EFBIG' ? `more than ${reportMaxBytes} bytes` : causeText(cause));
  }
}

function parsed(flag: string, file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw unusable(flag, file, text.trim() === '' ? 'an empty file' : 'a text that is not JSON');
  }
}

/** What the JSON of a file is instead of a report; null for a report. */
function gotInsteadOfReport(json: unknown): string | null {
  if (!isObject(json)) return json === null ? 'null' : Array.isArray(json) ? 'a list' : `a ${typeof json}`;
  const { revision, bound, results } = json;
  if (!isObject(revision) || typeof revision.slug !== 'string') return 'an object without revision.slug';
  if (!['undefined', 'string'].includes(typeof revision.file))
    return 'an object whose revision.file is no text';
  if (!isObject(bound)) return 'an object without bound';
  if (!Array.isArray(results)) return 'an object without results';
  const strange = results.findIndex((result) => !isResult(result));
  return strange < 0 ? null : `a report whose results[${strange}] is not a result`;
}

function isResult(result: unknown): boolean {
  if (!isObject(result)) return false;
  const { property, verdict, trace } = result;
  if (typeof property !== 'string' || typeof verdict !== 'string') return false;
  if (trace === null) return true;
  return (
    isObject(trace) &&
    Array.isArray(trace.steps) &&
    trace.steps.every((step) => isObject(step) && typeof step.action === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(flag: string, file: string, got: string): InputError {
  return new InputError(
    `${flag} ${file} cannot be used (got ${got}, allowed a report of check): ${howTo}`,
    exitCode.file,
  );
}
