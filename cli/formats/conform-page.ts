import { defectsIn } from '../../conformance/checks/defects.ts';
import { courseSvg } from '../../render/course/course-svg.ts';
import { pageText } from '../../render/page.ts';
import { escaped } from '../../render/sequence-svg.ts';
import {
  breachText,
  type ConformReport,
  profileText,
  repeatCommand,
  rulesBrokenBy,
  signs,
} from './conform-report.ts';

/** The defects, each with the checks that saw it; nothing where there is none. */
function defectList(report: ConformReport): string {
  const items = defectsIn(report.results).map(({ name, checks }) => {
    const links = checks.map(
      (check) => `<a href="#c${report.results.indexOf(check)}">${escaped(check.name)}</a>`,
    );
    return `<li><strong>${escaped(name)}</strong>: ${links.join('; ')}</li>`;
  });
  return items.length > 0 ? `<h2>Defects</h2><ol>${items.join('')}</ol>` : '';
}

/** One self-contained page: the table, and a diagram for each check that did not conform. */
export function htmlText(report: ConformReport): string {
  const rows = report.results.map(
    (result, i) =>
      `<tr class="${result.verdict === 'conforms' ? 'ok' : 'bad'}"><td>${signs[result.verdict]}</td><td>${result.verdict === 'conforms' ? escaped(result.name) : `<a href="#c${i}">${escaped(result.name)}</a>`}</td><td>${escaped(rulesBrokenBy(result).join(', '))}</td><td>${(result.elapsedMs / 1000).toFixed(1)} s</td></tr>`,
  );
  const details = report.results.flatMap((result, i) => {
    if (result.verdict === 'conforms') return [];
    const list = [...result.breaches.map(breachText), ...result.notes].map(
      (line) => `<li>${escaped(line)}</li>`,
    );
    return [
      `<section id="c${i}"><h2>${escaped(result.name)}</h2><ul>${list.join('')}</ul><p><code>${escaped(repeatCommand(report, result))}</code></p><div class="wide" tabindex="0">${result.moments.length > 0 ? courseSvg(result) : ''}</div></section>`,
    ];
  });
  return pageText(
    `shim-spec conform: ${report.shim}`,
    `<h1>${escaped(report.shim)}: ${escaped(report.verdict)}</h1><p>OCI runtime ${escaped(report.runtime)}, judged by ${escaped(report.specification)}, seed ${report.seed}.</p>${report.profile ? `<p>${escaped(profileText(report.profile))}</p>` : ''}${defectList(report)}<table><thead><tr><th scope="col"></th><th scope="col">check</th><th scope="col">broken rules</th><th scope="col">time</th></tr></thead><tbody>${rows.join('')}</tbody></table>${details.join('')}`,
  );
}
