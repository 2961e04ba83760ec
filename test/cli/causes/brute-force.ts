import { explore, type Verdict } from '../../../checker/index.ts';
import { type ReportRequest, reportCauses } from '../../../cli/causes/report-causes.ts';
import { searchHere } from '../../../cli/causes/searchers.ts';
import { environmentOptions } from '../../../render/bound.ts';
import type { CausesReport } from '../../../render/causes/report.ts';
import { verdictOf } from '../../../render/causes/report.ts';
import { type Bound, modelOf, noOptions, type Revision } from '../../../spec/index.ts';

/** The causes of one revision, searched in this thread. */
export async function causesOf(
  revision: Revision,
  request: Omit<ReportRequest, 'searchers'>,
): Promise<CausesReport> {
  const [report] = await reportCauses([revision], { ...request, searchers: searchHere([revision]) });
  return report as CausesReport;
}

/** What a search of one set says of each rule; a rule that is not there is absent. */
export function searched(revision: Revision, bound: Bound, statesMax?: number): Map<string, Verdict> {
  const limits = statesMax === undefined ? {} : { statesMax };
  const { report } = explore(modelOf(revision, bound), { limits });
  const rules = report.results.filter(({ property }) => property.kind !== 'sometimes');
  return new Map(rules.map(({ property, verdict }) => [property.name, verdict]));
}

/** What a report says of the same set. */
function derived(report: CausesReport, bound: Bound): Map<string, string> {
  const isShared = bound.sharedPidNamespace;
  const half = report.halves.find(({ fixed }) => fixed.length > 0 === isShared);
  const names = environmentOptions
    .filter(([, option]) => option !== 'sharedPidNamespace' && bound[option])
    .map(([name]) => name);
  return new Map((half?.rules ?? []).map((rule) => [rule.rule, verdictOf(rule, names)]));
}

/** Every set of the options that `all` has, with its extent. */
export function setsWithin(all: Bound): Bound[] {
  const options = environmentOptions.map(([, option]) => option).filter((option) => all[option]);
  return Array.from({ length: 2 ** options.length }, (_, set) => ({
    ...noOptions,
    containers: all.containers,
    execs: all.execs,
    ...Object.fromEntries(options.filter((__, i) => (set >> i) % 2 === 1).map((option) => [option, true])),
  }));
}

/** Where the two differ: one line for each rule and set; a set that the report calls unknown is not asked about. */
export function differences(
  report: CausesReport,
  bound: Bound,
  truth: ReadonlyMap<string, Verdict>,
): string[] {
  return [...derived(report, bound)].flatMap(([rule, verdict]) => {
    const real = truth.get(rule) ?? 'absent';
    return verdict === real || verdict === 'unknown' || real === 'unknown'
      ? []
      : [`${rule}: ${verdict}, searched ${real}, ${JSON.stringify(bound)}`];
  });
}
