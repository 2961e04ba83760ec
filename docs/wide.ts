import { escaped } from '../render/sequence-svg.ts';

/** What may be wider than the page: it scrolls by itself, by keyboard, too. @param name what a screen reader calls it */
export function wide(name: string, html: string): string {
  return `<div class="wide" tabindex="0" role="region" aria-label="${escaped(name)}">${html}</div>`;
}
