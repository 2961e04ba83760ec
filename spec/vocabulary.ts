/**
 * The words of the specification: containers, processes, pids, calls, events. All are texts and numbers, so that a state
 * can be compared, hashed and printed.
 *
 * @module
 */

/** A container, as in `ContainerID`: `c1`. */
export type ContainerId = string;

/** A process of a container: the init has the container's id, `c1`; an exec is `c1/e1`. */
export type ProcessId = string;

/** A process id of the kernel; 0 is "not known", as in Go's zero value. */
export type Pid = number;

/** One RPC in flight: method and target, `start c1/e1`; a second, equal call ends in ` again`. */
export type CallId = string;

/** A goroutine of the shim that can hold a lock: the handler of a call, or the exit loop. */
export type ThreadId = CallId | 'processExits';

/** The Task API's calls that order events. */
export type CallMethod = 'create' | 'start' | 'exec' | 'kill' | 'wait' | 'delete' | 'shutdown';

/**
 * One reaped exit in the channel `s.ec`, as in go-runc's `Exit`.
 *
 * `of` is the truth, which the shim does not see: the process that had the pid when it died.
 */
export interface Exit {
  /** The pid that wait4 returned. */
  readonly pid: Pid;
  /** The process that had the pid when it died. */
  readonly of: ProcessId;
}

/** The topics of containerd's `/tasks/…` that order starts and exits. */
export type Topic = 'create' | 'start' | 'exec-added' | 'exec-started' | 'exit' | 'delete';

/** Every topic that the shim publishes within a bound: those, and TaskOOM. */
export type EventTopic = Topic | 'oom';

/** What the shim sends to `s.events`. For an exit, `of` is the {@link Exit.of} that it was made from. */
export interface Event {
  /** The topic without `/tasks/`. */
  readonly topic: EventTopic;
  /** Whose event it is, as the shim says it. */
  readonly process: ProcessId;
  /** The pid that the event names; 0 for one that has none. */
  readonly pid: Pid;
  /** Of an exit: the process that truly ended. */
  readonly of?: ProcessId;
}

/** The process that stands for runc itself and for re-parented children: a child that the shim must reap and ignore. */
export const foreign: ProcessId = 'foreign';

/** The container of a process: `c1/e1` → `c1`. */
export function containerOf(process: ProcessId): ContainerId {
  return process.split('/')[0] ?? process;
}

/** Whether a process is the init of its container. */
export function isInit(process: ProcessId): boolean {
  return process !== foreign && !process.includes('/');
}

/** The method of a call: `start c1/e1 again` → `start`. */
export function methodOf(call: CallId): CallMethod {
  return call.split(' ')[0] as CallMethod;
}

/** The process that a call is about: `start c1/e1 again` → `c1/e1`. */
export function targetOf(call: CallId): ProcessId {
  return call.split(' ')[1] ?? call;
}

/** The first call of a method about a process. */
export function callOf(method: CallMethod, target: ProcessId): CallId {
  return `${method} ${target}`;
}

/** How runc answers a call: success, a failure with a cause in the model, any other failure. */
export type RuncEnd = 'RuncReturns' | 'RuncFails' | 'RuncCrashes';
