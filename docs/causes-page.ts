/** The page of causes: for each revision what the world must do for a rule to break. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CausesReport, isWhole, type RuleReport, setText } from '../render/causes/report.ts';
import { causesSvg } from '../render/causes/svg.ts';
import { escaped } from '../render/sequence-svg.ts';
import { count } from '../render/table.ts';
import { revisions } from '../spec/index.ts';
import type { Page } from './collections.ts';
import { anchorOf, rulesFile } from './verdicts.ts';
import { diagram, wide } from './wide.ts';

/** @param docs the folder that has causes.json, which `npm run causes-page` writes */
export function causesPage(docs: string): Page {
  const reports = JSON.parse(readFileSync(join(docs, 'causes.json'), 'utf8')) as CausesReport[];
  const done = new Set(reports.map(({ revision }) => revision));
  const missing = revisions.filter(({ slug }) => !done.has(slug)).map(({ slug }) => slug);
  const left = missing.length === 0 ? '' : ` Not searched yet: ${missing.join(', ')}.`;
  const sections = reports.map(causesSection);
  return {
    file: 'causes.md',
    text: `---\ntitle: The causes\n---\n\n# The causes

What must the world do for a rule to break? The environment of a shim has options: clients that send Delete, a pid that is used again, a runc that fails. For each rule these are the smallest sets of options that break it, over all sets of options. A larger set breaks it, too ([why](../decisions/0012-more-options-are-more-runs.md)). A set with more states than a search may have is unknown, unless a cause was found in it.${left}

${sections.join('\n\n')}
`,
  };
}

function causesSection(report: CausesReport): string {
  const { revision: slug, containers, execs, sets, searches, statesMax } = report;
  const title = `${slug}: what it takes to break each rule`;
  const limit = statesMax === null ? '' : `, each of at most ${count(statesMax)} states`;
  const all = report.halves.flatMap(({ fixed, rules }) => rules.map((rule) => ({ rule, fixed })));
  const rows = all.flatMap(({ rule, fixed }) => causeRows(rule, fixed));
  return `## ${slug}

${count(searches)} of ${count(sets)} sets were searched at ${containers} × ${execs}${limit}; ${isWhole(report) ? 'every set has its verdict' : 'the rest follows from these, or is unknown'}.

${diagram(title, causesSvg(report))}

${wide(`Causes in ${slug}`, `<table><thead><tr><th scope="col">rule</th><th scope="col">breaks with</th><th scope="col">steps</th><th scope="col">show it</th></tr></thead><tbody>${rows.join('')}</tbody></table>`)}`;
}

function causeRows(rule: RuleReport, fixed: readonly string[]): string[] {
  return rule.causes.map(({ with: set, steps, isMinimal, command }) => {
    const name = `<a href="${rulesFile}#${anchorOf(rule.rule)}">${escaped(rule.rule)}</a>`;
    const what = setText([...fixed, ...set]);
    const doubt = isMinimal ? '' : ' (a smaller set may do)';
    return `<tr><th scope="row">${name}</th><td>${what}${doubt}</td><td>${steps}</td><td><code>${escaped(command)}</code></td></tr>`;
  });
}
