import { sequenceSvg } from './sequence-svg.ts';
import type { Story } from './story.ts';
import { eventText } from './trace.ts';

/** A counterexample as a sequence diagram: lanes, happens-before arrows, events, and the rules that it breaks. */
export function storySvg(story: Story, title: string): string {
  const rows = story.steps.map(({ lane, text, events, after }, i) => ({
    lane,
    text,
    events: events.map(eventText),
    breaks: story.breaks.filter(({ step }) => step === i + 1).map(({ property }) => property),
    after,
  }));
  const waiting = story.blocked.map(({ thread, because }) => ({ lane: thread, why: because }));
  return sequenceSvg({ title, rows, waiting });
}

/** The same as text that mermaid draws. */
export function storyMermaid(story: Story): string {
  const id = (lane: string): string => lane.replace(/\W+/g, '_');
  const lanes = [...new Set(story.steps.map(({ lane }) => lane))];
  const safe = (text: string): string => text.replaceAll(';', ',').replaceAll('#', ' ').replaceAll('\n', ' ');
  const steps = story.steps.flatMap(({ lane, text, events }) => [
    `  Note over ${id(lane)}: ${safe(text)}`,
    ...events.map((event) => `  ${id(lane)}->>events: ${safe(eventText(event))}`),
  ]);
  const ends = story.breaks.map(
    ({ property, subject }) => `  Note over events: ✗ ${safe(property)} (${safe(subject)})`,
  );
  return [
    'sequenceDiagram',
    ...lanes.map((lane) => `  participant ${id(lane)} as ${safe(lane)}`),
    '  participant events',
    ...steps,
    ...ends,
  ].join('\n');
}
