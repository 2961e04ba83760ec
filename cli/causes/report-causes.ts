import { minimalOf } from '../../checker/causes/option-sets.ts';
import type { Limits } from '../../checker/index.ts';
import { startCrew } from '../../checker/threads/index.ts';
import { boundFlags, environmentOptions } from '../../render/bound.ts';
import {
  type CausesReport,
  type HalfReport,
  type OptionNames,
  type RuleReport,
  type SetCounts,
  verdictOf,
} from '../../render/causes/report.ts';
import { type Bound, labelOf, noOptions, type Options, type Revision } from '../../spec/index.ts';
import { boundOfSet, type CausesRequest, causesIn, type Evidence, type FoundCauses } from './find-causes.ts';

/** What is asked of a revision. */
export interface ReportRequest {
  /** How many containers and execs, and the options that may be in a set. */
  readonly bound: Bound;
  /** Of each search. */
  readonly limits: Limits;
  /** Threads of each search. */
  readonly workers: number;
  /** Told before each search. */
  readonly onSearch?: (bound: Bound, searches: number) => void;
  readonly isCancelled?: () => boolean;
}

/**
 * The causes of every rule of a revision. A shared pid namespace takes runs away, so that sets with it and sets without
 * it are judged apart.
 */
export function reportCauses(revision: Revision, request: ReportRequest): CausesReport {
  const { bound, limits, workers, onSearch, isCancelled = () => false } = request;
  const { containers, execs } = bound;
  const varied = environmentOptions.filter(([, option]) => option !== 'sharedPidNamespace' && bound[option]);
  const crew = workers > 1 ? startCrew(workers) : null;
  let begun = 0;
  const half = (sharedPidNamespace: boolean): HalfReport => {
    const base: Bound = { ...noOptions, containers, execs, sharedPidNamespace };
    const options = varied.map(([, option]) => option);
    const onEach = (each: Bound): void => {
      begun++;
      onSearch?.(each, begun);
    };
    const asked = { revision, base, options, limits, crew, isCancelled, onSearch: onEach };
    return halfReport(asked, causesIn(asked));
  };
  const halves = [half(false)];
  if (bound.sharedPidNamespace && !isCancelled()) halves.push(half(true));
  crew?.dismiss();
  const options = varied.map(([name]) => name);
  const sets = 2 ** options.length * (bound.sharedPidNamespace ? 2 : 1);
  const searches = halves.reduce((sum, each) => sum + each.searches, 0);
  const statesMax = limits.statesMax ?? null;
  return {
    ...{ revision: revision.slug, containers, execs, options },
    ...{ sets, searches, statesMax, interrupted: isCancelled(), halves },
  };
}

function halfReport(request: CausesRequest, found: FoundCauses): HalfReport {
  const { searches, cutOff } = found;
  const rules = [...found.rules.keys()].map((rule) => ruleReport(request, found, rule));
  const fixed = request.base.sharedPidNamespace ? ['shared-pid-namespace'] : [];
  return { fixed, searches, cutOff, rules };
}

function ruleReport(request: CausesRequest, found: FoundCauses, rule: string): RuleReport {
  const { causes = [], holding = [] } = found.rules.get(rule) ?? {};
  const inOrder = causes.toSorted((a, b) => sizeOf(a.set) - sizeOf(b.set) || a.set - b.set);
  const names = (set: number): OptionNames => namesOf(request.options, set);
  const parts = {
    rule,
    needs: (found.needs.get(rule) ?? []).map(names),
    causes: inOrder.map(({ set, isMinimal, evidence }) => ({
      with: names(set),
      isMinimal,
      ...evidenceReport(request, set, rule, evidence),
    })),
    holds: holding.toSorted((a, b) => sizeOf(b) - sizeOf(a) || a - b).map(names),
  };
  const verdicts = Array.from({ length: 2 ** request.options.length }, (_, set) =>
    verdictOf(parts, names(set)),
  );
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
  request: CausesRequest,
  set: number,
  rule: string,
  { subject, trace }: Evidence,
): { steps: number; subject: string; trace: string[]; command: string } {
  const { slug, file } = request.revision;
  const flags = boundFlags(boundOfSet(request, set));
  const shown = rule.includes("'") ? `"${rule}"` : `'${rule}'`;
  return {
    steps: trace.length,
    subject,
    trace: trace.map(labelOf),
    command: `npx shim-spec check ${file ?? slug} ${flags} --show ${shown}`,
  };
}

function namesOf(options: readonly (keyof Options)[], set: number): OptionNames {
  return environmentOptions
    .filter(([, option]) => options.includes(option) && (set >> options.indexOf(option)) % 2 === 1)
    .map(([name]) => name);
}

function sizeOf(set: number): number {
  return set.toString(2).replaceAll('0', '').length;
}
