import { escaped } from '../render/sequence-svg.ts';
import type { Story } from '../render/story.ts';
import { eventText } from '../render/trace.ts';

/** A counterexample as a folded list, for whom a diagram is too wide: each step with its Go lines. */
export function stepList({ steps }: Story): string {
  const items = steps.map(({ lane, text, source, events }) => {
    const what = source === null ? escaped(text) : `<a href="${escaped(source)}">${escaped(text)}</a>`;
    const published = events.map((event) => ` <span class="event">▶ ${escaped(eventText(event))}</span>`);
    return `<li><b>${escaped(lane)}</b> ${what}${published.join('')}</li>`;
  });
  return `<details class="steps"><summary>The same, step by step, with the Go lines</summary><ol>${items.join('')}</ol></details>`;
}
