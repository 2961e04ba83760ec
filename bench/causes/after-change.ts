/**
 * `npm run bench:causes-cache [FLAG…]`: with `--cache`, how long `causes --all` takes with an empty folder, with a full one, and
 * after an edit of each revision's module in turn. Flags such as `--execs 0 --with delete,shutdown` ask about less.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { revisions } from '../../spec/index.ts';

const wanted = 0.2;
const asked = process.argv.slice(2);
const everything = ['--containers', '1', '--execs', '1', '--with', 'all', '--max-states', '20000'];
const flags = asked.length > 0 ? asked : everything;

/** One sweep. */
interface Run {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly searched: number;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'shim-spec-after-change-'));
const print = (line: string): void => void process.stdout.write(`${line}\n`);
try {
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  print(`| \`causes --all ${flags.join(' ')}\` | searched | time | processor time | of the first |`);
  print('| --- | --- | --- | --- | --- |');
  const cold = sweep();
  print(row('the folder is empty', cold, cold));
  print(row('nothing has changed', sweep(), cold));
  const shares = revisions.map(({ slug }) => {
    const run = afterEditOf(slug);
    print(row(`\`${slug}\` has changed`, run, cold));
    return run.seconds / cold.seconds;
  });
  print(
    `\nafter a change of one revision: ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} of the time (wanted: at most ${percent(wanted)})`,
  );
} finally {
  rmSync(copy, { recursive: true });
}

/** A sweep by the copy, over the cache beside it. @throws RangeError where it fails */
function sweep(): Run {
  const [start, before] = [performance.now(), childSeconds()];
  const main = join(copy, 'dist/cli/main.js');
  const args = [main, 'causes', '--all', ...flags, '--cache', join(copy, 'cache'), '--format', 'json'];
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  const seconds = (performance.now() - start) / 1_000;
  const [, searched] = /were in the cache, (\d+) were not/.exec(stderr) ?? [];
  if (searched === undefined) throw new RangeError(`causes has failed: ${stderr}`);
  return { seconds, processorSeconds: childSeconds() - before, searched: Number(searched) };
}

/** A sweep while a comment stands at the end of a revision's module. */
function afterEditOf(slug: string): Run {
  const file = join(copy, `dist/spec/revisions/${slug}.js`);
  const text = readFileSync(file, 'utf8');
  appendFileSync(file, '// edited\n');
  const run = sweep();
  writeFileSync(file, text);
  return run;
}

/** What the children that have ended took of the processors: proc_pid_stat(5), cutime and cstime. */
function childSeconds(): number {
  const ticksPerSecond = 100;
  const [, fields = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ');
  const [user = 0, system = 0] = fields.split(' ').slice(13, 15).map(Number);
  return (user + system) / ticksPerSecond;
}

function row(what: string, { seconds, processorSeconds, searched }: Run, first: Run): string {
  return `| ${what} | ${searched} | ${seconds.toFixed(1)} s | ${processorSeconds.toFixed(1)} s | ${percent(seconds / first.seconds)} |`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
