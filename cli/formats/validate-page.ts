import type { LogBreach } from '../../conformance/log/monitor.ts';
import { observedText } from '../../conformance/log/observed.ts';
import type { Validation } from '../../conformance/log/validate.ts';
import { pageText } from '../../render/page.ts';
import { escaped, sequenceSvg } from '../../render/sequence-svg.ts';

/** The verdict on a log, with a picture of each breach: a lane for each process, the broken rule marked. */
export function validationPage(
  file: string,
  { counts, breaches }: Validation,
  notes: readonly string[],
  diagnosisOf: (breach: LogBreach) => readonly string[],
): string {
  const rows = [...counts].map(
    ([rule, n]) => `<tr class="bad"><td>✗</td><td>${escaped(rule)}</td><td>${n}</td></tr>`,
  );
  const sections = breaches.map((breach) => {
    const { rule, container, exec, event } = breach;
    const process = exec === '' ? container : `${container}/${exec}`;
    const diagnosis = diagnosisOf(breach).map((line) => `<li>${escaped(line.trim())}</li>`);
    return `<section><h2>${escaped(`${rule.name} (${rule.level}): ${process}, ${event.at}`)}</h2><p>${escaped(rule.sentence)} <a href="${escaped(rule.source)}">source</a></p><ul>${diagnosis.join('')}</ul><div class="wide" tabindex="0">${breachSvg(breach)}</div></section>`;
  });
  const verdict =
    counts.size === 0
      ? 'no rule is broken'
      : `${counts.size} ${counts.size === 1 ? 'rule is' : 'rules are'} broken`;
  const left = notes.map((note) => `<li>${escaped(note)}</li>`).join('');
  return pageText(
    `shim-spec validate: ${file}`,
    `<h1>${escaped(file)}: ${verdict}</h1><ul>${left}</ul><table><tbody>${rows.join('')}</tbody></table>${sections.join('')}`,
  );
}

function breachSvg({ rule, history, event }: LogBreach): string {
  const rows = history.map((each) => ({
    lane: each.exec === '' ? each.container : each.exec,
    text: `${observedText(each)}  ${each.at}`,
    events: [],
    breaks: each === event ? [rule.name] : [],
    after: [],
  }));
  return sequenceSvg({ title: `The events around ${event.at}`, rows, waiting: [] });
}
