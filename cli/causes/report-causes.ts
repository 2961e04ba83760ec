import { findCauses } from '../../checker/causes/minimal-causes.ts';
import { minimalOf } from '../../checker/causes/option-sets.ts';
import { boundFlags } from '../../render/bound.ts';
import {
  type CausesReport,
  type HalfReport,
  type OptionNames,
  type RuleReport,
  type SetCounts,
  verdictOf,
} from '../../render/causes/report.ts';
import { type Bound, labelOf, modelOf, type Revision } from '../../spec/index.ts';
import type { SearchJob } from './search-job.ts';
import { nameOf, type Searchers } from './searchers.ts';
import type { ShardedQuestion } from './shards/shards.ts';
import { type Evidence, type PartCauses, type SweepWatch, sweep } from './sweep.ts';
import { boundOfSet, namesOfSet, partsOf, type SweepPart } from './sweep-part.ts';

/** What is asked of revisions. */
export interface ReportRequest {
  /** How many containers and execs, and the options that may be in a set. */
  readonly bound: Bound;
  /** Of each search. */
  readonly limits: SearchJob['limits'];
  readonly searchers: Searchers;
  /** Default: nobody watches. */
  readonly watch?: Partial<SweepWatch>;
}

/**
 * The causes of every rule of each revision. A shared pid namespace takes runs away, so that sets with it and sets without
 * it are judged apart.
 *
 * @returns the same, whoever searches and how fast
 */
export async function reportCauses(
  revisions: readonly Revision[],
  { bound, limits, searchers, watch = {} }: ReportRequest,
): Promise<CausesReport[]> {
  const parts = revisions.flatMap((each) => partsOf(each, bound, limits));
  const isCancelled = watch.isCancelled ?? (() => false);
  const causes = await sweep(parts, searchers, {
    onSearch: () => undefined,
    onChange: () => undefined,
    cancelled: new Promise(() => undefined),
    ...watch,
    isCancelled,
  });
  return causesReports({ revisions, bound, limits }, parts, causes, isCancelled());
}

/** The reports of revisions whose parts were swept. */
export function causesReports(
  { revisions, bound, limits }: ShardedQuestion,
  parts: readonly SweepPart[],
  causes: readonly PartCauses[],
  interrupted: boolean,
): CausesReport[] {
  const halves = parts.map((part, i) => halfReport(part, causes[i] as PartCauses));
  return revisions.map((revision) => {
    const own = halves.filter((_, i) => parts[i]?.revision === revision);
    return causesReport(revision, bound, limits, own, interrupted);
  });
}

function causesReport(
  revision: Revision,
  bound: Bound,
  limits: SearchJob['limits'],
  halves: readonly HalfReport[],
  interrupted: boolean,
): CausesReport {
  const [part] = partsOf(revision, bound, limits);
  const options = part ? namesOfSet(part, 2 ** part.options.length - 1) : [];
  const searches = halves.reduce((sum, each) => sum + each.searches, 0);
  return {
    ...{ revision: revision.slug, containers: bound.containers, execs: bound.execs, options },
    ...{ sets: halves.length * 2 ** options.length, searches, statesMax: limits.statesMax ?? null },
    ...{ interrupted, halves },
  };
}

function halfReport(part: SweepPart, found: PartCauses): HalfReport {
  const needs = needsIn(part);
  const rules = [...found.rules.keys()].map((rule) => ruleReport(part, found, rule, needs.get(rule) ?? []));
  const fixed = part.isShared ? ['shared-pid-namespace'] : [];
  return { fixed, searches: found.searches, cutOff: found.cutOff, rules };
}

/** The minimal sets under which each rule has a subject. The same method, asked of a model's list of rules. */
function needsIn(part: SweepPart): ReadonlyMap<string, readonly number[]> {
  const { rules } = findCauses<null>({
    universe: 2 ** part.options.length - 1,
    search: (set) => {
      const { properties = [] } = modelOf(part.revision, boundOfSet(part, set));
      const present = properties.map(
        ({ name }) => [name, { verdict: 'violated', used: set, evidence: null }] as const,
      );
      return { rules: new Map(present), end: 'whole' };
    },
  });
  return new Map([...rules].map(([rule, { causes }]) => [rule, causes.map(({ set }) => set)]));
}

function ruleReport(part: SweepPart, found: PartCauses, rule: string, needs: readonly number[]): RuleReport {
  const { causes = [], holding = [] } = found.rules.get(rule) ?? {};
  const inOrder = causes.toSorted((a, b) => sizeOf(a.set) - sizeOf(b.set) || a.set - b.set);
  const names = (set: number): OptionNames => namesOfSet(part, set);
  const parts = {
    rule,
    needs: needs.map(names),
    causes: inOrder.map(({ set, isMinimal, evidence }) => ({
      with: names(set),
      isMinimal,
      ...evidenceReport(part, set, rule, evidence),
    })),
    holds: holding.toSorted((a, b) => sizeOf(b) - sizeOf(a) || a - b).map(names),
  };
  const verdicts = Array.from({ length: 2 ** part.options.length }, (_, set) => verdictOf(parts, names(set)));
  const unknown = [...verdicts.keys()].filter((set) => verdicts[set] === 'unknown');
  const count = (verdict: keyof SetCounts): number => verdicts.filter((each) => each === verdict).length;
  return {
    ...parts,
    unknown: minimalOf(unknown).map(names),
    sets: {
      violated: count('violated'),
      holds: count('holds'),
      absent: count('absent'),
      unknown: unknown.length,
    },
  };
}

function evidenceReport(
  part: SweepPart,
  set: number,
  rule: string,
  { subject, trace }: Evidence,
): { steps: number; subject: string; trace: string[]; command: string } {
  const flags = boundFlags(boundOfSet(part, set));
  const shown = rule.includes("'") ? `"${rule}"` : `'${rule}'`;
  return {
    steps: trace.length,
    subject,
    trace: trace.map(labelOf),
    command: `npx shim-spec check ${nameOf(part.revision)} ${flags} --show ${shown}`,
  };
}

function sizeOf(set: number): number {
  return set.toString(2).replaceAll('0', '').length;
}
