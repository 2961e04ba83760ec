/** `shim-spec causes` in one process beside two that share its sets, each process on a core of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Extent } from './extents.ts';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** @returns seconds of each pair, in turns: of one process, and of two. */
export async function twoProcesses(
  slug: string,
  { containers, execs, statesMax }: Extent,
  pairs: number,
): Promise<readonly (readonly [one: number, two: number])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-two-processes-'));
  const bound = ['--containers', String(containers), '--execs', String(execs), '--with', 'all'];
  const asked = ['causes', slug, ...bound, '--max-states', String(statesMax), '--workers', '1'];
  const run = async (core: number, ...more: string[]): Promise<void> => {
    const args = ['-c', String(core), process.execPath, program, ...asked, ...more];
    const child = spawn('taskset', [...args, '--output', join(folder, String(core))], { stdio: 'ignore' });
    const [code] = await once(child, 'exit');
    if (![0, 20].includes(code)) throw new Error(`taskset ${args.join(' ')} ended with ${code}`);
  };
  const timed = async (runs: () => Promise<unknown>): Promise<number> => {
    const begin = performance.now();
    await runs();
    return (performance.now() - begin) / 1_000;
  };
  try {
    const found: (readonly [number, number])[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const one = await timed(() => run(0));
      const halves = (): Promise<unknown> =>
        Promise.all([run(0, '--shard', '1/2'), run(1, '--shard', '2/2')]);
      found.push([one, await timed(halves)]);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
