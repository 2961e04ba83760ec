/**
 * The world around a shim: the kernel, runc and the clients, with everything that they can do to it.
 *
 * An action of this module is an answer from the world. In the checker it is given in every way that the
 * bound allows; in the reference runtime by waitid, runc and containerd.
 *
 * Not modelled: stdio, mounts, cgroups but for "kill everything in it", pause and the writing of a checkpoint; the
 * transport; a second Create of one
 * id; a failure of runc itself after it forked (a failure then is the shim's); a second fork for an exec whose first start
 * failed after forking. In spec/road alone: runc's own process, a reaper whose subscriber is full for a second, the queue of events with its
 * end, lack of memory, a crash of the shim from outside.
 *
 * @module
 */
import { match } from 'ts-pattern';
import { at } from './assert.ts';
import { type Bound, callsOf, kernelProcessesOf, ownPid } from './bound.ts';
import type { Log } from './log.ts';
import type { Ooms } from './road/oom-slice.ts';
import { type Reaper, reaped } from './road/reaper-slice.ts';
import { isBoundOnRoad } from './road/slice.ts';
import {
  type CallId,
  type ContainerId,
  callOf,
  containerOf,
  type Exit,
  foreign,
  isInit,
  methodOf,
  type Pid,
  type ProcessId,
  type RuncEnd,
  targetOf,
} from './vocabulary.ts';

/** A process in the kernel's table. A zombie is dead and not yet reaped. */
export interface KernelProcess {
  /** `none` before it is forked; a zombie until somebody waits for it. */
  status: 'none' | 'alive' | 'zombie' | 'reaped';
  /** 0 before it is forked. */
  pid: Pid;
}

/**
 * The OCI runtime as one call has started it.
 *
 * - `running`: started, and has not done its work.
 * - `doomed`: started when the init was dead already; it can only fail.
 * - `done`: has forked, or let the init go on, and has not returned.
 */
export type RuncProgress = 'idle' | 'running' | 'doomed' | 'done';

/** A call. What stands between `called` and the answer belongs to the shim's revision. */
export interface Call<Pc extends string = string> {
  /** Where its handler stands. */
  pc: Pc | 'idle' | 'called' | 'answered' | 'refused';
  /** Where the OCI runtime stands that it has started. */
  runc: RuncProgress;
}

/** What matters of a container's config.json. */
export interface Bundle {
  /** Whether its processes live in a pid namespace that does not die with the init. */
  readonly sharedPidNamespace: boolean;
  /** Whether it is made from a checkpoint: then Create forks nothing, and Start runs `runc restore`. */
  readonly isRestored: boolean;
}

/** What every revision's state has: the world, and the log. */
export interface World extends Log {
  /** The bundles' config.json, as far as it matters. Never changes. */
  readonly bundles: Readonly<Record<ContainerId, Bundle>>;
  /** Every call that a client may make, made or not. */
  readonly calls: Record<CallId, Call>;
  /** The kernel's process table. */
  readonly kernel: Record<ProcessId, KernelProcess>;
  /** Reaped exits on their way to `processExits`, oldest first: the channel `s.ec`. */
  ec: Exit[];
  /** What is between wait4 and `ec`; absent where the bound has no reaper. */
  readonly reaper?: Reaper;
  /** Which inits the kernel kills for lack of memory, and who is told; absent where the bound has none. */
  readonly oom?: Ooms;
}

/** What the world does by itself: a client calls, runc works, a process ends, the kernel reaps. */
export type EnvironmentAction = ClientAction | RuncForks | RuncReleasesInit | KernelAction;

/** A client sends a call, where its own state allows it. */
export interface ClientAction {
  /** By the call's method; two more for an exec before its task runs, and a call before its process is made. */
  readonly type:
    | 'ClientCreates'
    | 'ClientStarts'
    | 'ClientExecs'
    | 'ClientExecsOnCreated'
    | 'ClientCallsEarly'
    | 'ClientKills'
    | 'ClientWaits'
    | 'ClientDeletes'
    | 'ClientShutsDown';
  /** The call that is sent. */
  readonly call: CallId;
}

/** runc makes a call's process. */
export interface RuncForks {
  /** The action's name. */
  readonly type: 'RuncForks';
  /** A Create, a Start of an exec, or of an init that comes from a checkpoint. */
  readonly call: CallId;
  /** The pid that the kernel gives it. */
  readonly pid: Pid;
}

/** `runc start` lets an init run its program. */
export interface RuncReleasesInit {
  /** The action's name. */
  readonly type: 'RuncReleasesInit';
  /** A Start of an init. */
  readonly call: CallId;
}

/** A process ends, or the kernel's own reaper takes it once the shim has ended. */
export interface KernelAction {
  /** The action's name. */
  readonly type: 'ProcessExits' | 'KernelReaps';
  /** The process that it happens to. */
  readonly process: ProcessId;
}

