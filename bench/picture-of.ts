import { breachIn } from '../docs/breach.ts';
import { tell } from '../render/story.ts';
import { storySvg } from '../render/story-svg.ts';

/** The sequence diagram of the counterexample that a finding's command shows; null where it has no such command. */
export function pictureOf(finding: string): string | null {
  const breach = breachIn(finding);
  if (!breach) return null;
  const { revision, bound, rule, trace } = breach;
  return `${storySvg(tell(revision, bound, trace), `${revision.slug} breaks '${rule}'`)}\n`;
}
