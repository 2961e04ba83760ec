import { setTimeout as sleep } from 'node:timers/promises';
import { processorWaitMs } from './processes.ts';

const pollMs = 20;
/** By how many times a wait may become longer on a machine that has too much to do: less than a stall that is looked for. */
const longerMax = 2;

/**
 * Waits until `isSo` holds.
 *
 * @param maxMs how long at most, in milliseconds
 * @param everyMs how often it looks, in milliseconds; default: 20
 * @returns whether it came to hold in time
 */
export async function waitUntil(
  isSo: () => boolean,
  maxMs: number,
  everyMs: number = pollMs,
): Promise<boolean> {
  const end = performance.now() + maxMs;
  while (!isSo()) {
    if (performance.now() >= end) return false;
    await sleep(everyMs);
  }
  return true;
}

/**
 * Waits until `isSo` holds. The time for which this process and those of `pids` wait for a processor does not count, so a
 * machine under load makes no verdict.
 *
 * @param maxMs how long at most, in milliseconds; three times that where the machine is busy
 * @returns whether it came to hold in time
 */
export async function waitUntilUnlessBusy(
  isSo: () => boolean,
  maxMs: number,
  pids: readonly number[],
): Promise<boolean> {
  const waitedMs = (): number => processorWaitMs([process.pid, ...pids]);
  const begin = performance.now();
  const before = waitedMs();
  while (!isSo()) {
    const longerMs = Math.min(Math.max(0, waitedMs() - before), longerMax * maxMs);
    if (performance.now() - begin >= maxMs + longerMs) return false;
    await sleep(pollMs);
  }
  return true;
}
