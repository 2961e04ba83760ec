/** The page of causes: for each revision what the world must do for a rule to break. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extents } from '../bench/causes/extents.ts';
import { type CauseBeyond, causesBeyond } from '../render/causes/beyond.ts';
import {
  type CausesReport,
  countsIn,
  cutOffIn,
  isWhole,
  percentKnown,
  type RuleReport,
  setText,
} from '../render/causes/report.ts';
import { causesSvg } from '../render/causes/svg.ts';
import { escaped } from '../render/sequence-svg.ts';
import { count } from '../render/table.ts';
import { revisions } from '../spec/index.ts';
import { type Page, parent } from './collections.ts';
import { anchorOf, rulesFile } from './verdicts.ts';
import { diagram, wide } from './wide.ts';

/**
 * What is known and what is new, with the causes at the first bound; and a page for each larger bound that was searched.
 *
 * @param docs the folder that has causes.json, which `npm run causes-page` writes
 */
export function causesPages(docs: string): Page[] {
  const reports = JSON.parse(readFileSync(join(docs, 'causes.json'), 'utf8')) as CausesReport[];
  const [first, ...larger] = extents.map(extentOf);
  const at = (name: string): CausesReport[] => reports.filter((report) => extentOf(report) === name);
  const names = larger.filter((name) => at(name).length > 0);
  const children = names.map((name) => ({ title: `The causes at ${name}`, file: `./${fileOf(name)}` }));
  return [
    { file: 'causes.md', text: parent('The causes', children, frontText(reports, first as string, names)) },
    ...names.map((name) => ({
      file: fileOf(name),
      text: `---\ntitle: The causes at ${name}\n---\n\n# The causes at ${name}\n\n${unknownIsOpen}\n\n${sections(at(name))}\n`,
    })),
  ];
}

const unknownIsOpen =
  'A search ends at a limit of states. What a search that was cut off found broken is broken. What it did not find is *unknown*, and does not count as holding.';

function frontText(reports: readonly CausesReport[], first: string, larger: readonly string[]): string {
  return `What must the world do for a rule to break? The environment of a shim has options: clients that send Delete, a pid that is used again, a runc that fails. For each rule these are the smallest sets of options that break it, over all sets of options. A larger set breaks it, too ([why](../decisions/0012-more-options-are-more-runs.md)).

## How much is known

${unknownIsOpen} Of all pairs of a rule and a set, this is how many have a verdict, by containers × execs:

${coverageTable(reports)}

${beyondText(reports, first, larger)}

${sections(reports.filter((report) => extentOf(report) === first))}${larger.length > 0 ? '\n\n## Larger bounds' : ''}`;
}

function sections(reports: readonly CausesReport[]): string {
  return reports.map(causesSection).join('\n\n');
}

/** Of the page at a larger bound. */
function fileOf(extent: string): string {
  return `causes-${extent.replaceAll(' × ', 'x')}.md`;
}

/** `1 × 2`: containers × execs. */
function extentOf({ containers, execs }: Pick<CausesReport, 'containers' | 'execs'>): string {
  return `${containers} × ${execs}`;
}

function coverageTable(reports: readonly CausesReport[]): string {
  const names = extents.map(extentOf);
  const cell = (slug: string, extent: string): string => {
    const report = reports.find((each) => each.revision === slug && extentOf(each) === extent);
    return `<td>${report ? coverageText(report) : 'not searched yet'}</td>`;
  };
  const heads = names.map((extent) => `<th scope="col">${extent}</th>`);
  const rows = revisions.map(
    ({ slug }) =>
      `<tr><th scope="row"><a href="#${anchorOf(slug)}">${slug}</a></th>${names.map((each) => cell(slug, each)).join('')}</tr>`,
  );
  return wide(
    'Verdicts that are known',
    `<table><thead><tr><th scope="col">revision</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`,
  );
}

