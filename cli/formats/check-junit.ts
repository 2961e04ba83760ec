import type { Report } from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import { escaped } from '../../render/sequence-svg.ts';
import type { Story } from '../../render/story.ts';
import type { Bound, Revision } from '../../spec/index.ts';

/** A report as JUnit: a case for each property; one whose verdict is unknown is skipped, never passed. */
export function reportJunit(
  revision: Revision,
  bound: Bound,
  report: Report,
  stories: ReadonlyMap<string, Story>,
): string {
  const cases = report.results.map(({ property, verdict, subject, depth }) => {
    const head = `    <testcase classname="${escaped(revision.slug)}" name="${escaped(property.name)}"`;
    if (verdict === 'holds') return `${head}/>`;
    if (verdict === 'unknown')
      return `${head}>\n      <skipped message="unknown: stopped by ${report.stoppedBy}"/>\n    </testcase>`;
    const story = stories.get(property.name);
    const text = (story?.steps ?? []).map((step, i) => `${i + 1} ${step.lane}: ${step.text}`).join('\n');
    const message = story
      ? `${subject}, ${depth} steps: ${story.replayCommand}`
      : 'a witness that was not reached';
    return `${head}>\n      <failure message="${escaped(message)}">${escaped(text)}</failure>\n    </testcase>`;
  });
  const count = (verdict: string): number =>
    report.results.filter((result) => result.verdict === verdict).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${escaped(`shim-spec check ${revision.slug}, ${boundText(bound)}`)}" tests="${cases.length}" failures="${count('violated')}" skipped="${count('unknown')}" errors="0" time="${(report.elapsedMs / 1000).toFixed(3)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}
