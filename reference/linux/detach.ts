import { closeSync, openSync } from 'node:fs';
import { libc } from './libc.ts';

const setpgid = libc<[pid: number, group: number]>('int setpgid(int pid, int group)');
const dup2 = libc<[from: number, to: number]>('int dup2(int from, int to)');

/**
 * Leaves the caller's group of processes, as upstream's shim does, and lets go of its standard streams: who reads them to
 * their end need wait no longer.
 */
export function detach(): void {
  setpgid(0, 0);
  const nothing = openSync('/dev/null', 'r+');
  for (const stream of [0, 1, 2]) dup2(nothing, stream);
  if (nothing > 2) closeSync(nothing);
}
