import type { Report } from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import { type JunitCase, junitXml } from '../../render/junit.ts';
import type { Story } from '../../render/story.ts';
import type { Bound, Revision } from '../../spec/index.ts';

/** A report as JUnit: a case for each property; one whose verdict is unknown is skipped, never passed. */
export function reportJunit(
  revision: Revision,
  bound: Bound,
  report: Report,
  stories: ReadonlyMap<string, Story>,
): string {
  const outcomeOf = ({
    property,
    verdict,
    subject,
    depth,
  }: Report['results'][number]): JunitCase['outcome'] => {
    if (verdict === 'holds') return null;
    if (verdict === 'unknown')
      return { kind: 'skipped', message: `unknown: stopped by ${report.stoppedBy}`, text: '' };
    const story = stories.get(property.name);
    const text = (story?.steps ?? []).map((step, i) => `${i + 1} ${step.lane}: ${step.text}`).join('\n');
    const message = story
      ? `${subject}, ${depth} steps: ${story.replayCommand}`
      : 'a witness that was not reached';
    return { kind: 'failure', message, text };
  };
  return junitXml({
    name: `shim-spec check ${revision.slug}, ${boundText(bound)}`,
    elapsedMs: report.elapsedMs,
    cases: report.results.map((result) => ({
      classname: revision.slug,
      name: result.property.name,
      outcome: outcomeOf(result),
    })),
  });
}
