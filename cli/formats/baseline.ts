import type { CheckResult } from '../../conformance/checks/check.ts';
import { breachesByRule } from '../../conformance/checks/defects.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { readText } from '../read-text.ts';

const baselineMaxBytes = 64 * 2 ** 20;

/** How the failures of a run differ from those that are known. Each is `CHECK: RULE`. */
export interface BaselineDifference {
  /** Failures that the baseline has. */
  readonly known: readonly string[];
  /** Failures that it does not have: those fail. */
  readonly news: readonly string[];
  /** Failures that it has, of checks that ran and did not show them. */
  readonly mended: readonly string[];
  /** Whether the baseline has every rule that a check broke. */
  readonly isKnown: (result: CheckResult) => boolean;
}

/**
 * Reads the known failures: a report of `conform --format json`, of which the failing checks and their rules count, or
 * lines `CHECK: RULE` as the text report prints them.
 *
 * @throws InputError where the file cannot be read, or holds neither
 */
export function readBaseline(file: string): ReadonlySet<string> {
  const text = readOrError(file);
  if (!text.trimStart().startsWith('{')) return new Set(linesIn(file, text));
  try {
    const { shim, results } = JSON.parse(text) as { shim?: string; results: readonly CheckResult[] };
    if (shim === undefined) return refuse(file, 'JSON that is no report of conform');
    return new Set(results.flatMap(failuresIn));
  } catch (error) {
    if (error instanceof InputError) throw error;
    return refuse(file, 'JSON that is no report of conform');
  }
}

/** Compares a run with the known failures. */
export function compareWithBaseline(
  baseline: ReadonlySet<string>,
  results: readonly CheckResult[],
): BaselineDifference {
  const now = results.flatMap(failuresIn);
  const judged = results.filter(({ verdict }) => verdict === 'conforms').map(({ name }) => `${name}: `);
  const isOfJudged = (failure: string): boolean => judged.some((name) => failure.startsWith(name));
  return {
    known: now.filter((failure) => baseline.has(failure)),
    news: now.filter((failure) => !baseline.has(failure)),
    mended: [...baseline].filter((failure) => !now.includes(failure) && isOfJudged(failure)),
    isKnown: (result) => {
      const failures = failuresIn(result);
      return failures.length > 0 && failures.every((each) => baseline.has(each));
    },
  };
}

/** `CHECK: RULE` for each rule that a check broke, or `CHECK: could not judge`. */
function failuresIn(result: CheckResult): string[] {
  const { verdict, group } = result;
  // A generated schedule is named after its steps, which differ between seeds.
  const name = group === 'generated' ? group : result.name;
  if (verdict === 'could not judge') return [`${name}: ${verdict}`];
  return breachesByRule(result).map(({ rule }) => `${name}: ${rule.name}`);
}

function linesIn(file: string, text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const failures = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const bad = failures.find((line) => !line.includes(': '));
  return bad === undefined ? failures : refuse(file, `the line '${bad.slice(0, 80)}'`);
}

function readOrError(file: string): string {
  try {
    return readText(file, baselineMaxBytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return refuse(file, code === 'EFBIG' ? `more than ${baselineMaxBytes} bytes` : causeText(cause), cause);
  }
}

function refuse(file: string, got: string, cause?: unknown): never {
  throw new InputError(
    `--baseline ${file} cannot be used (got ${got}, allowed a report of conform --format json, or lines CHECK: RULE): write one with conform --format json --output ${file}`,
    exitCode.file,
    { cause },
  );
}
