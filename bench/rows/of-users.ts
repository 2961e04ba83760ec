/** What a user waits for, and what a stored state takes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { needDebian } from '../../test/debian.ts';
import { checkInBrowser } from '../browser.ts';
import type { Measured } from '../peers.ts';
import { one, two, twoPhaseCommit } from './beside-peers.ts';
import { alone, besidePeer, bytesAState, measure, type Row, root, runs } from './row.ts';

function coldCheckMs(): number {
  const started = performance.now();
  // Node reads the certificates that this names at each start, and the check asks no network.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };
  spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), 'check'], { stdio: 'ignore', env });
  return performance.now() - started;
}

export const coldStartRow = (): Row =>
  alone('shim-spec check from a cold start', '≤ 800', 'ms', Array.from({ length: runs }, coldCheckMs));

/** The explorer's page beside Node, on the same states. */
export async function explorerRow(): Promise<Row> {
  needDebian(['chromium'], ['chromium']);
  const pairs: [number, number][] = [];
  for (let i = 0; i < runs; i++) {
    const page = await checkInBrowser('early-exits', 2);
    const node = measure('fast', 'early-exits', 2);
    if (page.states !== node.states)
      throw new Error(`the page found ${page.states} states, Node ${node.states}`);
    pairs.push([page.elapsedMs, node.elapsedMs]);
  }
  const claim = 'the explorer in Chromium ÷ Node, early-exits, 1 container × 2 execs';
  return besidePeer(claim, '≤ 1.5', 'ms', pairs);
}

export function sizeRows(): Row[] {
  const stored = (what: string, wanted: string, measured: Measured): Row =>
    alone(`a stored state, ${what}`, wanted, 'bytes', [bytesAState(measured)]);
  return [
    stored(`1 thread, ${twoPhaseCommit}`, '≤ 10', one()),
    stored(`2 threads, ${twoPhaseCommit}`, '≤ 10', two()),
    stored('early-exits, 1 container × 3 execs', '≤ 14', measure('fast', 'early-exits', 3)),
    stored('main, 2 containers × 1 exec', '≤ 14', measure('fast', 'main', 1, '--containers', 2)),
  ];
}
