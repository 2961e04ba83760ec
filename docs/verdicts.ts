/** What the checker says of every revision, as a table in which each cell is a link. */
import { explore, type Report, type Result } from '../checker/index.ts';
import { escaped } from '../render/sequence-svg.ts';
import { count } from '../render/table.ts';
import {
  type AnyAction,
  type Bound,
  modelOf,
  noOptions,
  type Revision,
  revisions,
  type Service,
} from '../spec/index.ts';
import { wide } from './wide.ts';

/** What the pages are checked with. */
export const bound: Bound = { ...noOptions, containers: 1, execs: 1, delete: true };

export interface Checked {
  readonly revision: Revision;
  readonly report: Report<Service, AnyAction>;
}

/** Checks every revision. */
export function checkRevisions(): Checked[] {
  return revisions.map((revision) => ({ revision, report: explore(modelOf(revision, bound)).report }));
}

/** The rules that a report judged: witnesses are none. */
export function ruleResults({ report }: Checked): Result<Service, AnyAction>[] {
  return report.results.filter(({ property }) => property.kind !== 'sometimes');
}

/** The file of a revision's page. */
export function fileOf({ slug }: Revision): string {
  return `revision-${slug}.md`;
}

/** The file of the page about the rules. */
export const rulesFile = 'rules.md';

/** The anchor that TypeDoc gives to a heading; a wrong one makes the build fail. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
    .replaceAll(/-+/g, '-');
}

/** How to read a matrix. */
export const legend =
  '✓ the rule holds; a number: it is violated, and that many steps are the shortest counterexample; – not a rule of this revision. A number opens its counterexample, any other cell the rule.';

/** The verdicts of all revisions. @param marked the one that a page is about */
export function matrix(all: readonly Checked[], marked: Revision | null): string {
  const names = [...new Set(all.flatMap((each) => ruleResults(each).map(({ property }) => property.name)))];
  const isMarked = ({ revision }: Checked): string => (revision === marked ? ' marked' : '');
  const rows = names.map(
    (name) =>
      `<tr><th scope="row">${link(rulePage(name), name)}</th>${all.map((each) => cell(each, name, isMarked(each))).join('')}</tr>`,
  );
  const heads = all.map(
    (each) =>
      `<th scope="col" class="name${isMarked(each)}"${each.revision === marked ? ' aria-current="true"' : ''}>${link(fileOf(each.revision), each.revision.slug)}</th>`,
  );
  const states = all.map((each) => `<td class="none${isMarked(each)}">${count(each.report.states)}</td>`);
  return wide(
    'Verdicts',
    `<table class="matrix"><thead><tr><th scope="col">rule</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}<tr><th scope="row">distinct states</th>${states.join('')}</tr></tbody></table>`,
  );
}

function cell(each: Checked, name: string, mark: string): string {
  const { slug } = each.revision;
  const result = ruleResults(each).find(({ property }) => property.name === name);
  if (!result)
    return `<td class="none${mark}">${link(rulePage(name), '–', `'${name}' is no rule of ${slug}`)}</td>`;
  if (result.verdict === 'holds')
    return `<td class="good${mark}">${link(rulePage(name), '✓', `${slug} keeps '${name}'`)}</td>`;
  const { length } = result.trace ?? [];
  return `<td class="bad${mark}">${link(`${fileOf(each.revision)}#${anchorOf(name)}`, String(length), `${slug} breaks '${name}' in ${length} steps`)}</td>`;
}

function rulePage(name: string): string {
  return `${rulesFile}#${anchorOf(name)}`;
}

function link(file: string, text: string, label = ''): string {
  const named = label === '' ? '' : ` aria-label="${escaped(label)}"`;
  return `<a href="${file}"${named}>${escaped(text)}</a>`;
}
