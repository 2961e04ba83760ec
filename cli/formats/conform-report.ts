import type { Colors } from 'picocolors/types.js';
import type { Breach } from '../../conformance/checks/breach.ts';
import type { CheckResult, CheckVerdict } from '../../conformance/checks/check.ts';
import type { ShimProfile } from '../../conformance/shim/preflight.ts';
import { type JunitCase, junitXml } from '../../render/junit.ts';

/** What was judged, and the verdicts; every format is written from this. */
export interface ConformReport {
  readonly shim: string;
  readonly runtime: string;
  readonly specification: string;
  readonly seed: number;
  /** How the shim starts, and what it says of itself. */
  readonly profile: ShimProfile;
  /** Whether the user has stopped it: then checks are missing. */
  readonly interrupted: boolean;
  readonly verdict: CheckVerdict;
  readonly results: readonly CheckResult[];
}

/** `io.containerd.runc.v2 2.3.4; started by BootstrapParams, …`: one line of what the shim is. */
export function profileText({ info, started, service }: ShimProfile): string {
  const name = info ? `${info.name} ${info.version}`.trim() : 'no answer to -info';
  return `${name}; start got ${started.input} on standard input and answered ${started.form}; it serves ${service} by ${started.protocol}`;
}

export const signs = { conforms: '✓', violates: '✗', 'could not judge': '?' } as const;

/** The rules that a check broke, each once. */
export function rulesBrokenBy({ breaches }: CheckResult): string[] {
  return [...new Set(breaches.map(({ rule }) => rule.name))];
}

/** The command that runs one check again. */
export function repeatCommand(report: ConformReport, result: CheckResult): string {
  const head = `npx shim-spec conform --shim ${report.shim} --runtime ${report.runtime}`;
  return `${head} ${result.replay ?? `--only ${JSON.stringify(result.name)}`}`;
}

export function breachText({ rule, subject, what }: Breach): string {
  return `${rule.name} (${rule.level}), ${subject}: ${what}`;
}

/** One line a check, and below it what it broke. */
export function resultText(result: CheckResult, c: Colors): string {
  const paint = { conforms: c.green, violates: c.red, 'could not judge': c.yellow }[result.verdict];
  const time = `${(result.elapsedMs / 1000).toFixed(1)} s`;
  return [
    `  ${paint(signs[result.verdict])} ${result.name} ${c.dim(time)}`,
    ...result.breaches.map((each) => `      ${c.red(breachText(each))}`),
    ...(result.verdict === 'violates' && result.events.length > 0
      ? [`      ${c.dim(`events: ${result.events.join(', ')}`)}`]
      : []),
    ...result.notes.map((note) => `      ${c.dim(note)}`),
  ].join('\n');
}

/** The rules that were broken, and by which checks. */
export function summaryText(report: ConformReport, c: Colors): string {
  const { results } = report;
  const count = (verdict: CheckResult['verdict']): number =>
    results.filter((r) => r.verdict === verdict).length;
  const passed = count('conforms');
  const rules = new Map<string, CheckResult[]>();
  for (const result of results)
    for (const rule of rulesBrokenBy(result)) rules.set(rule, [...(rules.get(rule) ?? []), result]);
  const lines = [...rules].map(
    ([rule, by]) =>
      `  ${c.red('✗')} ${rule}: ${by.length} ${by.length === 1 ? 'check' : 'checks'}\n      ${c.dim(repeatCommand(report, by[0] as CheckResult))}`,
  );
  return [
    '',
    `${report.verdict}: ${passed} ${passed === 1 ? 'check' : 'checks'} passed, ${count('violates')} failed, ${count('could not judge')} not judged`,
    ...lines,
    ...(report.interrupted ? [c.yellow('stopped by Ctrl-C or SIGTERM: the other checks were not run')] : []),
  ].join('\n');
}

export function junitText({ shim, results }: ConformReport): string {
  return junitXml({
    name: `shim-spec conform ${shim}`,
    elapsedMs: results.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
    cases: results.map((result) => ({
      classname: `conform.${result.group}`,
      name: result.name,
      elapsedMs: result.elapsedMs,
      outcome: outcomeOf(result),
    })),
  });
}

function outcomeOf(result: CheckResult): JunitCase['outcome'] {
  if (result.verdict === 'conforms') return null;
  return {
    kind: result.verdict === 'violates' ? 'failure' : 'skipped',
    message: rulesBrokenBy(result).join(', ') || result.notes.join(', '),
    text: [...result.breaches.map(breachText), ...result.notes].join('\n'),
  };
}
