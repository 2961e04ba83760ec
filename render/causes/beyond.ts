import { type CauseReport, type CausesReport, type SetCounts, verdictOf } from './report.ts';

/** A cause at a larger bound for which a smaller bound has none. */
export interface CauseBeyond {
  readonly report: CausesReport;
  /** `shared-pid-namespace`, or nothing. */
  readonly fixed: readonly string[];
  readonly rule: string;
  readonly cause: CauseReport;
  /** What the smaller bound says of this set. */
  readonly before: Exclude<keyof SetCounts, 'violated'>;
}

/** The causes in `report` that no cause in `smaller`, of the same revision, is a part of. */
export function causesBeyond(smaller: CausesReport, report: CausesReport): CauseBeyond[] {
  return report.halves.flatMap(({ fixed, rules }) => {
    const half = smaller.halves.find((each) => each.fixed.join() === fixed.join());
    return rules.flatMap(({ rule, causes }) => {
      const known = half?.rules.find((each) => each.rule === rule);
      return causes.flatMap((cause) => {
        const before = known ? verdictOf(known, cause.with) : 'absent';
        return before === 'violated' ? [] : [{ report, fixed, rule, cause, before }];
      });
    });
  });
}