/**
 * runc's answer to a call. It belongs to both sides: the world says whether it may come
 * ({@link runcMayReturn}, {@link runcMayFail}), the shim what it does then.
 *
 * `RuncFails` is a failure that has its cause in the model (the init is dead), `RuncCrashes` any other.
 */
export interface RuncAction {
  /** Success, a failure with a cause in the model, any other failure. */
  readonly type: RuncEnd;
  /** The call that has started runc. */
  readonly call: CallId;
}

/** Carries out an action of the world. @returns false where it is not enabled. */
export function environmentStep(w: World, action: EnvironmentAction): boolean {
  return match(action)
    .with({ type: 'RuncForks' }, ({ call, pid }) => runcForks(w, call, pid))
    .with({ type: 'RuncReleasesInit' }, ({ call }) => runcReleasesInit(w, call))
    .with({ type: 'ProcessExits' }, ({ process }) => processExits(w, process))
    .with({ type: 'KernelReaps' }, ({ process }) => kernelReaps(w, process))
    .with(
      { type: 'ClientCreates' },
      { type: 'ClientStarts' },
      { type: 'ClientExecs' },
      { type: 'ClientExecsOnCreated' },
      { type: 'ClientCallsEarly' },
      { type: 'ClientKills' },
      { type: 'ClientWaits' },
      { type: 'ClientDeletes' },
      { type: 'ClientShutsDown' },
      ({ type, call }) => clientCalls(w, type, call),
    )
    .exhaustive();
}

/**
 * A client sends a call that it has not sent yet. It knows that a process is there once the call that made
 * it was answered, and then sends calls about it in any order, overlapping as they may. Another client may know
 * of it earlier: from containerd, whose list has a task before its Create is answered, or from an event.
 */
function clientCalls(w: World, type: EnvironmentAction['type'], call: CallId): boolean {
  const { pc } = at(w.calls, call);
  if (pc !== 'idle') return false;
  const target = targetOf(call);
  const container = containerOf(target);
  const maker =
    isInit(target) || methodOf(call) === 'exec' ? callOf('create', container) : callOf('exec', target);
  const isMaker = type === 'ClientCreates' || type === 'ClientShutsDown';
  if (type === 'ClientCallsEarly' ? !isInFlight(w, maker) : !isMaker && !wasAnswered(w, maker)) return false;
  if (type === 'ClientExecs' && !wasAnswered(w, callOf('start', container))) return false;
  if (type === 'ClientExecsOnCreated' && wasAnswered(w, callOf('start', container))) return false;
  at(w.calls, call).pc = 'called';
  return true;
}

function isInFlight(w: World, call: CallId): boolean {
  return !['idle', 'answered', 'refused'].includes(at(w.calls, call).pc);
}

function wasAnswered(w: World, call: CallId): boolean {
  return at(w.calls, call).pc === 'answered' || w.calls[`${call} again`]?.pc === 'answered';
}

/** The shim starts runc for a call; for an exec of a container whose init is dead it will fail. */
export function startRunc(w: World, call: CallId): void {
  const target = targetOf(call);
  const { status } = at(w.kernel, containerOf(target));
  const hopeless = methodOf(call) === 'start' && !restores(w, call) && status !== 'alive';
  at(w.calls, call).runc = hopeless ? 'doomed' : 'running';
}

/** Whether a call runs `runc restore`: the Start of an init that comes from a checkpoint. */
function restores(w: World, call: CallId): boolean {
  const target = targetOf(call);
  return methodOf(call) === 'start' && isInit(target) && at(w.bundles, target).isRestored;
}

/** `runc create`, `runc exec` or `runc restore` forks its process. */
function runcForks(w: World, call: CallId, pid: Pid): boolean {
  const target = targetOf(call);
  if (at(w.calls, call).runc !== 'running') return false;
  if (at(w.kernel, target).status !== 'none') return false;
  if (!isInit(target) && !mayJoin(w, containerOf(target))) return false;
  if (pid !== ownPid(target) && !isFree(w, pid)) return false;
  at(w.kernel, target).status = 'alive';
  at(w.kernel, target).pid = pid;
  at(w.calls, call).runc = 'done';
  return true;
}

/** A pid namespace without its init takes no new process; a shared one does. */
function mayJoin(w: World, container: ContainerId): boolean {
  return at(w.bundles, container).sharedPidNamespace || at(w.kernel, container).status === 'alive';
}

/** Whether `pid` was used, and every process that had it was reaped. */
function isFree(w: World, pid: Pid): boolean {
  const used = Object.values(w.kernel).filter((p) => p.pid === pid);
  return used.length > 0 && used.every((p) => p.status === 'reaped');
}

