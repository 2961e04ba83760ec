import type { Colors } from 'picocolors/types.js';
import type { Breach } from '../../conformance/checks/breach.ts';
import type { CheckResult, CheckVerdict } from '../../conformance/checks/check.ts';
import { breachesByRule, type Defect, defectsIn } from '../../conformance/checks/defects.ts';
import type { ShimProfile } from '../../conformance/shim/preflight.ts';
import { stepLines } from '../../render/course/moments.ts';
import { type JunitCase, junitXml } from '../../render/junit.ts';
import type { BaselineDifference } from './baseline.ts';

/** What was judged, and the verdicts; every format is written from this. */
export interface ConformReport {
  readonly shim: string;
  readonly runtime: string;
  /** The file with the shim's own configuration; null where it takes runc's options. */
  readonly config: string | null;
  readonly specification: string;
  readonly seed: number;
  /** What the shim said of itself; null where the user has stopped the tester before it did. */
  readonly profile: ShimProfile | null;
  /** Whether the user has stopped it: then checks are missing. */
  readonly interrupted: boolean;
  /** Checks that this machine cannot try: nothing is said of the shim there. */
  readonly notTried: readonly string[];
  readonly verdict: CheckVerdict;
  readonly results: readonly CheckResult[];
  /** What differs from the known failures; null where none are given. */
  readonly baseline: BaselineDifference | null;
}

/** `io.containerd.runc.v2 2.3.4; started by BootstrapParams, …`: one line of what the shim is. */
export function profileText({ info, started, service }: ShimProfile): string {
  const name = info ? `${info.name} ${info.version}`.trim() : 'no answer to -info';
  return `${name}; start got ${started.input} on standard input and answered ${started.form}; it serves ${service} by ${started.protocol}`;
}

export const signs = { conforms: '✓', violates: '✗', 'could not judge': '?' } as const;

/** How many lines of a stack the text shows; JSON and JUnit have more. */
const stackShown = 12;
/** How many steps of a check the text shows. */
const stepsShown = 60;

/** The rules that a check broke, each once. */
export function rulesBrokenBy(result: CheckResult): string[] {
  return breachesByRule(result).map(({ rule }) => rule.name);
}

/** The command that runs one check again. */
export function repeatCommand(
  { shim, runtime, config, specification }: ConformReport,
  { replay, name }: CheckResult,
): string {
  const spec = specification === 'proposed' ? '' : ` --spec ${specification}`;
  const own = config === null ? '' : ` --config ${quoted(config)}`;
  const head = `npx shim-spec conform --shim ${quoted(shim)} --runtime ${quoted(runtime)}${own}${spec}`;
  return `${head} ${replay ?? `--runs 0 --only ${quoted(name)}`}`;
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
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

/** The verdict, and each defect with what shows it: rule, source, steps, stack, the checks that saw it. */
export function summaryText(report: ConformReport, c: Colors): string {
  const { results, baseline } = report;
  const count = (verdict: CheckVerdict): number => results.filter((r) => r.verdict === verdict).length;
  const passed = count('conforms');
  const defects = defectsIn(results);
  const found =
    defects.length > 0 ? `; ${defects.length} ${defects.length === 1 ? 'defect' : 'defects'}` : '';
  return [
    '',
    `${report.verdict}: ${passed} ${passed === 1 ? 'check' : 'checks'} passed, ${count('violates')} failed, ${count('could not judge')} not judged${found}`,
    ...defects.flatMap((defect, i) => ['', ...defectLines(report, defect, i + 1, c)]),
    ...(baseline ? ['', ...baselineLines(baseline, c)] : []),
    ...report.notTried.map((name) => c.yellow(`not tried: ${name}: 'criu check' fails on this machine`)),
    ...(report.interrupted ? [c.yellow('stopped by Ctrl-C or SIGTERM: the other checks were not run')] : []),
  ].join('\n');
}

function defectLines(
  report: ConformReport,
  { name, breaches, checks }: Defect,
  nth: number,
  c: Colors,
): string[] {
  const [first] = checks as [CheckResult];
  const indent = (lines: readonly string[]): string[] => lines.map((line) => `      ${c.dim(line)}`);
  return [
    `  ${c.red('✗')} ${nth}. ${name}`,
    `      seen by ${checks.map((check) => check.name).join('; ')}`,
    ...indent(breaches.flatMap(ruleLines)),
    ...indent(stepLines(first.moments, stepsShown)),
    ...indent(breaches.flatMap(({ stack }) => stack.slice(0, stackShown))),
    `      ${repeatCommand(report, first)}`,
  ];
}

function ruleLines(each: Breach): string[] {
  return [breachText(each), `  ${each.rule.sentence}`, `  ${each.rule.source}`];
}

function baselineLines({ known, news, mended }: BaselineDifference, c: Colors): string[] {
  return [
    `baseline: ${known.length} known, ${news.length} new, ${mended.length} mended`,
    ...news.map((failure) => `  ${c.red('new')} ${failure}`),
    ...mended.map((failure) => `  ${c.green('mended')} ${failure}: take it out of the baseline`),
  ];
}

/** The report with its defects, each by name, rules and checks. */
export function jsonText(report: ConformReport): string {
  const defects = defectsIn(report.results).map(({ name, breaches, checks }) => ({
    name,
    rules: breaches.map(({ rule }) => rule.name),
    checks: checks.map((check) => check.name),
  }));
  return JSON.stringify({ ...report, defects }, null, 2);
}

/** A case for each check, by the rules that it broke; the text has source, steps, events, stack and the repeat command. */
export function junitText(report: ConformReport): string {
  const { shim, results } = report;
  return junitXml({
    name: `shim-spec conform ${shim}`,
    elapsedMs: results.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
    cases: results.map((result) => ({
      classname: `conform.${result.group}`,
      name: result.name,
      elapsedMs: result.elapsedMs,
      outcome: outcomeOf(report, result),
    })),
  });
}

function outcomeOf(report: ConformReport, result: CheckResult): JunitCase['outcome'] {
  if (result.verdict === 'conforms') return null;
  const isKnown = report.baseline?.isKnown(result) ?? false;
  const lines = [
    ...(isKnown ? ['known: the baseline has it'] : []),
    ...breachesByRule(result).flatMap(ruleLines),
    ...result.notes,
    ...stepLines(result.moments),
    ...result.breaches.flatMap(({ stack }) => stack),
    `repeat: ${repeatCommand(report, result)}`,
  ];
  return {
    kind: result.verdict === 'violates' && !isKnown ? 'failure' : 'skipped',
    message: rulesBrokenBy(result).join(', ') || result.notes.join(', '),
    text: lines.join('\n'),
  };
}
