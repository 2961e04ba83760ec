import type { PartBreach } from '../../checker/graph/part-searches.ts';
import { explore, type Limits } from '../../checker/index.ts';
import { boundParsers, environmentOptions } from '../../render/bound.ts';
import type { OptionNames } from '../../render/causes/report.ts';
import { type AnyAction, type Bound, modelOf, type Revision } from '../../spec/index.ts';
import { optionsUsed } from '../../spec/options/options-used.ts';
import { breaks } from './replayed.ts';
import { isShared, searchShared } from './shared-search.ts';

/** The search of one set: plain data, which says the same on every machine. */
export interface SearchJob {
  /** A slug, or the path of a module. */
  readonly revision: string;
  readonly containers: number;
  readonly execs: number;
  /** The set, in the order of `--with`. */
  readonly with: OptionNames;
  readonly limits: Pick<Limits, 'statesMax' | 'timeoutMs' | 'memoryMaxBytes'>;
}

/** What a search says of one rule. */
export type RuleResult = { readonly rule: string } & (
  | { readonly verdict: 'holds' | 'unknown' }
  | {
      readonly verdict: 'violated';
      /** The options of the set that the counterexample uses. */
      readonly used: OptionNames;
      readonly subject: string;
      readonly trace: readonly AnyAction[];
    }
);

/** What a search says of every rule. A function of the job, unless time, memory or the user ended it. */
export interface JobResult {
  readonly end: 'whole' | 'states' | 'time' | 'memory' | 'interrupt';
  /** Distinct states. */
  readonly states: number;
  readonly rules: readonly RuleResult[];
}

/** What is wrong with a job's model, by whoever searched it. */
export interface JobFailure {
  /** The class of the error. */
  readonly name: string;
  readonly message: string;
}

/** Searches a set and judges every rule. @throws ModelError for a bug in the model */
export function runJob(job: SearchJob, revision: Revision, isCancelled: () => boolean): JobResult {
  const { limits } = job;
  const bound = boundOfJob(job);
  if (isShared(revision, limits)) {
    const { stoppedBy, states, breaches, rules } = searchShared(revision, bound, limits, isCancelled);
    const end = stoppedBy ?? 'whole';
    const judged = rules.map((rule) => ruleResult(job, revision, rule, breaches.get(rule) ?? end));
    return { end, states, rules: judged };
  }
  const { report } = explore(modelOf(revision, bound), { limits, isCancelled });
  const end = (report.stoppedBy ?? 'whole') as JobResult['end'];
  const rules = report.results.filter(({ property }) => property.kind !== 'sometimes');
  const found = ({ subject, trace, verdict }: (typeof rules)[number]): Found =>
    verdict === 'violated' && trace ? { subject: subject ?? '', trace } : end;
  return {
    end,
    states: report.states,
    rules: rules.map((each) => ruleResult(job, revision, each.property.name, found(each))),
  };
}

/** The text of a job, which tells it from every other one. */
export function jobText({ revision, containers, execs, with: set, limits }: SearchJob): string {
  const { statesMax = null, timeoutMs = null, memoryMaxBytes = null } = limits;
  return JSON.stringify([revision, containers, execs, set, statesMax, timeoutMs, memoryMaxBytes]);
}

/** What tells the graph that a job is searched in from others: see `searchShared`. */
export function graphKeyOf({ revision, containers, execs, with: set }: SearchJob): string {
  return JSON.stringify([revision, containers, execs, set.includes('shared-pid-namespace')]);
}

/** The bound that a job searches. */
export function boundOfJob({ containers, execs, with: set }: SearchJob): Bound {
  return { ...boundParsers.with(set.join(',') || 'none'), containers, execs };
}

/** A counterexample; or, where there is none, how the search ended. */
type Found = PartBreach<AnyAction> | JobResult['end'];

function ruleResult(job: SearchJob, revision: Revision, rule: string, found: Found): RuleResult {
  if (typeof found === 'string') return { rule, verdict: found === 'whole' ? 'holds' : 'unknown' };
  const { subject, trace } = found;
  const inTrace = optionsUsed(trace);
  const used = environmentOptions
    .filter(([name, option]) => job.with.includes(name) && (inTrace.includes(option) || option === shared))
    .map(([name]) => name);
  const isEnough =
    used.length === job.with.length || breaks(revision, boundOfJob({ ...job, with: used }), trace, rule);
  return { rule, verdict: 'violated', used: isEnough ? used : job.with, subject, trace };
}

/** It changes what a death does, and so is part of every run. */
const shared = 'sharedPidNamespace';
