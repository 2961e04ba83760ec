import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 20;

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
