/** Runs all of `conform` on one subject, and keeps of its report what the page shows. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConformReport, profileText, quoted } from '../../cli/formats/conform-report.ts';
import type { CheckResult } from '../../conformance/checks/check.ts';
import type { MatrixRecord, ResultRecord, RuleRecord, ShimRecord } from '../../render/shims/record.ts';
import { InstallError, install, installCommand } from './install.ts';
import type { Subject } from './subjects.ts';

const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
/** The same generated schedules in each run. */
const seed = '1';
const generatedSeconds = '30';
/** What `conform` ends with where it has judged: conforms, violates, could not judge. */
const judged = [0, 30, 31];
const momentsMax = 120;

/** A column, and the rules that it broke. */
export interface Judged {
  readonly record: ShimRecord;
  readonly rules: MatrixRecord['rules'];
}

/**
 * Installs a subject, and runs every check on it. A failure of either is part of the record.
 *
 * @param only texts: just the checks with one of them in their names, and no generated schedule; every check where empty
 */
export function judge(subject: Subject, cache: string, only: readonly string[] = []): Judged {
  const { slug, title, languages, shim, runtime, note = '' } = subject;
  const installs = [...new Set([installCommand(shim), installCommand(runtime)])];
  const day = new Date().toISOString().slice(0, 10);
  const base = { slug, title, languages, note, installs, day, machine: '', profile: '', results: [] };
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-matrix-'));
  const told = (text: string): string => withoutPaths(text, cache);
  try {
    const output = join(folder, 'report.json');
    const flags = [
      ...conformFlags(subject, cache, folder),
      ...(only.length === 0
        ? ['--seed', seed, '--time-limit', generatedSeconds]
        : ['--runs', '0', ...only.flatMap((text) => ['--only', text])]),
      '--format',
      'json',
    ];
    const args = [main, 'conform', ...flags, '--output', output];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (!judged.includes(status ?? -1))
      return { record: { ...base, failure: told(stderr.trim()) }, rules: {} };
    const report = JSON.parse(told(readFileSync(output, 'utf8'))) as ConformReport;
    const results = report.results.map(resultRecord);
    const profile = report.profile ? profileText(report.profile) : '';
    return {
      record: { ...base, machine: machineOf(install(runtime, cache)), failure: null, profile, results },
      rules: rulesIn(report.results),
    };
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    return { record: { ...base, failure: told(error.message) }, rules: {} };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The flags of `conform` that name a subject, installed. @throws InstallError */
export function conformFlags({ shim, runtime, config }: Subject, cache: string, folder: string): string[] {
  const flags = ['--shim', install(shim, cache), '--runtime', install(runtime, cache)];
  if (config === null) return flags;
  const file = join(folder, 'config.toml');
  writeFileSync(file, config);
  return [...flags, '--config', file];
}

function machineOf(runtime: string): string {
  const { stdout } = spawnSync(runtime, ['--version'], { encoding: 'utf8' });
  return `Linux ${release()}; ${stdout.split('\n')[0]}`;
}

/** Folders of this run, of this machine and of a registry are nobody else's. */
function withoutPaths(text: string, cache: string): string {
  return text
    .replaceAll(cache, 'CACHE')
    .replace(/\/tmp\/shim-spec-[a-z]+-\w+/g, 'FOLDER')
    .replace(/shim-spec-conform-\w+/g, 'FOLDER')
    .replace(/https?:\/\/[\w.]*(proxy\.golang|crates|pypi|npmjs|debian)[\w.]*/g, 'REGISTRY')
    .replace(/\/(?:root|home\/\w+)\//g, '~/');
}

function resultRecord({
  group,
  verdict,
  breaches,
  notes: all,
  moments,
  ...result
}: CheckResult): ResultRecord {
  // A failing schedule is the name of its check; the schedules are one row.
  const isGenerated = group === 'generated';
  const name = isGenerated ? 'generated schedules' : result.name;
  if (verdict === 'conforms') return { name, group, verdict };
  const notes = isGenerated ? [result.name, ...all] : all;
  const shown = breaches.map(({ rule, subject, what, stack }) => ({ rule: rule.name, subject, what, stack }));
  const kept = verdict === 'violates' ? moments.slice(0, momentsMax).map(rounded) : [];
  const repeat = result.replay ?? `--only ${quoted(name)}`;
  return { name, group, verdict, breaches: shown, notes, moments: kept, repeat };
}

/** To the microsecond, from the beginning. */
function rounded<M extends { readonly atMs: number }>(moment: M, _: number, all: readonly M[]): M {
  return { ...moment, atMs: Math.round((moment.atMs - (all[0]?.atMs ?? 0)) * 1_000) / 1_000 };
}

function rulesIn(results: readonly CheckResult[]): Record<string, RuleRecord> {
  const rules = results.flatMap(({ breaches }) => breaches.map(({ rule }) => rule));
  return Object.fromEntries(
    rules.map(({ name, level, sentence, source }) => [name, { level, sentence, source }]),
  );
}
