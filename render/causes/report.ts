import { optionNames } from '../bound.ts';

/** A set of options, as `--with` names them. */
export type OptionNames = readonly string[];

/** A set that breaks a rule, with a shortest counterexample. */
export interface CauseReport {
  readonly with: OptionNames;
  /** Whether the rule holds under each set with one option less; false where one of them is unknown. */
  readonly isMinimal: boolean;
  /** Steps of the shortest counterexample. */
  readonly steps: number;
  readonly subject: string;
  /** The labels of its actions. */
  readonly trace: readonly string[];
  /** The command that shows it. */
  readonly command: string;
}

/** How many sets have each verdict on a rule. */
export interface SetCounts {
  readonly violated: number;
  readonly holds: number;
  /** Sets in which nothing could break the rule: it is not among the rules there. */
  readonly absent: number;
  readonly unknown: number;
}

/** What breaks a rule. */
export interface RuleReport {
  readonly rule: string;
  /** The smallest sets under which the rule is judged at all; one empty set where it always is. */
  readonly needs: readonly OptionNames[];
  readonly causes: readonly CauseReport[];
  /** The largest sets under which nothing breaks it. */
  readonly holds: readonly OptionNames[];
  /** The smallest sets that were not judged. */
  readonly unknown: readonly OptionNames[];
  readonly sets: SetCounts;
}

/** All sets in which one more option is fixed: in a private pid namespace, or in a shared one. */
export interface HalfReport {
  /** `shared-pid-namespace`, or nothing. */
  readonly fixed: OptionNames;
  readonly searches: number;
  /** Searches that a limit has cut off. */
  readonly cutOff: number;
  readonly rules: readonly RuleReport[];
}

/** The causes of every rule of a revision, over all sets of options. */
export interface CausesReport {
  readonly revision: string;
  readonly containers: number;
  readonly execs: number;
  /** The options that are in some sets and not in others, but `shared-pid-namespace`. */
  readonly options: OptionNames;
  /** How many sets there are. */
  readonly sets: number;
  /** How many of them were searched. */
  readonly searches: number;
  /** Distinct states above which a search was cut off; null for no such limit. */
  readonly statesMax: number | null;
  readonly interrupted: boolean;
  readonly halves: readonly HalfReport[];
}

/** Whether every set is judged for every rule. */
export function isWhole({ halves, interrupted }: CausesReport): boolean {
  return !interrupted && halves.every(({ rules }) => rules.every(({ sets }) => sets.unknown === 0));
}

/** How many pairs of a rule and a set have each verdict. */
export function countsIn({ halves }: Pick<CausesReport, 'halves'>): SetCounts {
  const all = halves.flatMap(({ rules }) => rules.map(({ sets }) => sets));
  const sum = (verdict: keyof SetCounts): number => all.reduce((total, each) => total + each[verdict], 0);
  return {
    violated: sum('violated'),
    holds: sum('holds'),
    absent: sum('absent'),
    unknown: sum('unknown'),
  };
}

/** How many percent of the pairs of a rule and a set have a verdict; 100 only where nothing is unknown. */
export function percentKnown(report: Pick<CausesReport, 'halves'>): number {
  const { violated, holds, absent, unknown } = countsIn(report);
  const known = violated + holds + absent;
  return Math.floor((100 * known) / (known + unknown));
}

/** How many searches a limit has cut off. */
export function cutOffIn({ halves }: Pick<CausesReport, 'halves'>): number {
  return halves.reduce((sum, { cutOff }) => sum + cutOff, 0);
}

/** The verdict of a report on a set. */
export function verdictOf(
  { needs, causes, holds }: Pick<RuleReport, 'needs' | 'causes' | 'holds'>,
  set: OptionNames,
): keyof SetCounts {
  const has = (names: OptionNames): boolean => names.every((name) => set.includes(name));
  if (causes.some((cause) => has(cause.with))) return 'violated';
  if (!needs.some(has)) return 'absent';
  return holds.some((names) => set.every((name) => names.includes(name))) ? 'holds' : 'unknown';
}

/** The options that vary and are not in a set, in the order of `--with`. */
export function without({ options }: Pick<CausesReport, 'options'>, set: OptionNames): OptionNames {
  return options.filter((name) => !set.includes(name));
}

/** A set in the order of `--with`: `delete + again`; `no option` for the empty one. */
export function setText(set: OptionNames): string {
  return optionNames.filter((name) => set.includes(name)).join(' + ') || 'no option';
}
