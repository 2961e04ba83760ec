/** The pages that the checker writes: each revision with its difference, its verdicts and its counterexamples. */

import { explore, type Report, type Result } from '../checker/index.ts';
import { boundFlags, boundText } from '../render/bound.ts';

import { escaped } from '../render/sequence-svg.ts';
import { type Story, tell } from '../render/story.ts';
import { storySvg } from '../render/story-svg.ts';
import { count } from '../render/table.ts';
import { eventText } from '../render/trace.ts';
import {
  type AnyAction,
  type Bound,
  modelOf,
  noOptions,
  type Revision,
  revisions,
  type Service,
} from '../spec/index.ts';
import { type Page, parent } from './collections.ts';
import { diffTable, sourceOf } from './diff-table.ts';
import { processMachine, touchedTable } from './touched.ts';
import { wide } from './wide.ts';

/** What the pages are checked with. */
const bound: Bound = { ...noOptions, containers: 1, execs: 1, delete: true };

interface Checked {
  readonly revision: Revision;
  readonly report: Report<Service, AnyAction>;
}

/** Checks every revision and writes its page, and one that shows all. */
export function pages(): Page[] {
  const all = revisions.map(
    (revision): Checked => ({ revision, report: explore(modelOf(revision, bound)).report }),
  );
  return [
    { file: 'history.md', text: historyPage(all) },
    ...all.map((checked, i) => ({
      file: fileOf(checked.revision),
      text: revisionPage(checked, revisions[i - 1] ?? null, all),
    })),
  ];
}

function fileOf({ slug }: Revision): string {
  return `revision-${slug}.md`;
}

function isRule(result: Result<Service, AnyAction>): boolean {
  return result.property.kind !== 'sometimes';
}

function historyPage(all: readonly Checked[]): string {
  const text = `Every historical revision of the algorithm, and \`proposed\` of our own, checked while this page was built. Bound: ${boundText(bound)}. ${legend}

${matrix(all, null)}

[The explorer](explorer.html) runs the same checker in your browser, with other bounds.`;
  return parent(
    'The history',
    all.map(({ revision }) => fileOf(revision)),
    text,
  );
}

const legend =
  "✓ holds; a number: violated, with the steps of the shortest counterexample, which the revision's page shows; – not a rule of this revision.";

/** The verdicts of all revisions. @param marked the one that a page is about */
function matrix(all: readonly Checked[], marked: Revision | null): string {
  const names = [
    ...new Set(
      all.flatMap(({ report }) => report.results.filter(isRule).map(({ property }) => property.name)),
    ),
  ];
  const of = ({ revision }: Checked): string => (revision === marked ? ' marked' : '');
  const cell = (each: Checked, name: string): string => {
    const result = each.report.results.find(({ property }) => property.name === name);
    if (!result) return `<td class="none${of(each)}">–</td>`;
    const isBad = result.verdict === 'violated';
    return `<td class="${isBad ? 'bad' : 'good'}${of(each)}">${isBad ? result.depth : '✓'}</td>`;
  };
  const rows = names.map(
    (name) => `<tr><th scope="row">${escaped(name)}</th>${all.map((each) => cell(each, name)).join('')}</tr>`,
  );
  const heads = all.map(
    (each) =>
      `<th scope="col" class="name${of(each)}"${each.revision === marked ? ' aria-current="true"' : ''}>${each.revision.slug}</th>`,
  );
  const states = all.map((each) => `<td class="none${of(each)}">${count(each.report.states)}</td>`);
  return wide(
    'Verdicts',
    `<table class="matrix"><thead><tr><th scope="col">rule</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}<tr><th scope="row">distinct states</th>${states.join('')}</tr></tbody></table>`,
  );
}

function revisionPage(
  { revision, report }: Checked,
  before: Revision | null,
  all: readonly Checked[],
): string {
  const { slug, title, tree } = revision;
  const violated = report.results.filter((result) => isRule(result) && result.verdict === 'violated');
  const traces = violated.map((result) => traceSection(revision, result));
  return `${front(`${slug}`)}
**${escaped(title)}.**${linkTo(tree)}

${prose(sourceOf(slug))}

## Verdicts

Bound: ${boundText(bound)}; complete: ${count(report.states)} distinct states, ${count(report.transitions)} transitions, depth ${report.depth}.

${legend} The column of ${slug} is marked.

${matrix(all, revision)}

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

/** Where a revision's code stands; one that is here alone is on its page already. */
function linkTo(tree: string): string {
  if (tree.startsWith('spec/')) return '';
  return ` [${tree.startsWith('docs/') ? 'How it works' : 'Its Go code'}](${tree.replace(/^docs\//, '../')}).`;
}

function traceSection(revision: Revision, { property, subject, trace }: Result<Service, AnyAction>): string {
  const story = tell(revision, bound, trace ?? []);
  return `### ${property.name}

${property.sentence} ([source](${property.source})). Broken for ${subject} in ${story.steps.length} steps; none shorter.

${wide(`Diagram: ${revision.slug} breaks '${property.name}'`, storySvg(story, `${revision.slug} breaks '${property.name}'`))}

<details class="steps"><summary>The same, step by step, with the Go lines</summary>${stepList(story)}</details>

\`npx shim-spec check ${revision.slug} ${boundFlags(bound)} --show ${property.name.includes("'") ? `"${property.name}"` : `'${property.name}'`}\``;
}

function stepList({ steps }: Story): string {
  const items = steps.map(({ lane, text, source, events }) => {
    const what = source === null ? escaped(text) : `<a href="${escaped(source)}">${escaped(text)}</a>`;
    const published = events.map((event) => ` <span class="event">▶ ${escaped(eventText(event))}</span>`);
    return `<li><b>${escaped(lane)}</b> ${what}${published.join('')}</li>`;
  });
  return `<ol>${items.join('')}</ol>`;
}

/** The paragraphs of a module's opening comment, without its tags. */
function prose(source: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(source) ?? [];
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, ''));
  const end = lines.findIndex((line) => line.startsWith('@'));
  return (end < 0 ? lines : lines.slice(0, end)).join('\n').trim();
}

function front(title: string): string {
  return `---\ntitle: ${JSON.stringify(title)}\n---\n\n# ${title}\n`;
}
