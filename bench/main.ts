/**
 * `npm run bench`: each claim of speed beside a peer, in one run, as medians of paired runs. With a tla2tools.jar named by
 * TLA_JAR, beside TLC, too. `-- --only TEXT` takes the groups of rows whose name has the text.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { needDebian } from '../test/debian.ts';
import { besidePlainRow, revisionRows, secondThreadRow, twoPhaseCommitRows } from './rows/beside-peers.ts';
import { coldStartRow, explorerRow, sizeRows } from './rows/of-users.ts';
import { type Row, root } from './rows/row.ts';
import { longSymbolicRows, symbolicRows } from './rows/symbolic.ts';

/** The groups of rows, by the names that `--only` looks in. */
function groupsIn(folder: string): Record<string, () => readonly Row[] | Promise<readonly Row[]>> {
  return {
    // First, as for whoever tries it: a machine whose memory others have just filled gives it back slowly.
    'cold start': () => [coldStartRow()],
    explorer: async () => [await explorerRow()],
    'two-phase commit beside its peers': () => twoPhaseCommitRows(folder),
    'second thread': () => [secondThreadRow()],
    'bytes a state': sizeRows,
    'plain engine': () => [besidePlainRow()],
    'symbolic engine': symbolicRows,
    'symbolic engine, long': longSymbolicRows,
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
