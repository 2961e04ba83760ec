import { closeSync, openSync } from 'node:fs';
import { libc } from './libc.ts';

const setsid = libc<[]>('int setsid()');
const dup2 = libc<[from: number, to: number]>('int dup2(int from, int to)');

/** Leaves the caller's session, and lets go of its standard streams: who reads them to their end need wait no longer. */
export function detach(): void {
  setsid();
  const nothing = openSync('/dev/null', 'r+');
  for (const stream of [0, 1, 2]) dup2(nothing, stream);
  if (nothing > 2) closeSync(nothing);
}
