import { searchRanges } from '../../checker/plan.ts';
import { environmentNames, extentRanges } from '../../render/bound.ts';
import { type AnyAction, labelOf, modelOf, type Revision } from '../../spec/index.ts';
import {
  boundOfJob,
  type JobFailure,
  type JobResult,
  type RuleResult,
  type SearchJob,
} from './search-job.ts';

const ends: readonly unknown[] = ['whole', 'states', 'time', 'memory'] satisfies JobResult['end'][];
const limitNames = ['statesMax', 'timeoutMs', 'memoryMaxBytes'] as const;
const shownMax = 60;

/** What is wrong with the form of what came as the result of a job; null where nothing is. */
export function flawOf(result: unknown, job: SearchJob): string | null {
  if (!isObject(result)) return `${shown(result)} as a result`;
  const { end, states, rules } = result;
  if (!ends.includes(end)) return `a result with the end ${shown(end)}`;
  if (!isCount(states)) return `a result with ${shown(states)} as its states`;
  if (!Array.isArray(rules)) return 'a result without rules';
  const flawed = rules.findIndex((rule) => !isRuleResult(rule, end === 'whole', job));
  return flawed < 0 ? null : `a result with the rule ${shown(rules[flawed])}`;
}

/** The same, also of the names of its rules and actions: they have to be those of the job's model. */
export function flawInModel(result: unknown, job: SearchJob, revision: Revision): string | null {
  const flaw = flawOf(result, job);
  if (flaw !== null) return flaw;
  const { actions, properties = [] } = modelOf(revision, boundOfJob(job));
  const own = properties.filter(({ kind }) => kind !== 'sometimes').map(({ name }) => name);
  const { rules } = result as JobResult;
  const names = rules.map(({ rule }) => rule);
  const stranger = names.find((name, i) => !own.includes(name) || names.indexOf(name) !== i);
  if (stranger !== undefined) return `a result with ${shown(stranger)}, which is no rule or is there twice`;
  const missing = own.find((name) => !names.includes(name));
  if (missing !== undefined) return `a result without the rule ${shown(missing)}`;
  const labels = new Set(actions.map(labelOf));
  const step = rules.flatMap(tracesOf).find((action) => !labels.has(labelOf(action)));
  return step === undefined ? null : `a counterexample with ${shown(step)}, which is no action`;
}

/** What is wrong with what came as a job; null where nothing is. */
export function flawOfJob(job: unknown): string | null {
  if (!isObject(job)) return `${shown(job)} as a job`;
  const { revision, with: set, limits } = job;
  if (typeof revision !== 'string') return `${shown(revision)} as a revision`;
  for (const part of ['containers', 'execs'] as const) {
    const { min, max } = extentRanges[part];
    if (!isWithin(job[part], min, max)) return `${shown(job[part])} as ${part}`;
  }
  if (!isSet(set, environmentNames)) return `${shown(set)} as a set of options`;
  return areLimits(limits) ? null : `${shown(limits)} as limits`;
}

/** Whether this is what a search may be limited by. */
export function areLimits(limits: unknown): limits is SearchJob['limits'] {
  if (!isObject(limits)) return false;
  return limitNames.every((name) => {
    const { min, max } = searchRanges[`limits.${name}`];
    return limits[name] === undefined || isWithin(limits[name], min, max);
  });
}

/** Whether this is what a worker says of a bug in a model. */
export function isFailure(failure: unknown): failure is JobFailure {
  return isObject(failure) && typeof failure.name === 'string' && typeof failure.message === 'string';
}

function isRuleResult(rule: unknown, isWhole: boolean, job: SearchJob): rule is RuleResult {
  if (!isObject(rule) || typeof rule.rule !== 'string') return false;
  if (rule.verdict !== 'violated') return rule.verdict === (isWhole ? 'holds' : 'unknown');
  const { used, subject, trace } = rule;
  return (
    isSet(used, job.with) && typeof subject === 'string' && Array.isArray(trace) && trace.every(isAction)
  );
}

function tracesOf(rule: RuleResult): readonly AnyAction[] {
  return rule.verdict === 'violated' ? rule.trace : [];
}

function isAction(action: unknown): boolean {
  return isObject(action) && typeof action.type === 'string';
}

function isSet(set: unknown, within: readonly string[]): boolean {
  return Array.isArray(set) && set.every((name, i) => within.includes(name) && set.indexOf(name) === i);
}

function isCount(value: unknown): boolean {
  return isWithin(value, 0, Number.MAX_SAFE_INTEGER);
}

/** Whether this is an integer from `min` to `max`. */
export function isWithin(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** Whether this is an object with fields. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The beginning of a value as JSON. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}
