/**
 * `npm run bench`: each claim of speed beside a peer, in one run, as medians of paired runs. With a tla2tools.jar named by
 * TLA_JAR, beside TLC, too. `-- --only TEXT` takes the groups of rows whose name has the text.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { needDebian } from '../test/debian.ts';
import { checkInBrowser } from './browser.ts';
import { command, type Measured, type Peer, type PeerModel, rumurs, spins, tlc } from './peers.ts';

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

/** Ours with two threads beside the fastest search of SPIN, and of rumur. */
function besideBoth(
  folder: string,
  peerModel: PeerModel,
  claim: string,
  wanted: readonly [spin: string, rumur: string],
  ours: () => Measured,
): Row[] {
  const beside = (peer: Peer, atLeast: string, pairs: number): Row =>
    paired(`2 threads ÷ ${peer.name} (its fastest exact search), ${claim}`, atLeast, ours, peer.run, pairs);
  return [
    beside(fastest(spins(folder, peerModel)), wanted[0], runs),
    beside(fastest(rumurs(folder, peerModel)), wanted[1], 3),
  ];
}

const two = (): Measured => measure('fast', 'two-phase-commit', managers, 2);
const one = (): Measured => measure('fast', 'two-phase-commit', managers);

/** A revision in the peers' own languages. */
function revisionRows(folder: string, name: 'early-exits' | 'main'): Row[] {
  return besideBoth(
    folder,
    { name, flags: ['-DEXECS=2', '-DDELETE'], slotBits: 21 },
    `${name}, 1 container × 2 execs with delete`,
    ['≥ 4', '≥ 4'],
    () => measure('fast', `peers/${name}`, 2, 2),
  );
}

function twoPhaseCommitRows(folder: string): Row[] {
  const { TLA_JAR: jar } = process.env;
  const besideTlc = jar
    ? [paired(`2 threads ÷ TLC, 2 workers, ${model}`, '≥ 20', two, tlc(jar, folder, managers).run, 3)]
    : [];
  const peerModel: PeerModel = { name: 'two-phase-commit', flags: [`-DN=${managers}`], slotBits: 27 };
  return [...besideBoth(folder, peerModel, model, ['≥ 4', '≥ 25'], two), ...besideTlc];
}

function sizeRows(): Row[] {
  return [
    alone(`a stored state, 1 thread, ${model}`, '≤ 16', 'bytes', [bytesAState(one())]),
    alone(`a stored state, 2 threads, ${model}`, '≤ 16', 'bytes', [bytesAState(two())]),
    alone('a stored state, early-exits, 1 container × 3 execs', '≤ 48', 'bytes', [
      bytesAState(measure('fast', 'early-exits', 3)),
    ]),
  ];
}

function besidePlainRow(): Row {
  return paired(
    'fast engine ÷ plain engine, early-exits, 1 container × 2 execs',
    '≥ 10',
    () => measure('fast', 'early-exits', 2),
    () => measure('plain', 'early-exits', 2),
    3,
  );
}

/** The groups of rows, by the names that `--only` looks in. */
function groupsIn(folder: string): Record<string, () => readonly Row[] | Promise<readonly Row[]>> {
  return {
    // First, as for whoever tries it: a machine whose memory others have just filled gives it back slowly.
    'cold start': () => [
      alone('shim-spec check from a cold start', '≤ 1500', 'ms', Array.from({ length: runs }, coldCheckMs)),
    ],
    explorer: async () => {
      needDebian(['chromium'], ['chromium']);
      return [await browserRow()];
    },
    'two-phase commit beside its peers': () => twoPhaseCommitRows(folder),
    'second thread': () => [paired(`2 threads ÷ 1 thread, ${model}`, '≥ 1.6', two, one, runs)],
    'bytes a state': sizeRows,
    'plain engine': () => [besidePlainRow()],
    'symbolic engine': productRows,
    'early-exits beside its peers': () => revisionRows(folder, 'early-exits'),
    'main beside its peers': () => revisionRows(folder, 'main'),
  };
}

async function rows(folder: string, only: string): Promise<Row[]> {
  const groups = groupsIn(folder);
  const chosen = Object.entries(groups).filter(([name]) => name.includes(only));
  if (chosen.length === 0) {
    throw new Error(`no row for --only (got ${only}, allowed part of ${Object.keys(groups).join(', ')})`);
  }
  const found: Row[] = [];
  for (const [, group] of chosen) found.push(...(await group()));
  return found;
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

const { only = '' } = parseArgs({ options: { only: { type: 'string' } } }).values;
needDebian(['spin', 'rumur', 'gcc'], ['spin', 'rumur', 'gcc', 'libc6-dev']);
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-bench-'));
try {
  const table = await rows(folder, only);
  print(table);
  if (only === '') writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(table, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
