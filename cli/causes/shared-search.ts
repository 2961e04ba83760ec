import { type PartLimits, type PartReport, PartSearches } from '../../checker/graph/part-searches.ts';
import {
  type AnyAction,
  type Bound,
  modelOf,
  noOptions,
  type Options,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { optionsUsed } from '../../spec/options/options-used.ts';

/** What the searches of one model share: the model with every option. */
interface Shared {
  readonly key: string;
  readonly searches: PartSearches<Service, AnyAction>;
  readonly optionsOf: ReadonlyMap<AnyAction, readonly (keyof Options)[]>;
}

/** A larger search had better be explored by itself: what is shared takes some 150 bytes a state. */
const statesMax = 200_000;

/** A thread works on a few models in turns; a worker of a queue on one more than a thread of a sweep. */
const keptMax = 3;
let kept: readonly Shared[] = [];

/**
 * Whether a set may be searched as a part of the largest one: its runs are those of the largest set without the actions of
 * the other options. Argued and tested for our revisions: docs/decisions/0012-more-options-are-more-runs.md
 */
export function isShared({ file }: Revision, limits: PartLimits): boolean {
  return file === undefined && (limits.statesMax ?? Infinity) <= statesMax;
}

/** What the search of a set has found. */
interface SharedReport extends PartReport<AnyAction> {
  /** The rules that were judged. */
  readonly rules: readonly string[];
}

/** What the search of a set finds, by the steps and states that searches of other sets have met. */
export function searchShared(
  revision: Revision,
  bound: Bound,
  limits: PartLimits,
  isCancelled: () => boolean,
): SharedReport {
  const { searches, optionsOf } = sharedFor(revision, bound);
  const rules = (modelOf(revision, bound).properties ?? []).filter(({ kind }) => kind !== 'sometimes');
  const claims = new Map(rules.map(({ name, subjects = [''] }) => [name, subjects]));
  const has = (action: AnyAction): boolean =>
    optionsOf.get(action)?.every((option) => bound[option]) ?? false;
  return { ...searches.search({ has, claims }, limits, isCancelled), rules: [...claims.keys()] };
}

function sharedFor(revision: Revision, { containers, execs, sharedPidNamespace }: Bound): Shared {
  const key = JSON.stringify([revision.slug, containers, execs, sharedPidNamespace]);
  const known = kept.find((each) => each.key === key) ?? sharedOf(key, revision, largest());
  kept = [known, ...kept.filter((each) => each !== known)].slice(0, keptMax);
  return known;

  function largest(): Bound {
    const all = Object.fromEntries(Object.keys(noOptions).map((name) => [name, true]));
    return { ...(all as unknown as Options), containers, execs, sharedPidNamespace };
  }
}

function sharedOf(key: string, revision: Revision, bound: Bound): Shared {
  const model = modelOf(revision, bound);
  const optionsOf = new Map(model.actions.map((action) => [action, optionsUsed([action])]));
  return { key, searches: new PartSearches(model), optionsOf };
}
