/** The page of the generated Go tests: how often each fails on each release, and which findings have none. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escaped } from '../render/sequence-svg.ts';
import type {
  FindingRecord,
  GoTestRecord,
  GoTestsRecord,
  ReleaseRecord,
} from '../render/shims/go-tests-record.ts';
import type { Page } from './collections.ts';
import { wide } from './wide.ts';

const notRun = 'No release has been run yet: `npm run go-tests:verdicts` does so.';

/** @param docs the folder that has go-tests.json, which `npm run go-tests:verdicts` writes */
export function readGoTests(docs: string): GoTestsRecord {
  const file = join(docs, 'go-tests.json');
  if (!existsSync(file)) return { tests: [], findings: [], releases: [] };
  return JSON.parse(readFileSync(file, 'utf8')) as GoTestsRecord;
}

export function goTestsPage(record: GoTestsRecord): Page {
  const text = record.releases.length === 0 ? notRun : recordText(record);
  return {
    file: 'go-tests.md',
    text: `---\ntitle: The Go tests\n---\n\n# The generated Go tests on containerd's releases\n\n${text}\n`,
  };
}

function recordText({ tests, findings, releases }: GoTestsRecord): string {
  const days = [...new Set(releases.map(({ day }) => day))].toSorted().join(' and ');
  const titles = new Map(tests.map(({ test, name }) => [test, name]));
  const runs = releases.flatMap(({ results }) => Object.values(results).map(({ times }) => times));
  return `\`npm run go-tests:verdicts\` builds the Go tests of all known races, and of the findings that a tester can bring about, and runs them on each release: ${timesText(runs)}. \`shim-spec replay … --as go\` prints one of them, and [\`upstream/\`](https://github.com/shim-spec/shim-spec/tree/main/upstream) has them as a suite of containerd's shimtest. As of ${days}, with runc 1.1.5.

A cell says how often the test failed by one of its rules, of how many runs: ✗ each time, ✓ never. The model of the release's algorithm says of each schedule whether it breaks a rule in whichever order the shim takes its own steps; **!** marks a cell that differs from that. A number behind a question mark counts the runs that the test could not carry out.

${wide('Failures by test and release', tableOf(tests, releases))}

## The findings

${findings.map((finding) => findingText(finding, titles)).join('\n')}`;
}

/** How often the tests were run, which need not be in one go. */
function timesText(runs: readonly number[]): string {
  const [least, most] = [Math.min(...runs), Math.max(...runs)];
  const often = least === 1 ? 'once' : `${least} times`;
  if (least === most) return often;
  const same = runs.filter((times) => times === least).length;
  return `${often} in ${same} of ${runs.length} cells, and up to ${most} times in the others`;
}

function tableOf(tests: readonly GoTestRecord[], releases: readonly ReleaseRecord[]): string {
  const heads = releases.map(
    ({ title, revision }) => `<th scope="col" class="name">${escaped(title)}<br>${escaped(revision)}</th>`,
  );
  const rows = tests.map(
    (test) =>
      `<tr><th scope="row">${escaped(test.name)}</th>${releases.map((release) => cellOf(test, release)).join('')}</tr>`,
  );
  return `<table class="matrix"><thead><tr><th scope="col">test</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function cellOf({ test, isForced }: GoTestRecord, { revision, results }: ReleaseRecord): string {
  const { times, broken, unclear } = results[test] ?? { times: 0, broken: 0, unclear: 0 };
  if (times === 0) return '<td class="none">–</td>';
  const sign = broken === times ? '✗&nbsp;' : broken === 0 ? '✓&nbsp;' : '';
  const isForeseen = isForced[revision] ? broken === times : broken === 0;
  const text = [
    `${sign}${broken}/${times}`,
    ...(unclear > 0 ? [`?${unclear}`] : []),
    ...(isForeseen ? [] : ['!']),
  ];
  return `<td class="${broken > 0 ? 'bad' : 'good'}">${text.join(' ')}</td>`;
}

function findingText(
  { file, title, test, reason }: FindingRecord,
  titles: ReadonlyMap<string, string>,
): string {
  const link = `[${title}](../findings/${file}.md)`;
  return test === null ? `- ${link}: no test. ${reason}` : `- ${link}: *${titles.get(test) ?? test}*.`;
}
