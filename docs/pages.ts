/** The pages that the checker writes: each revision with its difference, its verdicts and its counterexamples. */
import type { Result } from '../checker/index.ts';
import { boundFlags, boundText } from '../render/bound.ts';
import { escaped } from '../render/sequence-svg.ts';
import { tell } from '../render/story.ts';
import { storySvg } from '../render/story-svg.ts';
import { count } from '../render/table.ts';
import { type AnyAction, type Revision, revisions, type Service } from '../spec/index.ts';
import { type Page, parent } from './collections.ts';
import { diffTable, sourceOf } from './diff-table.ts';
import { explorerLink } from './explorer-link.ts';
import { stepList } from './step-list.ts';
import { processMachine, touchedTable } from './touched.ts';
import { bound, type Checked, fileOf, legend, matrix, ruleResults } from './verdicts.ts';
import { diagram } from './wide.ts';

/** A page of each revision, and one that shows all. */
export function revisionPages(all: readonly Checked[]): Page[] {
  return [
    { file: 'history.md', text: historyPage(all) },
    ...all.map((checked, i) => ({
      file: fileOf(checked.revision),
      text: revisionPage(checked, revisions[i - 1] ?? null, all),
    })),
  ];
}

function historyPage(all: readonly Checked[]): string {
  const text = `Every historical revision of the algorithm, and \`proposed\` of our own, checked while this page was built. Bound: ${boundText(bound)}. ${legend}

${matrix(all, null)}

[The explorer](explorer.html) runs the same checker in your browser, with other bounds.`;
  return parent(
    'The history',
    all.map(({ revision }) => ({ title: revision.slug, file: `./${fileOf(revision)}` })),
    text,
  );
}

function revisionPage(checked: Checked, before: Revision | null, all: readonly Checked[]): string {
  const { revision, report } = checked;
  const { slug, title, tree } = revision;
  const violated = ruleResults(checked).filter(({ verdict }) => verdict === 'violated');
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
  const { name, sentence, source } = property;
  const steps = trace ?? [];
  const story = tell(revision, bound, steps);
  const title = `${revision.slug} breaks '${name}'`;
  return `### ${name}

${sentence} ([source](${source})). Broken for ${subject}; shortest counterexample: ${story.steps.length} ${story.steps.length === 1 ? 'step' : 'steps'}.

${diagram(title, storySvg(story, title))}

<p class="next">${explorerLink({ revision, bound, rule: name, trace: steps })}</p>

${stepList(story)}

\`npx shim-spec check ${revision.slug} ${boundFlags(bound)} --show ${name.includes("'") ? `"${name}"` : `'${name}'`}\``;
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
