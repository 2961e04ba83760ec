/** The pages of the matrix: every check on every shim that `npm run matrix` ran, and what each failure was. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { subjects } from '../bench/matrix/subjects.ts';
import { courseSvg } from '../render/course/course-svg.ts';
import { stepLines } from '../render/course/moments.ts';
import { escaped } from '../render/sequence-svg.ts';
import type { MatrixRecord, ResultRecord, ShimRecord } from '../render/shims/record.ts';
import { type Page, parent } from './collections.ts';
import { anchorOf } from './verdicts.ts';
import { wide } from './wide.ts';

const signs = { conforms: '✓', violates: '✗', 'could not judge': '?' } as const;
const classes = { conforms: 'good', violates: 'bad', 'could not judge': 'none' } as const;
const words = { conforms: 'passes', violates: 'fails', 'could not judge': 'cannot be judged by' } as const;
const stackShown = 12;

/** @param docs the folder that has matrix.json */
export function readMatrix(docs: string): MatrixRecord {
  return JSON.parse(readFileSync(join(docs, 'matrix.json'), 'utf8')) as MatrixRecord;
}

/** The pictures of the failures, by their file beside the pages: a page loads one when it comes into sight. */
export function matrixPictures(matrix: MatrixRecord): ReadonlyMap<string, string> {
  const pictures = matrix.shims.flatMap((shim) =>
    shim.results.filter(hasPicture).map((result) => [pictureOf(shim, result), svgOf(shim, result)] as const),
  );
  return new Map(pictures);
}

function hasPicture({ verdict, moments = [] }: ResultRecord): boolean {
  return verdict === 'violates' && moments.length > 0;
}

function pictureOf({ slug }: ShimRecord, { name }: ResultRecord): string {
  return `${anchorOf(`matrix ${slug} ${name}`)}.svg`;
}

function svgOf({ title }: ShimRecord, { name, moments = [], breaches = [] }: ResultRecord): string {
  const named = breaches.map((each) => ({ ...each, rule: { name: each.rule } }));
  return courseSvg({ name: `${title}: ${name}`, moments, breaches: named });
}

/** A page with the table, and one for each shim that ran. */
export function matrixPages(matrix: MatrixRecord): Page[] {
  const ran = matrix.shims.filter(({ failure }) => failure === null);
  const children = ran.map((shim) => ({ title: shim.title, file: `./${fileOf(shim)}` }));
  return [
    { file: 'matrix.md', text: parent('The matrix of shims', children, frontText(matrix, ran)) },
    ...ran.map((shim) => ({ file: fileOf(shim), text: shimText(matrix, shim) })),
  ];
}

function fileOf({ slug }: ShimRecord): string {
  return `matrix-${slug}.md`;
}

function frontText({ shims }: MatrixRecord, ran: readonly ShimRecord[]): string {
  const languages = [...new Set(ran.flatMap((shim) => shim.languages))].toSorted();
  const days = [...new Set(ran.map(({ day }) => day))].toSorted();
  const absent = shims.filter(({ failure }) => failure !== null);
  const pending = subjects.filter(({ slug }) => !shims.some((shim) => shim.slug === slug));
  return `\`npm run matrix\` installs each of these shims at a pinned version and runs every check of \`shim-spec conform\` on it. Here are ${ran.length} shims and runtimes, in ${languages.join(', ')}, as of ${days.join(' and ')}. ✓ conforms, ✗ breaks a rule, ? could not be judged, – was not run. A ✗ is a link to what was sent, what came, and the command that repeats it.

${tableOf(ran)}

## Not here

${[...absent.map(absenceText), ...pending.map(pendingText)].join('\n\n')}

## Each of them`;
}

function absenceText({ title, installs, failure }: ShimRecord): string {
  return `**${title}**: \`${installs[0]}\` ended with\n\n\`\`\`text\n${failure}\n\`\`\``;
}

function pendingText({ title, slug }: { readonly title: string; readonly slug: string }): string {
  return `**${title}** has not been run yet: \`npm run matrix -- ${slug}\`.`;
}

