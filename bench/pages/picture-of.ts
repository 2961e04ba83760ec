import { counterexampleIn } from '../../docs/counterexample.ts';
import { tell } from '../../render/story.ts';
import { storySvg } from '../../render/story-svg.ts';

/** The sequence diagram of the counterexample that a finding's command shows; null where it has no such command. */
export function pictureOf(finding: string): string | null {
  const found = counterexampleIn(finding);
  if (!found) return null;
  const { revision, bound, rule, trace } = found;
  return `${storySvg(tell(revision, bound, trace), `${revision.slug} breaks '${rule}'`)}\n`;
}
