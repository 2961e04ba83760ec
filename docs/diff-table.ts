/** Two revisions side by side, highlighted. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type StructuredPatchHunk, structuredPatch } from 'diff';
import hljs from 'highlight.js/lib/core';
import typescript from 'highlight.js/lib/languages/typescript';
import { wide } from './wide.ts';

hljs.registerLanguage('typescript', typescript);
const contextLines = 3;

/** The module of a revision. */
export function sourceOf(slug: string): string {
  return readFileSync(fileURLToPath(new URL(`../../spec/revisions/${slug}.ts`, import.meta.url)), 'utf8');
}

/** Two modules side by side: only what differs, with a few lines around it. */
export function diffTable(from: string, to: string): string {
  const [old, now] = [highlighted(from), highlighted(to)];
  const { hunks } = structuredPatch(from, to, sourceOf(from), sourceOf(to), '', '', {
    context: contextLines,
  });
  const rows = hunks.flatMap((hunk, i) => [
    ...(i > 0 ? ['<tr class="gap"><td colspan="2">⋯</td></tr>'] : []),
    ...sideBySide(hunk, old, now),
  ]);
  return wide(
    `What changed from ${from} to ${to}`,
    `<table class="diff"><thead><tr><th scope="col">${from}</th><th scope="col">${to}</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
  );
}

/** @param old the lines of the one, as HTML @param now the lines of the other */
function sideBySide(
  { oldStart, newStart, lines }: StructuredPatchHunk,
  old: readonly string[],
  now: readonly string[],
): string[] {
  const rows: string[] = [];
  const removed: string[] = [];
  const added: string[] = [];
  let [left, right] = [oldStart - 1, newStart - 1];
  const cell = (html: string | undefined, kind: string): string =>
    html === undefined ? '<td></td>' : `<td class="${kind}">${html}</td>`;
  const flush = (): void => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++)
      rows.push(`<tr>${cell(removed[i], 'del')}${cell(added[i], 'ins')}</tr>`);
    removed.length = 0;
    added.length = 0;
  };
  for (const line of lines) {
    if (line.startsWith('-')) removed.push(old[left++] ?? '');
    else if (line.startsWith('+')) added.push(now[right++] ?? '');
    else if (line.startsWith(' ')) {
      flush();
      rows.push(`<tr>${cell(old[left++], 'same')}${cell(now[right++], 'same')}</tr>`);
    }
  }
  flush();
  return rows;
}

/** The lines of a module as HTML that Markdown leaves alone, each with the spans closed that reach over it. */
function highlighted(slug: string): string[] {
  const { value } = hljs.highlight(sourceOf(slug), { language: 'typescript' });
  let open: string[] = [];
  return value.split('\n').map((line) => {
    const begun = open.join('');
    for (const [tag] of line.matchAll(/<span[^>]*>|<\/span>/g))
      open = tag === '</span>' ? open.slice(0, -1) : [...open, tag];
    return plain(`${begun}${line}${'</span>'.repeat(open.length)}`);
  });
}

function plain(html: string): string {
  const signs = { '`': 96, '{': 123, '*': 42, _: 95, '@': 64 };
  return Object.entries(signs).reduce((text, [sign, n]) => text.replaceAll(sign, `&#${n};`), html);
}
