import type { Report, WholeProperty } from '../checker/index.ts';

/** How the process ends. The first five are TLC's. */
export const exitCode = {
  /** Every property holds, every witness was reached, and the search was complete. */
  holds: 0,
  deadlock: 11,
  safety: 12,
  /** `live`: a fair run breaks a rule for ever. */
  liveness: 13,
  /** The model failed while it ran: a bug in the model. */
  evaluation: 75,
  /** Nothing is violated, but the search was not complete. */
  incomplete: 20,
  /** The search was complete, but a witness was not reached: the rules may hold because nothing happens. */
  vacuous: 21,
  /** `diff` found a log that one revision allows and the other forbids. */
  differs: 22,
  /** `conform`: the shim broke a rule. */
  nonConformant: 30,
  /** `conform`, `validate`: nothing was broken, but not everything could be judged. */
  unjudged: 31,
  /** `validate`: the log broke a rule, or the specification does not allow it. */
  rejected: 32,
  /** A flag or argument that cannot be used. */
  usage: 150,
  /** A file that cannot be read, written or understood. */
  file: 151,
  /** A trace that the model does not allow. */
  replay: 152,
  /** A shim cannot be run here: root, a runtime, a busybox or the shim itself is missing. */
  cannotRun: 153,
} as const;

/** The exit code that a report earns; a violation counts even where the search was cut short. */
export function exitCodeOf(report: Report): number {
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
