import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from '../spec/mutants.ts';
import { until } from '../until.ts';
import { BrokenShim, type Replacement } from './broken-shim.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist/cli/main.js');
export const ours: string = join(root, 'dist/reference/main.sh');
export const debians = '/usr/bin/containerd-shim-runc-v2';

/** What `conform --format json` prints. */
export interface Report {
  readonly notTried: readonly string[];
  readonly verdict: string;
  readonly profile: {
    readonly started: object;
    readonly service: string;
    readonly info: object | null;
  };
  readonly results: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly breaches: readonly { readonly rule: { readonly name: string } }[];
    readonly notes: readonly string[];
  }[];
}

/** Runs the tester on a shim. It takes minutes, in which the test runner has to be answered: no spawnSync. */
export function conform(
  shim: string,
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly report: Report }> {
  const args = [main, 'conform', '--shim', shim, '--format', 'json', ...flags];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 2 ** 20 }, (error, out, err) => {
      const code = Number(error?.code ?? 0);
      // Nothing but the report is written where there is no terminal.
      if (out.startsWith('{') && err === '') resolve({ code, report: JSON.parse(out) as Report });
      else reject(new Error(`exit code ${code}: ${err}`, { cause: error }));
    });
  });
}

/** The flags that choose checks by their names. */
export const only = (...names: readonly string[]): string[] => names.flatMap((name) => ['--only', name]);

/** Each check that did not conform, with the rules that it found broken. */
export function violations({ results }: Report): Record<string, string[]> {
  const bad = results.filter(({ verdict }) => verdict !== 'conforms');
  return Object.fromEntries(
    bad.map(({ name, breaches }) => [name, [...new Set(breaches.map(({ rule }) => rule.name))].toSorted()]),
  );
}

/** Gives `body` the reference shim with a fault in its specification, or edited. */
export async function withShim(
  mutant: string | null,
  edits: readonly Replacement[],
  body: (binary: string) => Promise<void>,
): Promise<void> {
  const fault = mutants.find((each) => each.name === mutant) ?? null;
  if (mutant !== null && fault === null) throw new Error(`no mutant ${mutant}`);
  const broken = new BrokenShim(fault, ...edits);
  try {
    await body(broken.binary);
  } finally {
    broken.remove();
  }
}

/**
 * Ends a run by a signal while it has a container, and waits until nothing of it is left in or by `folder`.
 *
 * @returns its exit code, null where the signal ended it, and what it printed
 */
export async function endBy(
  signal: NodeJS.Signals,
  folder: string,
): Promise<{ readonly code: number | null; readonly out: string }> {
  const own = mkdtempSync(join(folder, 'tmp-'));
  const child = spawn(
    process.execPath,
    [main, 'conform', '--shim', ours, '--runs', '0', '--format', 'json'],
    {
      env: { ...process.env, TMPDIR: own },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let out = '';
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const names = await until(
    'the folder of a run',
    () => readdirSync(own).filter((name) => name.startsWith('shim-spec-conform-')),
    (found) => found.length > 0,
  );
  await until(
    'a container',
    () => names.flatMap(cgroupsOf),
    (found) => found.length > 0,
  );
  child.kill(signal);
  const code = await ended;
  await until(
    'nothing that is left',
    () => [...readdirSync(own), ...processesOf(own), ...names.flatMap(cgroupsOf)],
    (left) => left.length === 0,
  );
  return { code, out };
}

export function processesOf(path: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${path}/`);
      } catch {
        return false;
      }
    });
}

function cgroupsOf(name: string): string[] {
  const out = execFileSync('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-name', name], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}
