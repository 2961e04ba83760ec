/**
 * Options that change no verdict on a rule.
 *
 * @module
 */
import type { Bound, Options } from '../bound.ts';
import { modelOf, type Revision } from '../revision.ts';

/**
 * The options that only add calls that change nothing that another step or the rule looks at: a Wait, and a Kill, whose effect
 * is a death that may come without it, too. Argued and tested: docs/decisions/0012-more-options-are-more-runs.md
 *
 * @param bound with every option that may be on
 * @returns none for a revision of a user's own file, of which nobody has shown it
 */
export function passiveOptions(revision: Revision, bound: Bound, rule: string): (keyof Options)[] {
  if (revision.file !== undefined) return [];
  const has = (within: Bound): boolean =>
    (modelOf(revision, within).properties ?? []).some(({ name }) => name === rule);
  return (['kill', 'wait'] as const).filter((option) => bound[option] && has({ ...bound, [option]: false }));
}