/** `runc start` opens the exec FIFO, and the init goes on to run the container's program. */
function runcReleasesInit(w: World, call: CallId): boolean {
  const init = at(w.kernel, targetOf(call));
  if (at(w.calls, call).runc !== 'running' || init.status !== 'alive') return false;
  at(w.calls, call).runc = 'done';
  return true;
}

/** Whether runc can report success to `call`: its work is done, and the call was not given up. `runc delete` does nothing that others see before it returns. */
export function runcMayReturn(w: World, call: CallId): boolean {
  const { runc } = at(w.calls, call);
  return (runc === 'done' || (runc === 'running' && methodOf(call) === 'delete')) && !isGivenUp(w, call);
}

function isGivenUp(w: World, call: CallId): boolean {
  return at(w.calls, call).pc === 'refused';
}

/** Whether runc can report a failure: `why` tells a cause in the model from any other. */
export function runcMayFail(w: World, call: CallId, why: 'RuncFails' | 'RuncCrashes'): boolean {
  const { runc } = at(w.calls, call);
  if (why === 'RuncCrashes') return (runc === 'running' || runc === 'done') && !isGivenUp(w, call);
  return (runc === 'doomed' || (runc === 'running' && isHopeless(w, call))) && !isGivenUp(w, call);
}

function isHopeless(w: World, call: CallId): boolean {
  const target = targetOf(call);
  if (methodOf(call) !== 'start') return false;
  if (restores(w, call)) return at(w.kernel, target).status !== 'none';
  if (isInit(target)) return at(w.kernel, target).status !== 'alive';
  return at(w.kernel, target).status !== 'none' || !mayJoin(w, containerOf(target));
}

/** A process ends by itself or by a signal from anywhere. */
function processExits(w: World, process: ProcessId): boolean {
  if (at(w.kernel, process).status !== 'alive') return false;
  endProcess(w, process);
  return true;
}

/** Makes a process a zombie, and with the init of a private pid namespace all that live there. */
export function endProcess(w: World, process: ProcessId): void {
  if (process !== foreign && isInit(process) && !at(w.bundles, process).sharedPidNamespace) {
    endContainer(w, process);
  } else {
    const { status } = at(w.kernel, process);
    if (status === 'alive') at(w.kernel, process).status = 'zombie';
  }
}

/** SIGKILL to every process of a container: `runc kill --all`, `runc delete` of a created one. */
export function endContainer(w: World, container: ContainerId): void {
  for (const [id, process] of Object.entries(w.kernel)) {
    if (containerOf(id) === container && process.status === 'alive') process.status = 'zombie';
  }
}

/**
 * The shim's reaper gets a zombie's exit from wait4 and hands it to the channel `s.ec`. The init of a
 * private pid namespace becomes a zombie only when every other process there has been reaped
 * (pid_namespaces(7); `zap_pid_ns_processes` in the kernel).
 */
function kernelReaps(w: World, process: ProcessId): boolean {
  if (!mayReap(w, process)) return false;
  at(w.kernel, process).status = 'reaped';
  const e = { pid: at(w.kernel, process).pid, of: process };
  if (w.reaper) reaped(w.reaper, e);
  else w.ec.push(e);
  return true;
}

/** Whether wait4 can return this process. */
export function mayReap(w: World, process: ProcessId): boolean {
  if (at(w.kernel, process).status !== 'zombie') return false;
  return !isInit(process) || at(w.bundles, process).sharedPidNamespace || !hasUnreaped(w, process);
}

function hasUnreaped(w: World, container: ContainerId): boolean {
  return Object.entries(w.kernel).some(
    ([id, p]) =>
      id !== container && containerOf(id) === container && (p.status === 'zombie' || p.status === 'alive'),
  );
}

/** The world before anything happened. */
export function initialWorld(bound: Bound): World {
  const containers = kernelProcessesOf(bound).filter(isInit);
  return {
    bundles: record(containers, () => ({
      sharedPidNamespace: bound.sharedPidNamespace,
      isRestored: bound.restored ?? false,
    })),
    calls: record(callsOf(bound), (): Call => ({ pc: 'idle', runc: 'idle' })),
    kernel: record(
      kernelProcessesOf(bound),
      (process): KernelProcess =>
        process === foreign ? { status: 'alive', pid: ownPid(process) } : { status: 'none', pid: 0 },
    ),
    ec: [],
    published: record(
      kernelProcessesOf(bound).filter((p) => p !== foreign),
      () => [],
    ),
    events: null,
  };
}

/** A record with an entry for each key. */
export function record<K extends string | number, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>;
}

/** Whether an action is bound to happen once it is enabled: runc returns, the kernel reaps; clients and processes may rest. */
export function isBoundToHappen(action: { readonly type: string }): boolean {
  return !action.type.startsWith('Client') && action.type !== 'ProcessExits' && isBoundOnRoad(action.type);
}
