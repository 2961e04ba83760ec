import type { RuleFinding } from '../../checker/causes/known-verdicts.ts';
import { type Causes, findCauses, type SetFindings } from '../../checker/causes/minimal-causes.ts';
import { explore, type Limits, type Result, replay, type Stop } from '../../checker/index.ts';
import { ReplayError, violationsOf } from '../../checker/replay.ts';
import type { Crew } from '../../checker/threads/index.ts';
import {
  type AnyAction,
  type Bound,
  modelOf,
  type Options,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { optionsUsed } from '../../spec/options-used.ts';

/** A counterexample, and whom it is about. */
export interface Evidence {
  readonly subject: string;
  readonly trace: readonly AnyAction[];
}

/** What the sets of options have in common, and how each is searched. */
export interface CausesRequest {
  readonly revision: Revision;
  /** The extent, and the options that are the same in all sets. */
  readonly base: Bound;
  /** The options that are in some sets and not in others; bit i of a set is the i-th. */
  readonly options: readonly (keyof Options)[];
  /** Of each search. */
  readonly limits: Limits;
  readonly crew: Crew | null;
  readonly onSearch: (bound: Bound) => void;
  readonly isCancelled: () => boolean;
}

/** The causes of each rule, with the minimal sets under which it is a rule at all. */
export interface FoundCauses extends Causes<Evidence> {
  readonly needs: ReadonlyMap<string, readonly number[]>;
  /** Searches that a limit has cut off. */
  readonly cutOff: number;
}

/** Looks for the minimal sets of options that break each rule of a revision. */
export function causesIn(request: CausesRequest): FoundCauses {
  const universe = 2 ** request.options.length - 1;
  let cutOff = 0;
  const causes = findCauses({
    universe,
    isCancelled: request.isCancelled,
    search: (set) => {
      const findings = searchSet(request, set);
      if (findings.end === 'limit') cutOff++;
      return findings;
    },
  });
  return { ...causes, needs: needsIn(request, universe), cutOff };
}

/** The bound of a set. */
export function boundOfSet({ base, options }: Pick<CausesRequest, 'base' | 'options'>, set: number): Bound {
  const on = options.filter((_, i) => (set >> i) % 2 === 1).map((option) => [option, true] as const);
  return { ...base, ...Object.fromEntries(on) };
}

function searchSet(request: CausesRequest, set: number): SetFindings<Evidence> {
  const { revision, limits, crew, isCancelled } = request;
  const bound = boundOfSet(request, set);
  request.onSearch(bound);
  const { report } = explore(modelOf(revision, bound), {
    limits,
    ...(crew ? { crew } : {}),
    isCancelled,
  });
  const judged = report.results.filter(({ property }) => property.kind !== 'sometimes');
  const rules = judged.map((result) => [result.property.name, findingOf(request, set, result)] as const);
  return { rules: new Map(rules), end: endOf(report.stoppedBy) };
}

function endOf(stoppedBy: Stop): SetFindings<Evidence>['end'] {
  if (stoppedBy === null) return 'whole';
  return stoppedBy === 'interrupt' ? 'interrupt' : 'limit';
}

function findingOf(
  request: CausesRequest,
  set: number,
  { verdict, property, subject, trace }: Result<Service, AnyAction>,
): RuleFinding<Evidence> {
  if (verdict !== 'violated' || trace === null) return { verdict: verdict === 'holds' ? 'holds' : 'unknown' };
  const used = setOf(request, optionsUsed(trace)) & set;
  const isEnough = breaks(request, used, trace, property.name);
  return { verdict, used: isEnough ? used : set, evidence: { subject: subject ?? '', trace } };
}

function setOf({ options }: CausesRequest, used: readonly (keyof Options)[]): number {
  return options.reduce((set, option, i) => (used.includes(option) ? set | (1 << i) : set), 0);
}

/** Whether a trace is a run under a set, and breaks the rule there: replayed, not assumed. */
function breaks(request: CausesRequest, set: number, trace: readonly AnyAction[], rule: string): boolean {
  const model = modelOf(request.revision, boundOfSet(request, set));
  try {
    return violationsOf(model, replay(model, trace)).some(({ property }) => property.name === rule);
  } catch (error) {
    if (error instanceof ReplayError) return false;
    throw error;
  }
}

/** The minimal sets under which each rule has a subject. The same method, asked of a model's list of rules. */
function needsIn(request: CausesRequest, universe: number): FoundCauses['needs'] {
  const { rules } = findCauses<null>({
    universe,
    search: (set) => {
      const { properties = [] } = modelOf(request.revision, boundOfSet(request, set));
      const present = properties.map(
        ({ name }) => [name, { verdict: 'violated', used: set, evidence: null }] as const,
      );
      return { rules: new Map(present), end: 'whole' };
    },
  });
  return new Map([...rules].map(([rule, { causes }]) => [rule, causes.map(({ set }) => set)]));
}
