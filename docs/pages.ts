/** The pages that the checker writes: each revision with its difference, its verdicts and its counterexamples. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { structuredPatch } from 'diff';
import { exploreFast, type Report, type Result } from '../checker/index.ts';
import { boundFlags } from '../cli/bound.ts';
import { escaped } from '../cli/render/sequence-svg.ts';
import { tell } from '../cli/render/story.ts';
import { storySvg } from '../cli/render/story-svg.ts';
import { boundText, count } from '../cli/render/table.ts';
import {
  type Bound,
  labelOf,
  modelOf,
  noOptions,
  type Revision,
  revisions,
  type Service,
} from '../spec/index.ts';
import { parent } from './collections.ts';
import { processMachine, touchedTable } from './touched.ts';

/** What the pages are checked with. */
const bound: Bound = { ...noOptions, containers: 1, execs: 1, delete: true };
const contextLines = 3;
const sourceOf = (slug: string): string =>
  readFileSync(fileURLToPath(new URL(`../../spec/revisions/${slug}.ts`, import.meta.url)), 'utf8');

interface Checked {
  readonly revision: Revision;
  readonly report: Report<Service>;
}

/** A page of the site, as Markdown. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** Checks every revision and writes its page, and one that shows all. */
export function pages(): Page[] {
  const all = revisions.map(
    (revision): Checked => ({ revision, report: exploreFast(modelOf(revision, bound)).report }),
  );
  return [
    { file: 'history.md', text: historyPage(all) },
    ...all.map((checked, i) => ({
      file: fileOf(checked.revision),
      text: revisionPage(checked, revisions[i - 1] ?? null),
    })),
  ];
}

function fileOf({ slug }: Revision): string {
  return `revision-${slug}.md`;
}

function isRule(result: Result<Service>): boolean {
  return result.property.kind !== 'sometimes';
}

function historyPage(all: readonly Checked[]): string {
  const names = [
    ...new Set(
      all.flatMap(({ report }) => report.results.filter(isRule).map(({ property }) => property.name)),
    ),
  ];
  const cell = ({ report }: Checked, name: string): string => {
    const result = report.results.find(({ property }) => property.name === name);
    if (!result) return '<td>–</td>';
    return result.verdict === 'violated' ? `<td class="bad">${result.depth}</td>` : `<td class="good">✓</td>`;
  };
  const rows = names.map(
    (name) => `<tr><th scope="row">${escaped(name)}</th>${all.map((each) => cell(each, name)).join('')}</tr>`,
  );
  const heads = all.map(({ revision }) => `<th scope="col">${revision.slug}</th>`);
  const states = all.map(({ report }) => `<td>${count(report.states)}</td>`);
  const children = revisions.map(fileOf);
  const text = `Every historical revision of the algorithm, checked while this page was built. Bound: ${boundText(bound)}. ✓ holds; a number: violated, with the steps of the shortest counterexample, which the revision's page shows; – not a rule of this revision.

<div class="wide" tabindex="0" role="region" aria-label="Verdicts"><table class="matrix"><thead><tr><th scope="col">rule</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}<tr><th scope="row">distinct states</th>${states.join('')}</tr></tbody></table></div>

[The explorer](explorer.html) runs the same checker in your browser, with other bounds.`;
  return parent('The history', children, text);
}

function revisionPage({ revision, report }: Checked, before: Revision | null): string {
  const { slug, title, tree } = revision;
  const violated = report.results.filter((result) => isRule(result) && result.verdict === 'violated');
  const held = report.results.filter((result) => isRule(result) && result.verdict === 'holds');
  const traces = violated.map((result) => traceSection(revision, result));
  return `${front(`${slug}`)}
**${escaped(title)}.** [${tree.startsWith('http') ? 'Its Go code' : 'How it works'}](${tree.replace(/^docs\//, '../')}).

${prose(sourceOf(slug))}

## Verdicts

Bound: ${boundText(bound)}; complete: ${count(report.states)} distinct states, ${count(report.transitions)} transitions, depth ${report.depth}.

${violated.length > 0 ? `Violated: ${violated.map(({ property, depth }) => `${property.name} (${depth} steps)`).join('; ')}.` : 'Nothing is violated.'}

Holds: ${held.map(({ property }) => property.name).join('; ')}.

${traces.join('\n\n')}

## A process's states

An init, and an exec; on each change the steps that make it.

${processMachine(revision, bound, 'c1')}

${processMachine(revision, bound, 'c1/e1')}

## What each step touches

Learnt from what the steps read (r) and wrote (w) in every reachable state.

${touchedTable(revision, bound)}

${before ? `## What changed from ${before.slug}\n\n${diffTable(before.slug, slug)}` : ''}
`;
}

function traceSection(revision: Revision, { property, subject, trace }: Result<Service>): string {
  const model = modelOf(revision, bound);
  const story = tell(
    revision,
    bound,
    (trace ?? []).map((i) => labelOf(model.actions[i] ?? { type: '' })),
  );
  return `### ${property.name}

${property.sentence} ([source](${property.source})). Broken for ${subject} in ${story.steps.length} steps; none shorter.

<div class="wide" tabindex="0">${storySvg(story, `${revision.slug} breaks '${property.name}'`)}</div>

\`npx shim-spec check ${revision.slug} ${boundFlags(bound)} --show ${property.name.includes("'") ? `"${property.name}"` : `'${property.name}'`}\``;
}

/** The paragraphs of a module's opening comment, without its tags. */
function prose(source: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(source) ?? [];
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, ''));
  const end = lines.findIndex((line) => line.startsWith('@'));
  return (end < 0 ? lines : lines.slice(0, end)).join('\n').trim();
}

/** Two modules side by side: only what differs, with a few lines around it. */
function diffTable(from: string, to: string): string {
  const { hunks } = structuredPatch(from, to, sourceOf(from), sourceOf(to), '', '', {
    context: contextLines,
  });
  const rows = hunks.flatMap(({ lines }, i) => [
    ...(i > 0 ? ['<tr class="gap"><td colspan="2">⋯</td></tr>'] : []),
    ...sideBySide(lines),
  ]);
  return `<div class="wide" tabindex="0"><table class="diff"><thead><tr><th scope="col">${from}</th><th scope="col">${to}</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function sideBySide(lines: readonly string[]): string[] {
  const rows: string[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) {
      const cell = (text: string | undefined, kind: string): string =>
        text === undefined ? '<td></td>' : `<td class="${kind}">${code(text)}</td>`;
      rows.push(`<tr>${cell(removed[i], 'del')}${cell(added[i], 'ins')}</tr>`);
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    const text = line.slice(1);
    if (line.startsWith('-')) removed.push(text);
    else if (line.startsWith('+')) added.push(text);
    else if (line.startsWith(' ')) {
      flush();
      rows.push(`<tr><td>${code(text)}</td><td>${code(text)}</td></tr>`);
    }
  }
  flush();
  return rows;
}

/** A line of code in HTML that Markdown leaves alone. */
function code(text: string): string {
  return escaped(text)
    .replaceAll('`', '&#96;')
    .replaceAll('{', '&#123;')
    .replaceAll('*', '&#42;')
    .replaceAll('_', '&#95;')
    .replaceAll('@', '&#64;');
}

function front(title: string): string {
  return `---\ntitle: ${JSON.stringify(title)}\n---\n`;
}
