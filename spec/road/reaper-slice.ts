/**
 * The state of containerd's reaper, between wait4 and `s.ec`.
 *
 * @module
 */
import type { Exit } from '../vocabulary.ts';

/** `Reap`, its goroutines, and the `runc kill --all` that the exit loop waits for. */
export interface Reaper {
  /** How many exits `s.ec` holds: 32 in Go. */
  readonly room: number;
  /** `Reap` first takes every zombie there is, then tells of each. */
  pc: 'wait4' | 'notify';
  /** What was reaped and not told, oldest first. */
  exits: Exit[];
  /** What found no room for a second: a goroutine of its own goes on trying. */
  late: Exit[];
  /** The runc that `KillAll` of the exit loop waits for: dead, reaped, told to who waits. */
  kill: 'none' | 'zombie' | 'reaped' | 'told';
}

/** What stands among the exits for that of `runc kill --all`. */
export const killOfRunc = 'runc kill';

/** A reaper that has reaped nothing. */
export function newReaper(room: number): Reaper {
  return { room, pc: 'wait4', exits: [], late: [], kill: 'none' };
}
