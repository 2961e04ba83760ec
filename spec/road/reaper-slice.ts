/**
 * The state of containerd's reaper, between wait4 and the exit loop.
 *
 * @module
 */
import { type Bound, callsOf, kernelProcessesOf } from '../bound.ts';
import {
  type CallId,
  type Exit,
  isInit,
  methodOf,
  type ProcessId,
  type RuncEnd,
  type ThreadId,
  targetOf,
} from '../vocabulary.ts';

/** A pull request that changes the reaper, or the channel behind it; null is the reaper as it is. */
export type ReaperFix = '13539' | '13544' | '13653' | null;

/** The process of an OCI runtime that a goroutine has started, as a child of the shim. */
export interface RuncProcess {
  /** `told` once the goroutine that waits for it has its exit. Before it ends it is `none`. */
  at: 'none' | 'zombie' | 'reaped' | 'told';
  /** How it ended. */
  how: RuncEnd | null;
}

/** `Reap`, its goroutines, and every runc that has ended. */
export interface Reaper {
  /** How many exits the channel of the exit loop holds: 32 in Go. */
  readonly room: number;
  /** The change of containerd that it has; null for none. */
  readonly fix: ReaperFix;
  /** `Reap` takes every zombie there is, then tells of each exit; `again` is the second scan of #13539. */
  pc: 'wait4' | 'notify' | 'again';
  /** What was reaped and not told, oldest first. */
  exits: Exit[];
  /** Of #13653: the channel. Then `s.ec` stands for the list behind it, from which the exit loop takes. */
  channel: Exit[];
  /** The exits that a goroutine of their own goes on trying to deliver, after a second. */
  readonly late: Record<ProcessId, boolean>;
  /** The same of runc processes, which nobody tells apart. */
  lateRuncs: number;
  /** By the goroutine that waits for it. */
  readonly runcs: Record<ThreadId, RuncProcess>;
}

/** Whose the exit of a runc is, once the goroutine that waits for it has been told. */
export const someRunc = 'runc';

const ofRunc = 'runc of ';

/** The name of a goroutine's runc among the exits. */
export function runcOf(thread: ThreadId): ProcessId {
  return `${ofRunc}${thread}`;
}

/** The goroutine that waits for an exit; null for that of a container's process. */
export function waiterFor({ of }: Exit): ThreadId | null {
  return of.startsWith(ofRunc) ? of.slice(ofRunc.length) : null;
}

/** How many exits the channel has room for within a bound; null where it has no reaper. */
export function roomIn(bound: Bound): number | null {
  if (bound.reaperTwo) return 2;
  return bound.reaper || fixIn(bound) !== null ? 1 : null;
}

/** The change to the reaper within a bound. */
export function fixIn({ reaper13539, reaper13544, reaper13653 }: Bound): ReaperFix {
  if (reaper13539) return '13539';
  if (reaper13544) return '13544';
  return reaper13653 ? '13653' : null;
}

/** The calls that run runc: to create, start, exec; to kill or delete an init. */
function runcCallsOf(bound: Bound): CallId[] {
  return callsOf(bound).filter((call) => {
    const method = methodOf(call);
    return method === 'create' || method === 'start' || isRuncOfInit(call);
  });
}

function isRuncOfInit(call: CallId): boolean {
  return ['kill', 'delete'].includes(methodOf(call)) && isInit(targetOf(call));
}

/** The goroutines that run runc: handlers, and the exit loop in KillAll. */
export function runcThreadsOf(bound: Bound): ThreadId[] {
  return [...runcCallsOf(bound), 'processExits'];
}

/** A reaper that has reaped nothing. */
export function newReaper(bound: Bound, room: number): Reaper {
  return {
    room,
    fix: fixIn(bound),
    pc: 'wait4',
    exits: [],
    channel: [],
    late: Object.fromEntries(kernelProcessesOf(bound).map((process) => [process, false])),
    lateRuncs: 0,
    runcs: Object.fromEntries(
      runcThreadsOf(bound).map((thread): [ThreadId, RuncProcess] => [thread, { at: 'none', how: null }]),
    ),
  };
}

/** Takes what wait4 has returned: the second scan of #13539 waits for nobody, so its exits are goroutines at once. */
export function reaped(reaper: Reaper, e: Exit): void {
  if (reaper.pc === 'again') leaveBehind(reaper, e);
  else reaper.exits.push(e);
}

/** Leaves an exit to a goroutine of its own. */
export function leaveBehind(reaper: Reaper, e: Exit): void {
  if (e.of === someRunc || waiterFor(e) !== null) reaper.lateRuncs++;
  else reaper.late[e.of] = true;
}
