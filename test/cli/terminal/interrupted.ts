import { spawn } from 'node:child_process';
import { until } from '../../until.ts';
import { type Ended, main } from '../shim-spec.ts';

/** Starts a command, sends it a signal once `isReady`, and waits for its end. */
export async function interrupted(
  signal: 'SIGINT' | 'SIGTERM',
  isReady: () => boolean,
  ...args: string[]
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  child.stderr.on('data', (piece) => {
    err += piece;
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  await until('the time to interrupt', isReady);
  child.kill(signal);
  return { code: await closed, out, err };
}
