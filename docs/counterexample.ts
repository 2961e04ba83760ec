/** Counterexamples that a page tells of, found anew each time the page is built. */
import { explore } from '../checker/index.ts';
import { boundDefault, boundTexts, parseBound } from '../render/bound.ts';
import { type AnyAction, type Bound, modelOf, type Revision, revisions } from '../spec/index.ts';

/** A shortest path that breaks a rule. */
export interface Counterexample {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly rule: string;
  readonly trace: readonly AnyAction[];
}

/** @throws Error where nothing breaks the rule: whoever tells of it has gone stale */
export function shortestCounterexample(revision: Revision, bound: Bound, rule: string): Counterexample {
  const model = modelOf(revision, bound);
  const properties = model.properties.filter(({ name }) => name === rule);
  const { results } = explore({ ...model, properties }, { limits: { stopAtViolation: true } }).report;
  const trace = results[0]?.trace;
  if (!trace) throw new Error(`${revision.slug} does not break '${rule}': what tells of it must change`);
  return { revision, bound, rule, trace };
}

/** The counterexample that a finding's command shows; null where it has no such command. */
export function counterexampleIn(finding: string): Counterexample | null {
  const [, slug = '', flags = '', rule = ''] =
    /npx shim-spec check (\S+) (.*) --show ['"](.*)['"]\n/.exec(finding) ?? [];
  const revision = revisions.find((each) => each.slug === slug);
  if (!revision) return null;
  const given = [...flags.matchAll(/--(containers|execs|with) (\S+)/g)].map(([, name, text]) => [name, text]);
  const bound = parseBound({ ...boundTexts(boundDefault), ...Object.fromEntries(given) });
  return shortestCounterexample(revision, bound, rule);
}