/** `59 % known; 136 of 168 searches cut off`. */
function coverageText(report: CausesReport): string {
  return `${percentKnown(report)} % known; ${count(cutOffIn(report))} of ${count(report.searches)} searches cut off`;
}

/** What the larger bounds break that the first one does not. */
function beyondText(reports: readonly CausesReport[], first: string, larger: readonly string[]): string {
  if (larger.length === 0) return '';
  const found = reports.flatMap((report) => {
    const smaller = reports.find((each) => each.revision === report.revision && extentOf(each) === first);
    return smaller && smaller !== report ? causesBeyond(smaller, report) : [];
  });
  const title = `## What is new beyond ${first}\n\n`;
  const asked = `At ${larger.join(' and ')}, as far as it was searched,`;
  if (found.length === 0)
    return `${title}${asked} every cause contains one that breaks the rule at ${first}, too.`;
  const words = { holds: `holds at ${first}`, absent: 'no such rule', unknown: `unknown at ${first}` };
  const rows = found.map(
    ({ report, fixed, rule, cause, before }: CauseBeyond) =>
      `<tr><th scope="row">${report.revision}</th><td>${extentOf(report)}</td><td>${ruleLink(rule)}</td><td>${setText([...fixed, ...cause.with])}</td><td>${cause.steps}</td><td>${words[before]}</td><td><code>${escaped(cause.command)}</code></td></tr>`,
  );
  return `${title}${asked} these causes contain none that is known to break the rule at ${first}:

${wide(`Causes beyond ${first}`, `<table><thead><tr><th scope="col">revision</th><th scope="col">bound</th><th scope="col">rule</th><th scope="col">breaks with</th><th scope="col">steps</th><th scope="col">before</th><th scope="col">show it</th></tr></thead><tbody>${rows.join('')}</tbody></table>`)}`;
}

function ruleLink(rule: string): string {
  return `<a href="${rulesFile}#${anchorOf(rule)}">${escaped(rule)}</a>`;
}

function causesSection(report: CausesReport): string {
  const { revision: slug, sets, searches, statesMax } = report;
  const extent = extentOf(report);
  const title = `${slug}: what it takes to break each rule, ${extent}`;
  const limit = statesMax === null ? '' : `, each of at most ${count(statesMax)} states`;
  const all = report.halves.flatMap(({ fixed, rules }) => rules.map((rule) => ({ rule, fixed })));
  const rows = all.flatMap(({ rule, fixed }) => causeRows(rule, fixed));
  const table =
    rows.length === 0
      ? 'No cause was found.'
      : wide(
          `Causes in ${slug}, ${extent}`,
          `<table><thead><tr><th scope="col">rule</th><th scope="col">breaks with</th><th scope="col">steps</th><th scope="col">show it</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
        );
  return `## ${slug}

${count(searches)} of ${count(sets)} sets were searched${limit}; ${count(cutOffIn(report))} searches were cut off. ${isWhole(report) ? 'Every set has its verdict.' : unknownText(report)}

${diagram(title, causesSvg(report))}

${table}`;
}

function unknownText(report: CausesReport): string {
  const { violated, holds, absent, unknown } = countsIn(report);
  const all = violated + holds + absent + unknown;
  const percent = (part: number): string => `${((100 * part) / all).toFixed(0)} %`;
  return `Of all pairs of a rule and a set ${percent(violated)} break, ${percent(holds + absent)} hold or have no such rule, and ${percent(unknown)} are unknown.`;
}

function causeRows(rule: RuleReport, fixed: readonly string[]): string[] {
  return rule.causes.map(({ with: set, steps, isMinimal, command }) => {
    const what = setText([...fixed, ...set]);
    const doubt = isMinimal ? '' : ' (a smaller set may do)';
    return `<tr><th scope="row">${ruleLink(rule.rule)}</th><td>${what}${doubt}</td><td>${steps}</td><td><code>${escaped(command)}</code></td></tr>`;
  });
}
