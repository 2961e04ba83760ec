/** `npm run bench`: each claim of speed beside a peer, in one run, as medians of paired runs. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needDebian } from '../test/debian.ts';
import { checkInBrowser } from './browser.ts';

const runs = 5;
const managers = 8;
const root = fileURLToPath(new URL('../../', import.meta.url));

interface Measured {
  readonly states: number;
  readonly transitions: number;
  readonly elapsedMs: number;
  readonly bytes: number;
}

interface Row {
  readonly claim: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly unit: string;
  /** Ours over the peer's, pair by pair: lowest, median, highest. */
  readonly ratio: readonly [number, number, number] | null;
  readonly wanted: string;
}

function command(name: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(name, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')} failed with ${status}: ${stderr || stdout}`);
  return stdout;
}

function measure(engine: string, model: string, size: number): Measured {
  const script = join(root, 'dist/bench/measure.js');
  return JSON.parse(command(process.execPath, [script, engine, model, String(size)], root));
}

const perSecond = ({ states, elapsedMs }: Measured): number => (states / elapsedMs) * 1000;

/** Compiles the Promela model with `-O2`, without partial-order reduction, and returns a way to run it. */
function spin(folder: string): () => Measured {
  copyFileSync(join(root, 'bench/peers/two-phase-commit.pml'), join(folder, 'model.pml'));
  command('spin', [`-DN=${managers}`, '-a', 'model.pml'], folder);
  command('gcc', ['-O2', '-w', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c'], folder);
  return () => {
    const out = command('./pan', ['-m100000', '-w27', '-E', '-n'], folder);
    const number = (pattern: RegExp): number => Number(pattern.exec(out)?.[1]);
    const elapsedMs = 1000 * number(/elapsed time ([\d.]+)/);
    // pan counts the initial state as a transition, too.
    const transitions = number(/([\d.e+]+) transitions/) - 1;
    return { states: number(/(\d+) states, stored/), transitions, elapsedMs, bytes: 0 };
  };
}

function sorted(values: readonly number[]): readonly [number, number, number] {
  const s = values.toSorted((a, b) => a - b);
  return [s[0] ?? 0, s[s.length >> 1] ?? 0, s.at(-1) ?? 0];
}

function paired(
  claim: string,
  wanted: string,
  ours: () => Measured,
  peer: () => Measured,
  pairs: number,
): Row {
  const measured = Array.from({ length: pairs }, () => [ours(), peer()] as const);
  for (const [a, b] of measured) {
    if (a.states !== b.states || Math.abs(a.transitions / b.transitions - 1) > 1e-4) {
      throw new Error(`${claim}: not the same search (${a.states} and ${b.states} states)`);
    }
  }
  return {
    claim,
    wanted,
    unit: 'states/s',
    ours: sorted(measured.map(([a]) => perSecond(a)))[1],
    peer: sorted(measured.map(([, b]) => perSecond(b)))[1],
    ratio: sorted(measured.map(([a, b]) => perSecond(a) / perSecond(b))),
  };
}

function coldCheckMs(): number {
  const started = performance.now();
  spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), 'check'], { stdio: 'ignore' });
  return performance.now() - started;
}

/** The explorer's page beside Node: milliseconds, the same number of states. */
async function browserRow(): Promise<Row> {
  const pairs: [number, number][] = [];
  for (let i = 0; i < runs; i++) {
    const page = await checkInBrowser('early-exits', 2);
    const node = measure('fast', 'early-exits', 2);
    if (page.states !== node.states)
      throw new Error(`the page found ${page.states} states, Node ${node.states}`);
    pairs.push([page.elapsedMs, node.elapsedMs]);
  }
  return {
    claim: 'the explorer in Chromium ÷ Node, early-exits, 1 container × 2 execs',
    wanted: '≤ 2',
    unit: 'ms',
    ours: sorted(pairs.map(([page]) => page))[1],
    peer: sorted(pairs.map(([, node]) => node))[1],
    ratio: sorted(pairs.map(([page, node]) => page / node)),
  };
}

async function rows(folder: string): Promise<Row[]> {
  const pan = spin(folder);
  const threeExecs = measure('fast', 'early-exits', 3);
  const cold = sorted(Array.from({ length: runs }, coldCheckMs));
  return [
    paired(
      'fast engine ÷ plain engine, early-exits, 1 container × 2 execs',
      '≥ 15',
      () => measure('fast', 'early-exits', 2),
      () => measure('plain', 'early-exits', 2),
      3,
    ),
    paired(
      `fast engine ÷ SPIN without partial-order reduction, two-phase commit, ${managers} managers`,
      '≥ 1',
      () => measure('fast', 'two-phase-commit', managers),
      pan,
      runs,
    ),
    {
      claim: `stored state of the fast engine, early-exits, 1 container × 3 execs (${threeExecs.states} states)`,
      ours: threeExecs.bytes / threeExecs.states,
      peer: null,
      unit: 'bytes',
      ratio: null,
      wanted: '≤ 48',
    },
    {
      claim: 'shim-spec check from a cold start',
      ours: cold[1],
      peer: null,
      unit: 'ms',
      ratio: null,
      wanted: '≤ 1500',
    },
    await browserRow(),
  ];
}

function print(table: readonly Row[]): void {
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}\n`);
  for (const { claim, ours, peer, unit, ratio, wanted } of table) {
    const value = (n: number): string =>
      n.toLocaleString('en-US', { maximumFractionDigits: n < 100 ? 1 : 0 });
    const beside = peer === null ? '' : `, peer ${value(peer)} ${unit}`;
    const spread =
      ratio === null
        ? ''
        : `; ratio ${ratio[1].toFixed(2)} (${ratio[0].toFixed(2)} to ${ratio[2].toFixed(2)})`;
    console.log(`${claim}\n    ${value(ours)} ${unit}${beside}${spread}; wanted ${wanted}`);
  }
}

needDebian(['spin', 'gcc', 'chromium'], ['spin', 'gcc', 'chromium']);
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-bench-'));
try {
  const table = await rows(folder);
  print(table);
  writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(table, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
