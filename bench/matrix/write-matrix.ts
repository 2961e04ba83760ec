/**
 * `npm run matrix`: installs each shim of the matrix at its pinned version, runs all of `conform` on it, and writes
 * docs/matrix.json, from which the site's page is made. As root, with Go and Rust.
 *
 * `npm run matrix -- SLUG…` does so for these alone, and `--row TEXT` for the checks with this text in their names: their
 * rows take the place of the old ones. `npm run matrix -- SLUG --only CHECK` runs a check again and shows it, and writes
 * nothing; `--list` lists the slugs. `--cache FOLDER` has the programs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listedChecks } from '../../conformance/conform.ts';
import type { MatrixRecord, ResultRecord, ShimRecord } from '../../render/shims/record.ts';
import { installCommand } from './install.ts';
import { conformFlags, type Judged, judge } from './judge.ts';
import { type Subject, subjects } from './subjects.ts';

const data = fileURLToPath(new URL('../../../docs/matrix.json', import.meta.url));
const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const slugs = subjects.map(({ slug }) => slug);

function wrong(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** What is asked for: which subjects, and which flags of `conform` where checks are shown again; null to write all. */
interface Asked {
  readonly chosen: readonly Subject[];
  readonly checks: readonly string[] | null;
  /** Texts in the names of the checks whose rows are written; all rows where empty. */
  readonly rows: readonly string[];
  readonly cache: string;
}

function parsed(): Asked {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      row: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      path: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  if (values.list) {
    const lines = subjects.map(({ slug, shim }) => `${slug.padEnd(24)} ${installCommand(shim)}\n`);
    process.stdout.write(lines.join(''));
    process.exit(0);
  }
  const unknown = positionals.find((slug) => !slugs.includes(slug));
  if (unknown !== undefined)
    wrong(`there is no shim '${unknown}' in the matrix (allowed ${slugs.join(', ')}): name one of these`);
  if (values.only.length > 0 && positionals.length !== 1)
    wrong(
      '--only runs checks of one shim (got none or several): name it, as `npm run matrix -- reference --only TEXT`',
    );
  const unnamed = values.row.find((text) => !listedChecks().some(({ name }) => name.includes(text)));
  if (unnamed !== undefined)
    wrong(`no check has '${unnamed}' in its name: list them with \`npx shim-spec conform --list\``);
  if (process.getuid?.() !== 0)
    wrong('the matrix starts containers (got a user, allowed root): run it with sudo');
  const cache =
    values.cache ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'shim-spec-matrix');
  const chosen = subjects.filter(({ slug }) => positionals.length === 0 || positionals.includes(slug));
  const checks = values.only.flatMap((text) => ['--only', text]);
  const schedules = values.seed === undefined ? ['--runs', '0'] : ['--seed', values.seed];
  const path = values.path === undefined ? [] : ['--path', values.path];
  return {
    chosen,
    checks: checks.length === 0 ? null : [...checks, ...schedules, ...path],
    rows: values.row,
    cache: resolve(cache),
  };
}

/** Runs some checks of one subject, and shows what came. @returns the exit code of `conform` */
function showChecks(subject: Subject, checks: readonly string[], cache: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-matrix-'));
  try {
    const flags = [...conformFlags(subject, cache, folder), ...checks];
    return spawnSync(process.execPath, [main, 'conform', ...flags], { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The results of a column in the order of the checks: those that were run just now, and the others as before. */
function mergedRows(before: ShimRecord | undefined, now: ShimRecord): readonly ResultRecord[] {
  const places = new Map(listedChecks().map(({ name }, i) => [name, i]));
  const place = ({ name }: ResultRecord): number => places.get(name) ?? places.size;
  const isNew = ({ name }: ResultRecord): boolean => now.results.some((each) => each.name === name);
  const kept = (before?.results ?? []).filter((each) => !isNew(each));
  return [...kept, ...now.results].toSorted((a, b) => place(a) - place(b));
}

/** Puts a column, or some rows of it, into the data, in the order of the subjects. A row of JSON is a line. */
function write({ record, rules }: Judged, isPart: boolean): void {
  const before = existsSync(data)
    ? (JSON.parse(readFileSync(data, 'utf8')) as MatrixRecord)
    : { rules: {}, shims: [] };
  const old = before.shims.find(({ slug }) => slug === record.slug);
  const column = isPart && old ? { ...old, results: mergedRows(old, record) } : record;
  const all = [...before.shims.filter(({ slug }) => slug !== record.slug), column];
  const inOrder = slugs.flatMap((slug) => all.filter((each) => each.slug === slug));
  const lines = inOrder.map(({ results, ...head }) => {
    const rows = results.map((result) => JSON.stringify(result)).join(',\n');
    return `${JSON.stringify(head).slice(0, -1)},"results":[\n${rows}\n]}`;
  });
  const known = JSON.stringify({ ...before.rules, ...rules });
  writeFileSync(data, `{"rules":${known},\n"shims":[\n${lines.join(',\n')}\n]}\n`);
}

const { chosen, checks, rows, cache } = parsed();
mkdirSync(cache, { recursive: true });
if (checks) process.exit(showChecks(chosen[0] as Subject, checks, cache));
for (const subject of chosen) {
  process.stdout.write(`${subject.title}: `);
  const found = judge(subject, cache, rows);
  write(found, rows.length > 0);
  const { failure, results } = found.record;
  const count = (verdict: string): number => results.filter((each) => each.verdict === verdict).length;
  process.stdout.write(
    failure === null
      ? `${count('conforms')} passed, ${count('violates')} failed, ${count('could not judge')} not judged\n`
      : `no results: ${failure}\n`,
  );
}
