/**
 * `npm run bench`: each claim of speed beside a peer, in one run, as medians of paired runs. With a tla2tools.jar named by
 * TLA_JAR, beside TLC, too.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needDebian } from '../test/debian.ts';
import { checkInBrowser } from './browser.ts';
import { command, type Measured, type Peer, spins, tlc } from './peers.ts';

const runs = 5;
const managers = 9;
const model = `two-phase commit, ${managers} managers`;
const root = fileURLToPath(new URL('../../', import.meta.url));

type Spread = readonly [least: number, median: number, most: number];

interface Row {
  readonly claim: string;
  /** The median. */
  readonly ours: number;
  /** The peer's median; null where there is none. */
  readonly peer: number | null;
  readonly unit: string;
  /** Ours over the peer's, pair by pair; of ours alone where there is no peer. */
  readonly spread: Spread;
  readonly wanted: string;
}

function measure(engine: string, name: string, size: number, workers = 1): Measured {
  const script = join(root, 'dist/bench/measure.js');
  return JSON.parse(command(process.execPath, [script, engine, name, String(size), String(workers)], root));
}

const perSecond = ({ states, elapsedMs }: Measured): number => (states / elapsedMs) * 1000;
const bytesAState = ({ states, bytes }: Measured): number => bytes / states;

function spreadOf(values: readonly number[]): Spread {
  const s = values.toSorted((a, b) => a - b);
  return [s[0] ?? 0, s[s.length >> 1] ?? 0, s.at(-1) ?? 0];
}

const medianOf = (values: readonly number[]): number => spreadOf(values)[1];

/** Rates of the same search, ours and a peer's, in turn. */
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
    ours: medianOf(measured.map(([a]) => perSecond(a))),
    peer: medianOf(measured.map(([, b]) => perSecond(b))),
    spread: spreadOf(measured.map(([a, b]) => perSecond(a) / perSecond(b))),
  };
}

function alone(claim: string, wanted: string, unit: string, values: readonly number[]): Row {
  return { claim, wanted, unit, ours: medianOf(values), peer: null, spread: spreadOf(values) };
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
    ours: medianOf(pairs.map(([page]) => page)),
    peer: medianOf(pairs.map(([, node]) => node)),
    spread: spreadOf(pairs.map(([page, node]) => page / node)),
  };
}

/** What no list of states holds: SPIN with COLLAPSE would have 0.2 bytes for each of them in 16 GiB. */
function productRows(): Row[] {
  const { states, elapsedMs, bytes } = measure('symbolic', 'main', 2);
  const claim = `main, 2 containers × 2 execs with delete, exhaustive: ${states.toLocaleString('en-US')} states, symbolic engine`;
  return [
    alone(claim, '≤ 600', 's', [elapsedMs / 1000]),
    alone('the same, decision diagrams', '≤ 16', 'GiB', [bytes / 1024 ** 3]),
  ];
}

/** The peer that is fastest in one run each. */
function fastest(peers: readonly Peer[]): Peer {
  const times = peers.map((peer) => [peer, peer.run().elapsedMs] as const);
  for (const [{ name }, ms] of times) console.error(`${name}: ${(ms / 1000).toFixed(1)} s`);
  return times.reduce((best, each) => (each[1] < best[1] ? each : best))[0];
}

async function rows(folder: string): Promise<Row[]> {
  // First, as for whoever tries it: a machine whose memory others have just filled gives it back slowly.
  const cold = Array.from({ length: runs }, coldCheckMs);
  const short = [alone('shim-spec check from a cold start', '≤ 1500', 'ms', cold), await browserRow()];
  const two = (): Measured => measure('fast', 'two-phase-commit', managers, 2);
  const one = (): Measured => measure('fast', 'two-phase-commit', managers);
  const spin = fastest(spins(folder, managers));
  const { TLA_JAR: jar } = process.env;
  const besideTlc = jar
    ? [paired(`2 threads ÷ TLC, 2 workers, ${model}`, '≥ 20', two, tlc(jar, folder, managers).run, 3)]
    : [];
  return [
    paired(`2 threads ÷ ${spin.name} (its fastest exact search), ${model}`, '≥ 2', two, spin.run, runs),
    ...besideTlc,
    paired(`2 threads ÷ 1 thread, ${model}`, '≥ 1.6', two, one, runs),
    alone(`a stored state, 1 thread, ${model}`, '≤ 16', 'bytes', [bytesAState(one())]),
    alone(`a stored state, 2 threads, ${model}`, '≤ 16', 'bytes', [bytesAState(two())]),
    alone('a stored state, early-exits, 1 container × 3 execs', '≤ 48', 'bytes', [
      bytesAState(measure('fast', 'early-exits', 3)),
    ]),
    paired(
      'fast engine ÷ plain engine, early-exits, 1 container × 2 execs',
      '≥ 10',
      () => measure('fast', 'early-exits', 2),
      () => measure('plain', 'early-exits', 2),
      3,
    ),
    ...productRows(),
    ...short,
  ];
}

function print(table: readonly Row[]): void {
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}\n`);
  const value = (n: number): string => n.toLocaleString('en-US', { maximumFractionDigits: n < 100 ? 1 : 0 });
  for (const { claim, ours, peer, unit, spread, wanted } of table) {
    const [least, median, most] = spread;
    const beside =
      peer === null
        ? ` (${value(least)} to ${value(most)})`
        : `, peer ${value(peer)} ${unit}; ratio ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
    console.log(`${claim}\n    ${value(ours)} ${unit}${beside}; wanted ${wanted}`);
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
