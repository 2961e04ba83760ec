/** The findings as Go tests: those whose counterexample a tester can bring about, and the reason where it cannot. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { goTestOf } from '../../cli/run/replay-as-go.ts';
import { type GoTestOf, goName } from '../../conformance/go-test/go-test.ts';
import { seenAs } from '../../conformance/races/races.ts';
import { counterexampleIn } from '../../docs/counterexample.ts';
import type { FindingRecord } from '../../render/shims/go-tests-record.ts';

const folder = fileURLToPath(new URL('../../docs/findings/', import.meta.url)).replace('/dist/', '/');

const ofMessages =
  'The model has no contents of requests and none of another project; a check of `shim-spec conform` shows it.';
const ofLuck =
  'Which thread of the shim goes first decides it: no schedule of clients, runtime and deaths forces it.';

/** Each finding, and the tests of those that have one. */
export function findingTests(): { readonly findings: FindingRecord[]; readonly tests: GoTestOf[] } {
  const all = readdirSync(folder)
    .toSorted()
    .map((name) => findingTest(name.replace(/\.md$/, '')));
  return { findings: all.map(({ finding }) => finding), tests: all.flatMap(({ test }) => test ?? []) };
}

interface FindingTest {
  readonly finding: FindingRecord;
  readonly test: GoTestOf | null;
}

function findingTest(file: string): FindingTest {
  const text = readFileSync(`${folder}${file}.md`, 'utf8');
  const [, title = file] = /^# (.*)$/m.exec(text) ?? [];
  const without = (reason: string): FindingTest => ({
    finding: { file, title, test: null, reason },
    test: null,
  });
  const byConform = /shim-spec conform .*--only/.test(text)
    ? ' A check of `shim-spec conform` shows it.'
    : '';
  const found = counterexampleIn(text);
  if (!found) return without(ofMessages);
  const { rule: property, ...taken } = found;
  if (!seenAs.has(property))
    return without(
      `*${property}* is no rule that calls, answers and the order of events can show.${byConform}`,
    );
  try {
    const test = goTestOf({ ...taken, property });
    const race = { ...test.race, name: `finding ${Number(file.slice(0, 4))}: ${test.race.name}` };
    return {
      finding: { file, title, test: `Test${goName(race.name)}`, reason: '' },
      test: { ...test, race },
    };
  } catch (error) {
    if ((error as Error).name !== 'InputError') throw error;
    return without(ofLuck + byConform);
  }
}
