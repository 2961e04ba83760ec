/**
 * `npm run go-tests:verdicts -- TIMES SLUG…`: runs the generated Go tests, those of the known races and those of the
 * findings, so many times (default 20) on each release of the matrix (default: all that have a revision). After each
 * run of a release it writes docs/go-tests.json, from which the site's page is made; Ctrl-C ends it after the runs that
 * have begun. As root, with Go. `--cache FOLDER` has the programs, `--at-once N` has so many runs side by side,
 * `--test TEXT` the tests alone whose names have the text.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type GoTestOf, goName } from '../../conformance/go-test/go-test.ts';
import { findRevision } from '../../render/find-revision.ts';
import type {
  CountsRecord,
  GoTestRecord,
  GoTestsRecord,
  ReleaseRecord,
} from '../../render/shims/go-tests-record.ts';
import { install } from '../matrix/install.ts';
import { subjects } from '../matrix/subjects.ts';
import { buildGoTests } from './build.ts';
import { findingTests } from './finding-tests.ts';
import { isForcedIn, rulesOf } from './forced-in.ts';
import { knownGoTests } from './known.ts';
import { releases } from './releases.ts';
import { runTests } from './run-tests.ts';

const data = fileURLToPath(new URL('../../../docs/go-tests.json', import.meta.url));
const timesDefault = 20;

function wrong(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cache: { type: 'string' },
    test: { type: 'string', multiple: true, default: [] },
    'at-once': { type: 'string', default: '1' },
  },
});
const [first = '', ...rest] = positionals;
const times = /^\d+$/.test(first) ? Number(first) : timesDefault;
const named = /^\d+$/.test(first) ? rest : positionals;
const unknown = named.find((slug) => !releases.has(slug));
const atOnce = Number(values['at-once']);
if (!Number.isInteger(atOnce) || atOnce < 1)
  wrong(
    `--at-once is no count (got ${values['at-once']}, allowed 1 or more): give how many run side by side`,
  );
if (times < 1) wrong(`the tests are run once at least (got ${first}): give a count`);
if (unknown !== undefined)
  wrong(
    `there is no release '${unknown}' whose algorithm is known (allowed ${[...releases.keys()].join(', ')}): name one of these`,
  );
if (process.getuid?.() !== 0)
  wrong('the tests start containers (got a user, allowed root): run it with sudo');
const cache = resolve(
  values.cache ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'shim-spec-matrix'),
);
mkdirSync(cache, { recursive: true });

function recordOf(of: GoTestOf): GoTestRecord {
  const { name } = of.race;
  const slugs = [...new Set(releases.values())];
  return {
    test: `Test${goName(name)}`,
    name,
    rules: rulesOf(of),
    isForced: Object.fromEntries(slugs.map((slug) => [slug, isForcedIn(of, findRevision(slug))])),
  };
}

function write(found: GoTestsRecord): void {
  const before = existsSync(data) ? (JSON.parse(readFileSync(data, 'utf8')) as GoTestsRecord).releases : [];
  const isNew = ({ slug }: ReleaseRecord): boolean => found.releases.some((each) => each.slug === slug);
  // Tests that were not run now keep what they had.
  const merged = found.releases.map((each) => {
    const old = before.find(({ slug }) => slug === each.slug)?.results ?? {};
    return { ...each, results: { ...old, ...each.results } };
  });
  const all = [...before.filter((each) => !isNew(each)), ...merged];
  const inOrder = [...releases.keys()].flatMap((slug) => all.filter((each) => each.slug === slug));
  const lines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join(',\n');
  writeFileSync(
    data,
    `{"tests":[\n${lines(found.tests)}\n],"findings":[\n${lines(found.findings)}\n],"releases":[\n${lines(inOrder)}\n]}\n`,
  );
}

const noRun: CountsRecord = { times: 0, broken: 0, unclear: 0 };

/** The record of a release with another round. */
function added(before: ReleaseRecord, round: ReleaseRecord['results']): ReleaseRecord {
  const results = Object.entries(round).map(([test, now]) => {
    const { times, broken, unclear } = before.results[test] ?? noRun;
    const counts = {
      times: times + now.times,
      broken: broken + now.broken,
      unclear: unclear + now.unclear,
    };
    return [test, counts] as const;
  });
  return { ...before, results: Object.fromEntries(results) };
}

const hasRun = ({ results }: ReleaseRecord): boolean => Object.keys(results).length > 0;

let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (isStopped = true));

const { findings, tests: ofFindings } = findingTests();
const made = [...knownGoTests(), ...ofFindings];
const tests = made.map(recordOf);
const wanted = tests.filter(
  ({ name }) => values.test.length === 0 || values.test.some((text) => name.includes(text)),
);
if (wanted.length === 0)
  wrong(
    `no test has one of these in its name (got ${values.test.join(', ')}): the page of the Go tests lists them`,
  );
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-go-tests-'));
try {
  const program = buildGoTests(made, folder);
  const day = new Date().toISOString().slice(0, 10);
  const chosen = subjects.flatMap(({ slug, title, shim }) => {
    const revision = releases.get(slug);
    if (revision === undefined || (named.length > 0 && !named.includes(slug))) return [];
    const record: ReleaseRecord = { slug, title, revision, day, results: {} };
    return [{ path: install(shim, cache), record }];
  });
  const left = Array.from({ length: times }, () => chosen).flat();
  let done = 0;
  const work = async (): Promise<void> => {
    for (let each = left.shift(); each && !isStopped; each = left.shift()) {
      const round = await runTests(program, each.path, wanted);
      each.record = added(each.record, round);
      write({ tests, findings, releases: chosen.flatMap(({ record }) => (hasRun(record) ? [record] : [])) });
      process.stdout.write(`${++done} of ${times * chosen.length} runs\n`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
} finally {
  rmSync(folder, { recursive: true });
}
