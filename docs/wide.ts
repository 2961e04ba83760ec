import { escaped } from '../render/sequence-svg.ts';

/** What may be wider than the page: it scrolls by itself, by keyboard, too. @param name what a screen reader calls it */
export function wide(name: string, html: string): string {
  return `<div class="wide" tabindex="0" role="region" aria-label="${escaped(name)}">${html}</div>`;
}

/** A picture that is drawn smaller to fit, as far as its text stays legible. */
export function diagram(title: string, svg: string): string {
  const [, width = '0'] = / width="(\d+)"/.exec(svg) ?? [];
  return wide(`Diagram: ${title}`, `<div class="fit" style="--natural:${width}px">${svg.trim()}</div>`);
}
