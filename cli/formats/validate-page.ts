import { type BreachGroup, rowsOf } from '../../conformance/log/breach-groups.ts';
import { explanationOf, sightingText } from '../../conformance/log/explanations.ts';
import type { LogBreach } from '../../conformance/log/monitor.ts';
import { observedText, processOf } from '../../conformance/log/observed.ts';
import type { Validation } from '../../conformance/log/validate.ts';
import { pageText } from '../../render/page.ts';
import { escaped, sequenceSvg } from '../../render/sequence-svg.ts';
import type { Revision } from '../../spec/index.ts';
import {
  diagnosisLines,
  eventsShown,
  revisionLines,
  shortener,
  timeText,
  unjudged,
} from './validate-text.ts';

/** The verdict on a log, with a picture of the breaches: a lane for each process, the broken rules marked. */
export function validationPage(validation: Validation, revision: Revision | null): string {
  const { files, counts, groups, watched } = validation;
  const nameOf = shortener(eventsShown(validation));
  const rows = [...counts].map(
    ([rule, n]) => `<tr class="bad"><td>✗</td><td>${escaped(rule)}</td><td>${n}</td></tr>`,
  );
  const verdict =
    counts.size === 0
      ? 'no rule is broken'
      : `${counts.size} ${counts.size === 1 ? 'rule is' : 'rules are'} broken`;
  const seen = watched.sightings.map(
    ({ name, count }) => `${name} (${count}): ${sightingText(name).sentence}`,
  );
  const notes = [...revisionLines(watched.revisions, revision), ...seen, ...unjudged(validation)];
  const file = escaped(files.join(', '));
  return pageText(
    `shim-spec validate: ${files.join(', ')}`,
    `<h1>${file}: ${verdict}</h1>${list(notes)}<table><tbody>${rows.join('')}</tbody></table>${groups.map((group) => section(group, nameOf)).join('')}`,
  );
}

function section(group: BreachGroup, nameOf: (id: string) => string): string {
  const breaches = group.breaches.map((breach) => breachText(breach, nameOf)).join('');
  return `<section>${breaches}<div class="wide" tabindex="0">${groupSvg(group, nameOf)}</div></section>`;
}

function breachText(breach: LogBreach, nameOf: (id: string) => string): string {
  const { rule, container, exec, event, diagnosis } = breach;
  const process = processOf({ container: nameOf(container), exec: nameOf(exec) });
  const explanation = explanationOf(breach);
  const why = explanation
    ? [
        `${explanation.name}: ${explanation.sentence}`,
        `Look at: ${explanation.next}`,
        `Known of: ${explanation.versions}; ${explanation.link}`,
      ]
    : [];
  const lines = [...(diagnosis ? diagnosisLines(diagnosis) : []), ...why];
  return `<h2>${escaped(`${rule.name} (${rule.level}): ${process}, ${event.at}`)}</h2><p>${escaped(rule.sentence)} <a href="${escaped(rule.source)}">source</a></p>${list(lines)}`;
}

function list(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`;
}

function groupSvg(group: BreachGroup, nameOf: (id: string) => string): string {
  const rows = rowsOf(group).map((each) => ({
    lane: nameOf(each.exec === '' ? each.container : each.exec),
    text: `${timeText(each) ?? ''}  ${observedText(each, nameOf)}  ${each.at}`.trimStart(),
    events: [],
    breaks: group.breaches.filter(({ event }) => event === each).map(({ rule }) => rule.name),
    after: [],
  }));
  return sequenceSvg({ title: `The events of ${nameOf(group.container)}`, rows, waiting: [] });
}
