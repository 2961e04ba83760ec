/**
 * What a search covers. A verdict is about a bound, and holds for every run within it.
 *
 * @module
 */
import {
  type CallId,
  type CallMethod,
  type ContainerId,
  callOf,
  foreign,
  type Pid,
  type ProcessId,
} from './vocabulary.ts';

/** What the environment may do besides the plain course of a container. Each is off unless it is said to be on. */
export interface Options {
  /** The containers' processes live in a pid namespace that does not die with the init. */
  readonly sharedPidNamespace: boolean;
  /** runc may fail, before or after it forked. */
  readonly runcFails: boolean;
  /** Clients send Kill, at any time. */
  readonly kill: boolean;
  /** Clients send Wait. */
  readonly wait: boolean;
  /** Clients send Delete, at any time. */
  readonly delete: boolean;
  /** Clients add and start execs while the container is only created. */
  readonly execOnCreated: boolean;
  /** Clients send calls about a process while the call that makes it is in flight. */
  readonly earlyCalls: boolean;
  /** The shim reaps a child that it did not start as a container process. */
  readonly reparented: boolean;
  /** A pid is given to a new process once its old one was reaped. */
  readonly pidReuse: boolean;
  /** A client sends Shutdown, at any time. */
  readonly shutdown: boolean;
  /** Clients send every call but Create and Shutdown a second time, overlapping the first or after it. */
  readonly again: boolean;
}

/** The parts of the road behind the shim's own order. Each is a machine of its own, off unless it is said to be on. */
export interface RoadOptions {
  /** Events go through the publisher to a listener that refuses, answers late, goes away and comes back. */
  readonly publisher?: boolean;
  /** Exits, those of runc too, go through containerd's reaper to a channel `s.ec` that holds one; in Go it holds 32. */
  readonly reaper?: boolean;
  /** The same with room for two. */
  readonly reaperTwo?: boolean;
  /** `s.events` holds one event, in Go 128; Shutdown takes the steps that it has, and the process ends at the last. */
  readonly channel?: boolean;
  /** The same with room for two. */
  readonly channelTwo?: boolean;
  /** The kernel kills an init for lack of memory, on a machine with cgroup v2. */
  readonly oom?: boolean;
  /** The same with cgroup v1. */
  readonly oomV1?: boolean;
  /** The shim is killed once, and containerd cleans up after it. */
  readonly crash?: boolean;
  /** The reaper as pull request #13539 would have it: a second scan. Room for one, with `reaperTwo` for two. */
  readonly reaper13539?: boolean;
  /** As #13544 would have it: a list between wait4 and `notify`. */
  readonly reaper13544?: boolean;
  /** As #13653 would have it: a list between `s.ec` and the exit loop. */
  readonly reaper13653?: boolean;
}

/** What a search covers: no more containers, execs and calls than these. */
export interface Bound extends Options, RoadOptions {
  /** Containers in the shim, at least 1. */
  readonly containers: number;
  /** Execs of each container. */
  readonly execs: number;
  /** The containers come from a checkpoint, as `proposed` alone knows it. Default: false */
  readonly restored?: boolean;
}

/** Every option off. */
export const noOptions: Options = {
  sharedPidNamespace: false,
  runcFails: false,
  kill: false,
  wait: false,
  delete: false,
  execOnCreated: false,
  earlyCalls: false,
  reparented: false,
  pidReuse: false,
  shutdown: false,
  again: false,
};

/** The containers within a bound: `c1`, `c2`, … */
export function containersOf(bound: Bound): ContainerId[] {
  return Array.from({ length: bound.containers }, (_, i) => `c${i + 1}`);
}

function execsOf(bound: Bound, container: ContainerId): ProcessId[] {
  return Array.from({ length: bound.execs }, (_, i) => `${container}/e${i + 1}`);
}

/** The inits and execs of every container. */
export function processesOf(bound: Bound): ProcessId[] {
  return containersOf(bound).flatMap((c) => [c, ...execsOf(bound, c)]);
}

/** Every process of the kernel: the containers', and the foreign one. */
export function kernelProcessesOf(bound: Bound): ProcessId[] {
  return bound.reparented ? [...processesOf(bound), foreign] : processesOf(bound);
}

/** Every pid that the shim may hear of: those of its processes, and one for every runc where their exits count. */
export function pidsOf(bound: Bound): Pid[] {
  const pids = kernelProcessesOf(bound).map(ownPid);
  return hasReaper(bound) ? [...pids, runcPid] : pids;
}

/** Whether exits go through containerd's reaper. */
function hasReaper(bound: Bound): boolean {
  const { reaper, reaperTwo, reaper13539, reaper13544, reaper13653 } = bound;
  return [reaper, reaperTwo, reaper13539, reaper13544, reaper13653].includes(true);
}

/** The pid of every runc: no container's process has it. */
export const runcPid: Pid = 998;

/** The pid that a process has where none is reused: `c1` 100, `c1/e1` 101, `c2` 200; the foreign one 999. */
export function ownPid(process: ProcessId): Pid {
  if (process === foreign) return 999;
  const [, container, exec] = /^c(\d+)(?:\/e(\d+))?$/.exec(process) ?? [];
  return 100 * Number(container ?? 0) + Number(exec ?? 0);
}

/** Every call that the clients can make. */
export function callsOf(bound: Bound): CallId[] {
  const optional = (['kill', 'wait', 'delete'] as const).filter((method) => bound[method]);
  const calls = (methods: readonly CallMethod[], target: ProcessId): CallId[] =>
    methods.map((method) => callOf(method, target));
  const shutdown = bound.shutdown ? [callOf('shutdown', 'shim')] : [];
  const ofContainers = containersOf(bound).flatMap((c) => [
    callOf('create', c),
    ...twice(bound, calls(['start', ...optional], c)),
    ...execsOf(bound, c).flatMap((e) => twice(bound, calls(['exec', 'start', ...optional], e))),
  ]);
  return [...ofContainers, ...shutdown];
}

function twice(bound: Bound, calls: CallId[]): CallId[] {
  return bound.again ? calls.flatMap((call) => [call, `${call} again`]) : calls;
}