function tableOf(ran: readonly ShimRecord[]): string {
  const names = [...new Set(ran.flatMap(({ results }) => results.map(({ name }) => name)))];
  const heads = ran.map(
    (shim) => `<th scope="col" class="name"><a href="${fileOf(shim)}">${escaped(shim.title)}</a></th>`,
  );
  const rows = names.map(
    (name) =>
      `<tr><th scope="row">${escaped(name)}</th>${ran.map((shim) => cellOf(shim, name)).join('')}</tr>`,
  );
  return wide(
    'Checks by shim',
    `<table class="matrix"><thead><tr><th scope="col">check</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`,
  );
}

function cellOf(shim: ShimRecord, name: string): string {
  const result = shim.results.find((each) => each.name === name);
  if (!result) return '<td class="none">–</td>';
  const { verdict } = result;
  const sign = signs[verdict];
  if (verdict === 'conforms') return `<td class="good">${sign}</td>`;
  const label = escaped(`${shim.title} ${words[verdict]} '${name}'`);
  return `<td class="${classes[verdict]}"><a href="${fileOf(shim)}#${anchorOf(name)}" aria-label="${label}">${sign}</a></td>`;
}

function shimText(matrix: MatrixRecord, shim: ShimRecord): string {
  const { title, languages, day, machine, profile, installs, results, note } = shim;
  const count = (verdict: ResultRecord['verdict']): number =>
    results.filter((each) => each.verdict === verdict).length;
  const bad = results.filter(({ verdict }) => verdict === 'violates');
  const unjudged = results.filter(({ verdict }) => verdict === 'could not judge');
  return `---
title: ${JSON.stringify(title)}
---

# ${title}

Written in ${languages[0]}; its OCI runtime in ${languages[1]}. ${count('conforms')} checks passed, ${count('violates')} failed, ${count('could not judge')} could not be judged, on ${day}. ${machine}. ${profile}${note === '' ? '' : `\n\n${note}`}

${installs.map((command) => `    ${command}`).join('\n')}

${bad.map((result) => failureText(matrix, shim, result)).join('\n\n')}
${unjudged.map((result) => `## ${result.name}\n\nCould not be judged: ${escaped((result.notes ?? []).join('; '))}.`).join('\n\n')}
`;
}

function failureText({ rules }: MatrixRecord, shim: ShimRecord, result: ResultRecord): string {
  const { name, breaches = [], moments = [], notes = [], repeat = '' } = result;
  const broken = breaches.map(({ rule, subject, what }) => {
    const { level = '', sentence = '', source = '' } = rules[rule] ?? {};
    return `- **${escaped(rule)}** (${level}), ${escaped(subject)}: ${escaped(what)}. ${escaped(sentence)} ([source](${source}))`;
  });
  const stack = breaches.flatMap((each) => each.stack.slice(0, stackShown));
  return [
    `## ${name}`,
    broken.join('\n'),
    ...(notes.length > 0 ? [escaped(notes.join('; '))] : []),
    ...(hasPicture(result) ? [pictureText(shim, result), block(stepLines(moments))] : []),
    ...(stack.length > 0 ? [block(stack)] : []),
    `\`npm run matrix -- ${shim.slug} ${repeat}\``,
  ].join('\n\n');
}

/** The lines below a picture say what it says. */
function pictureText(shim: ShimRecord, result: ResultRecord): string {
  const [, width = '', height = ''] = / width="(\d+)" height="(\d+)"/.exec(svgOf(shim, result)) ?? [];
  const title = `${shim.title}: ${result.name}`;
  const size = `width="${width}" height="${height}"`;
  const image = `<img src="./${pictureOf(shim, result)}" alt="${escaped(title)}" ${size} loading="lazy">`;
  return wide(`Diagram: ${title}`, `<div class="fit" style="--natural:${width}px">${image}</div>`);
}

function block(lines: readonly string[]): string {
  return `\`\`\`text\n${lines.join('\n')}\n\`\`\``;
}
