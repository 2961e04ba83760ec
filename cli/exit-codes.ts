import type { Report, WholeProperty } from '../checker/index.ts';

/** How the process ends. The first five are TLC's. */
export const exitCode = {
  holds: 0,
  deadlock: 11,
  safety: 12,
  liveness: 13,
  evaluation: 75,
  incomplete: 20,
  vacuous: 21,
  differs: 22,
  nonConformant: 30,
  unjudged: 31,
  rejected: 32,
  closedPipe: 141,
  usage: 150,
  file: 151,
  replay: 152,
  cannotRun: 153,
} as const;

/** What each exit code says; help and docs/cli.md are made of it. */
const meanings: Readonly<Record<keyof typeof exitCode, string>> = {
  holds: 'nothing is wrong: every rule holds, every witness was reached, the search was complete',
  deadlock: 'a deadlock',
  safety: 'another rule is violated',
  liveness: '`live`: a fair run breaks a rule for ever',
  evaluation: 'a bug in the model',
  incomplete:
    'cut short by Ctrl-C or SIGTERM, or by a limit before anything was found violated; `causes`: something is unknown; `verify-certificate`: a rule, or a state outside the sample, is not certified',
  vacuous: 'complete, but a witness was not reached: the rules may hold because nothing happens',
  differs: '`diff` or `drift` found a difference',
  nonConformant: '`conform`: the shim broke a rule',
  unjudged: '`conform`, `validate`: nothing was broken, and not everything could be judged',
  rejected:
    '`validate`: the log broke a rule, or is no behaviour of the specification; `verify-certificate`: the certificate is wrong',
  closedPipe: 'nobody reads the output any more, as with `| head -1`',
  usage: 'a flag or an argument cannot be used',
  file: 'a file cannot be read, written or understood',
  replay: 'a trace does not fit the model',
  cannotRun: 'a shim cannot be run here: no root, no runtime, no busybox',
};

/** Every exit code with its meaning, in ascending order. */
export const exitCodes: readonly { readonly code: number; readonly meaning: string }[] = (
  Object.keys(exitCode) as (keyof typeof exitCode)[]
)
  .map((name) => ({ code: exitCode[name], meaning: meanings[name] }))
  .toSorted((a, b) => a.code - b.code);

/** The exit code that a report earns. A violation counts even where a limit cut the search short, not where the user did. */
export function exitCodeOf(report: Report): number {
  if (report.stoppedBy === 'interrupt') return exitCode.incomplete;
  const violated = report.results.filter((result) => result.verdict === 'violated');
  const complete = report.stoppedBy === null ? exitCode.holds : exitCode.incomplete;
  return exitCodeOfClasses(violated.map((result) => result.property.class)) ?? complete;
}

/** The exit code for violated properties of these classes, or null where there are none. */
export function exitCodeOfClasses(violated: readonly WholeProperty<never>['class'][]): number | null {
  if (violated.includes('deadlock')) return exitCode.deadlock;
  if (violated.includes('safety')) return exitCode.safety;
  return violated.includes('witness') ? exitCode.vacuous : null;
}
