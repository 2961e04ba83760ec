/**
 * `main`: Create does not hold the service lock across `runc create`. containerd dbcaa50 (in 2.3 9b0c0dc58,
 * containerd#13512), first released in 2.3.2; read at main's 301026e (22 August 2026).
 *
 * Create takes `s.mu` for the entry in `containers` alone. Delete clears `containerInitExit`. `send` is safe against
 * Shutdown (1dcd765, first released in 2.3.0), which is one step here as it was, but in spec/road/channel.ts.
 *
 * What is wrong with it: an init that exits early, while its Start is in flight, does not go through
 * `handleInitExit`: its exit waits for nobody, and kills nobody. A Delete passes between SetExited and the send
 * of TaskExit. `containerInitExit` stays where the exit loop enters it after Delete cleared it. A call that comes
 * between the entry and TaskCreate finds a container that was not announced (`--with early-calls`).
 *
 * A send on a channel of `execCountSubscribers` happens under `lifecycleMu` and may wait for room; so here the
 * lock is a variable, held by whoever waits in such a send.
 *
 * Not modelled: the replies of Kill, Wait and Delete are one step with what precedes them, for nothing here
 * depends on them; the capacity of the channels `s.ec` and `s.events`. Kill, Wait and a refused Delete may be
 * sent again when they have returned, any number of times.
 *
 * Nor is a second goroutine for one container, which can only come of an init that is in `running` twice: here it
 * takes the first one's place, in Go the first one leaks.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2/task/service.go
 * @module
 */
import { always } from '../../checker/property.ts';
import { at, Impossible } from '../assert.ts';
import { type Bound, callsOf, containersOf, pidsOf, processesOf } from '../bound.ts';
import { type Call, endContainer, initialWorld, record, startRunc } from '../environment.ts';
import { send } from '../log.ts';
import * as proc from '../process.ts';
import { type Revision, revisionOf } from '../revision.ts';
import { newerRelease } from '../road/release.ts';
import type { Rule } from '../rule.ts';
import type { Stopped } from '../service.ts';
import { byCalls, byExitLoop, byThreads } from '../steps.ts';
import {
  type CallId,
  type ContainerId,
  containerOf,
  type Exit,
  isInit,
  methodOf,
  type Pid,
  type ProcessId,
  type ThreadId,
  targetOf,
} from '../vocabulary.ts';

/** Where `handleProcessExit` stands, whoever runs it. */
export type ExitPc = 'exit: SetExited' | 'exit: send TaskExit' | 'exit: count' | 'exit: ch <-';

/** Where `handleInitExit` stands in the exit loop. */
export type InitExitPc = 'exit: KillAll' | 'exit: handleInitExit';

/** Where a handler stands, named by what it does next. */
export type Pc =
  | 'preStart'
  | 'runc create'
  | 'runc start'
  | 'runc exec'
  | 'runc delete'
  | 'cleanup'
  | 's.containers[r.ID]'
  | 'container.Start'
  | 'p.Start'
  | 'send TaskCreate'
  | 'send TaskStart'
  | 'send TaskExecStarted'
  | 'handleStarted'
  | 'handleStarted(nil)'
  | 'uncount'
  | 'uncount(nil)'
  | 'uncount: ch <-'
  | 'uncount(nil): ch <-'
  | ExitPc
  | 'return from Create'
  | 'return from Start'
  | 'return from Exec'
  | 'container.Exec'
  | 'send TaskExecAdded'
  | 'container.Kill'
  | 'p.Wait'
  | 'container.Delete'
  | 'delete(s.containers)'
  | 'send TaskDelete'
  | 'delete(s.containerInitExit)';

/** The frame of a handler: its program counter and its local variables. */
export interface Handler extends Call<Pc> {
  /** Whether it will return an error. */
  err: boolean;
  /** The early exits that handleStarted has still to handle. */
  todo: Exiting[];
}

/** An exit on its way to handleProcessExit, and the process that is said to have it. */
export interface Exiting {
  /** Whose exit it is. */
  readonly process: ProcessId;
  /** The exit that was reaped. */
  readonly e: Exit;
}

/** The goroutine `processExits`: its program counter and its local variables. */
export interface ExitLoop {
  /** Where it stands. */
  pc: 'range s.ec' | ExitPc | InitExitPc | Stopped;
  /** The exit in its hands. */
  e: Exit | null;
  /** The processes that `running` had under the pid of `e`, and that are still to be handled. */
  cps: ProcessId[];
}

/** The goroutine that `handleInitExit` starts for a container, and the init's exit that it holds. */
export interface InitExit {
  /** Where it stands. */
  pc: 'idle' | '<-events' | ExitPc | 'deferred';
  /** The exit that it handles. */
  e: Exit | null;
}

/** A channel of `execCountSubscribers`: its capacity, and the counts that have been sent. */
export interface CountChannel {
  /** How many counts the channel holds before a send waits. */
  readonly room: number;
  /** What was sent and not received. */
  counts: number[];
}

/** The `service` struct of the Go code under its names, and the stacks of its goroutines. */
export interface State extends proc.Processes {
  /** Every call with its handler's frame. */
  readonly calls: Record<CallId, Handler>;
  /** The thread that holds `s.mu`. */
  mu: ThreadId | null;
  /** Whether `s.containers` has an entry. */
  readonly containers: Record<ContainerId, boolean>;
  /** pid → the container processes that were announced with it. */
  readonly running: Record<Pid, ProcessId[]>;
  /** Whether the call's `exits` is among the subscribers. */
  readonly exitSubscribers: Record<CallId, boolean>;
  /** The thread that holds `s.lifecycleMu` while it waits for room in a channel. */
  lifecycleMu: ThreadId | null;
  /** container → execs that are starting or running. */
  readonly runningExecs: Record<ContainerId, number>;
  /** container → the channel of its `handleInitExit`. */
  readonly execCountSubscribers: Record<ContainerId, CountChannel | null>;
  /** container → the exit of its init. */
  readonly containerInitExit: Record<ContainerId, Exit | null>;
  /** The variable `exits` of each `preStart`: pid → exits that came since. */
  readonly exits: Record<CallId, Record<Pid, Exit[]>>;
  /** The goroutine that handles exits. */
  readonly processExits: ExitLoop;
  /** `initExit c1`: the goroutine that holds the exit of that container's init. */
  readonly goroutines: Record<ThreadId, InitExit>;
}

/** The shim after its start, and a world in which nothing has happened. */
function initial(bound: Bound): State {
  const world = initialWorld(bound);
  const calls = callsOf(bound);
  const starting = calls.filter(isStarting);
  const pids = pidsOf(bound);
  return {
    ...world,
    calls: record(calls, (): Handler => ({ pc: 'idle', runc: 'idle', err: false, todo: [] })),
    mu: null,
    containers: record(containersOf(bound), () => false),
    running: record(pids, () => []),
    lifecycleMu: null,
    runningExecs: record(containersOf(bound), () => 0),
    execCountSubscribers: record(containersOf(bound), () => null),
    containerInitExit: record(containersOf(bound), () => null),
    exitSubscribers: record(starting, () => false),
    exits: record(starting, () => record(pids, () => [])),
    processExits: { pc: 'range s.ec', e: null, cps: [] },
    goroutines: record(containersOf(bound).map(initExitOf), (): InitExit => ({ pc: 'idle', e: null })),
    processes: record(processesOf(bound), proc.newProcessObject),
  };
}

/** The calls that make a process, or let an init go on. */
function isStarting(call: CallId): boolean {
  return ['create', 'start'].includes(methodOf(call));
}

/** The goroutines that run `handleProcessExit`. */
function exitThreads(bound: Bound): ThreadId[] {
  return ['processExits', ...callsOf(bound).filter(isStarting), ...initExitThreads(bound)];
}

/** The goroutines of `handleInitExit`, one for each container. */
function initExitThreads(bound: Bound): ThreadId[] {
  return containersOf(bound).map(initExitOf);
}

/** Every step that the shim takes by itself, in the order of its Go functions. */
const steps = {
  // Create, and Start with what the two share
  ShimFindsContainer: byCalls(['start', 'exec', 'kill', 'wait', 'delete'], shimFindsContainer),
  ShimSubscribes: byCalls(['create', 'start'], shimSubscribes),
  ShimFindsProcess: byCalls(['start'], shimFindsProcess),
  ShimStartsProcess: byCalls(['start'], shimStartsProcess),
  ShimCleansUp: byCalls(['create'], shimCleansUp),
  ShimStoresContainer: byCalls(['create'], shimStoresContainer),
  ShimPublishesCreate: byCalls(['create'], shimPublishesCreate),
  ShimPublishesStart: byCalls(['start'], shimPublishesStart),
  ShimUncounts: byCalls(['start exec'], shimUncounts),
  ShimHandlesStarted: byCalls(['create', 'start'], shimHandlesStarted),
  ShimReplies: byCalls(['create', 'start', 'exec'], shimReplies),
  // Exec, Kill, Wait, Shutdown and Delete
  ShimAddsExec: byCalls(['exec'], shimAddsExec),
  ShimPublishesExecAdded: byCalls(['exec'], shimPublishesExecAdded),
  ShimKills: byCalls(['kill'], shimKills),
  ShimEndsWait: byCalls(['wait'], shimEndsWait),
  ShimShutsDown: byCalls(['shutdown'], shimShutsDown),
  ShimDeletesProcess: byCalls(['delete'], shimDeletesProcess),
  ShimForgetsContainer: byCalls(['delete init'], shimForgetsContainer),
  ShimPublishesDelete: byCalls(['delete init'], shimPublishesDelete),
  ShimForgetsInitExit: byCalls(['delete init'], shimForgetsInitExit),
  // processExits, and handleInitExit in it
  ShimReceivesExit: byExitLoop(shimReceivesExit),
  ShimKillsAll: byExitLoop(shimKillsAll),
  ShimHandlesInitExit: byExitLoop(shimHandlesInitExit),
  // handleProcessExit
  ShimSetsExited: byThreads(exitThreads, shimSetsExited),
  ShimPublishesExit: byThreads(exitThreads, shimPublishesExit),
  ShimCounts: byThreads(exitThreads, shimCounts),
  ShimSendsCount: byThreads(exitThreads, shimSendsCount),
  // The goroutine of handleInitExit
  ShimReceivesCount: byThreads(initExitThreads, shimReceivesCount),
  ShimEndsInitExit: byThreads(initExitThreads, shimEndsInitExit),
};

// Create: preStart → runc create → s.containers[r.ID] | cleanup → send TaskCreate → handleStarted
//   → handleProcessExit of each early exit → return from Create
// Start: getContainer → preStart → container.Start → p.Start → runc start | runc exec
//   → send TaskStart | send TaskExecStarted | uncount | uncount(nil) → uncount: ch <- | uncount(nil): ch <-
//   → handleStarted | handleStarted(nil) → handleProcessExit of each early exit → return from Start

/** `getContainer`, a short section under `s.mu`; Wait looks up its process, too. */
function shimFindsContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) === 'create' || s.mu !== null) return false;
  if (!at(s.containers, containerOf(targetOf(call)))) return refuse(s, call);
  if (methodOf(call) === 'wait' && !proc.isKnown(s, targetOf(call))) return refuse(s, call);
  const next: Readonly<Record<string, Pc>> = {
    start: 'preStart',
    exec: 'container.Exec',
    kill: 'container.Kill',
    wait: 'p.Wait',
    delete: 'container.Delete',
  };
  handler.pc = at(next, methodOf(call));
  return true;
}

/**
 * `preStart`: subscribes to exits, and takes an init that is to be started out of `running`. An exec is counted,
 * or refused where the init has exited.
 */
function shimSubscribes(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const isCalled = handler.pc === 'preStart' || (handler.pc === 'called' && methodOf(call) === 'create');
  if (!isCalled || s.lifecycleMu !== null) return false;
  const target = targetOf(call);
  const c = containerOf(target);
  if (!isInit(target) && at(s.containerInitExit, c) !== null) return refuse(s, call);
  s.exitSubscribers[call] = true;
  if (methodOf(call) === 'create') {
    startRunc(s, call);
    handler.pc = 'runc create';
    return true;
  }
  if (isInit(target)) {
    const { pid } = at(s.processes, target);
    s.running[pid] = at(s.running, pid).filter((cp) => containerOf(cp) !== target);
  } else {
    s.runningExecs[c] = at(s.runningExecs, c) + 1;
  }
  handler.pc = 'container.Start';
  return true;
}

/** `container.Start`: looks the process up. */
function shimFindsProcess(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Start') return false;
  const known = proc.isKnown(s, targetOf(call));
  handler.err = !known;
  handler.pc = known ? 'p.Start' : 'uncount(nil)';
  return true;
}

/** `p.Start`: takes `p.mu` and runs runc, or fails for a process that is not in the state created. */
function shimStartsProcess(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'p.Start' || proc.isBusy(s, targetOf(call))) return false;
  const begun = proc.beginStart(s, call);
  handler.err = !begun;
  handler.pc = begun ? runcOf(call) : afterFailedStart(call);
  return true;
}

function runcOf(start: CallId): Pc {
  return isInit(targetOf(start)) ? 'runc start' : 'runc exec';
}

function afterRunc(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const target = targetOf(call);
  switch (methodOf(call)) {
    case 'create': {
      const p = at(s.processes, target);
      p.state = 'created';
      p.pid = at(s.kernel, target).pid;
      handler.runc = 'idle';
      handler.pc = 's.containers[r.ID]';
      return true;
    }
    case 'start':
      proc.endStart(s, call);
      handler.pc = isInit(target) ? 'send TaskStart' : 'send TaskExecStarted';
      return true;
    default:
      proc.endDelete(s, call, true);
      handler.pc = 'delete(s.containers)';
      return true;
  }
}

function afterRuncFailed(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  switch (methodOf(call)) {
    case 'create':
      handler.runc = 'idle';
      handler.err = true;
      handler.pc = 'cleanup';
      return true;
    case 'start':
      handler.err = true;
      handler.pc = afterFailedStart(call);
      return proc.failStart(s, call) || stop(s, 'panicked');
    default:
      proc.endDelete(s, call, false);
      return refuse(s, call);
  }
}

/** `cleanup` of a Create that failed, with the error returned. */
function shimCleansUp(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'cleanup' || s.lifecycleMu !== null) return false;
  unsubscribe(s, call);
  return refuse(s, call);
}

/** `s.containers[r.ID] = container`, a short section under `s.mu`. */
function shimStoresContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 's.containers[r.ID]' || s.mu !== null) return false;
  s.containers[targetOf(call)] = true;
  handler.pc = 'send TaskCreate';
  return true;
}

function shimPublishesCreate(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const c = targetOf(call);
  if (handler.pc !== 'send TaskCreate') return false;
  send(s, { topic: 'create', process: c, pid: at(s.processes, c).pid });
  handler.pc = 'handleStarted';
  return true;
}

function shimPublishesStart(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'send TaskStart' && handler.pc !== 'send TaskExecStarted') return false;
  send(s, { topic: isInit(process) ? 'start' : 'exec-started', process, pid: at(s.processes, process).pid });
  handler.pc = 'handleStarted';
  return true;
}

/** An exec that was not started is not counted any more, before handleStarted. */
function afterFailedStart(call: CallId): Pc {
  return isInit(targetOf(call)) ? 'handleStarted' : 'uncount';
}

/** `s.runningExecs[container]--` in Start's error path. */
function shimUncounts(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const { pc } = handler;
  if ((pc !== 'uncount' && pc !== 'uncount(nil)') || s.lifecycleMu !== null) return false;
  const sent = countDown(s, call, containerOf(targetOf(call)));
  handler.pc = sent ? afterUncount[pc] : `${pc}: ch <-`;
  return true;
}

/** A Start that did not find its process has none for handleStarted. */
const afterUncount = { uncount: 'handleStarted', 'uncount(nil)': 'handleStarted(nil)' } as const;

/** One exec less. @returns whether the new count was sent; else the thread keeps `lifecycleMu` and waits for room */
function countDown(s: State, thread: ThreadId, c: ContainerId): boolean {
  s.runningExecs[c] = at(s.runningExecs, c) - 1;
  if (sendCount(s, c)) return true;
  s.lifecycleMu = thread;
  return false;
}

/** `ch <- s.runningExecs[c]`, where somebody has subscribed. @returns false where there is no room */
function sendCount(s: State, c: ContainerId): boolean {
  const channel = at(s.execCountSubscribers, c);
  if (channel === null) return true;
  if (channel.counts.length >= channel.room) return false;
  s.execCountSubscribers[c] = { ...channel, counts: [...channel.counts, at(s.runningExecs, c)] };
  return true;
}

/** `handleStarted`: ends the subscription; an exit that came early is handled now, else the process is running. */
function shimHandlesStarted(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'handleStarted' && handler.pc !== 'handleStarted(nil)') return false;
  if (s.lifecycleMu !== null) return false;
  const pid = handler.pc === 'handleStarted' ? at(s.processes, process).pid : 0;
  const ees = pid === 0 ? [] : at(at(s.exits, call), pid);
  if (pid !== 0 && ees.length === 0) at(s.running, pid).push(process);
  handler.todo = ees.map((e) => ({ process, e: { ...e } }));
  unsubscribe(s, call);
  nextOfCall(s, call);
  return true;
}

function returnFrom(call: CallId): Pc {
  return methodOf(call) === 'create' ? 'return from Create' : 'return from Start';
}

function unsubscribe(s: State, call: CallId): void {
  s.exitSubscribers[call] = false;
  const exits = at(s.exits, call);
  for (const pid of Object.keys(exits)) exits[Number(pid)] = [];
}

function shimReplies(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (!handler.pc.startsWith('return from ')) return false;
  if (handler.err) return refuse(s, call);
  return answer(s, call);
}

function answer(s: State, call: CallId): true {
  at(s.calls, call).pc = isRepeatable(call) ? 'idle' : 'answered';
  return true;
}

function refuse(s: State, call: CallId): true {
  const handler = at(s.calls, call);
  handler.err = false;
  handler.pc = isRepeatable(call) || methodOf(call) === 'delete' ? 'idle' : 'refused';
  return true;
}

/** Kill and Wait leave nothing in the service that tells how often they were called. */
function isRepeatable(call: CallId): boolean {
  return ['kill', 'wait', 'shutdown'].includes(methodOf(call));
}

// Exec: getContainer → container.Exec → send TaskExecAdded → return from Exec

function shimAddsExec(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Exec' || proc.isBusy(s, containerOf(targetOf(call)))) return false;
  if (!proc.addExec(s, targetOf(call))) return refuse(s, call);
  handler.pc = 'send TaskExecAdded';
  return true;
}

function shimPublishesExecAdded(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'send TaskExecAdded') return false;
  send(s, { topic: 'exec-added', process: targetOf(call), pid: 0 });
  handler.pc = 'return from Exec';
  return true;
}

// Kill: getContainer → container.Kill

function shimKills(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Kill' || proc.isBusy(s, targetOf(call))) return false;
  return proc.kill(s, targetOf(call)) ? answer(s, call) : refuse(s, call);
}

// Wait: getContainer, c.Process → p.Wait

/** `p.Wait()` returns once the exit is set; reading the status takes `p.mu`. */
function shimEndsWait(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const p = at(s.processes, targetOf(call));
  if (handler.pc !== 'p.Wait' || p.waitBlock === 'open' || p.mu !== null) return false;
  return answer(s, call);
}

// Shutdown: s.mu.Lock, s.shutdown.Shutdown

/** `Shutdown`: ends the shim where no container is left; what was to be published after it is lost. */
function shimShutsDown(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'called' || s.mu !== null) return false;
  return Object.values(s.containers).some(Boolean) ? answer(s, call) : stop(s, 'ended');
}

// Delete: getContainer → container.Delete → runc delete → delete(s.containers) → send TaskDelete
//   → delete(s.containerInitExit)

function shimDeletesProcess(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'container.Delete' || proc.isBusy(s, process)) return false;
  if (!isInit(process)) return proc.deleteExec(s, process) ? answer(s, call) : refuse(s, call);
  if (!proc.beginDelete(s, call)) return refuse(s, call);
  handler.pc = 'runc delete';
  return true;
}

function shimForgetsContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'delete(s.containers)' || s.mu !== null) return false;
  s.containers[targetOf(call)] = false;
  handler.pc = 'send TaskDelete';
  return true;
}

function shimPublishesDelete(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const c = targetOf(call);
  if (handler.pc !== 'send TaskDelete') return false;
  send(s, { topic: 'delete', process: c, pid: at(s.processes, c).pid });
  handler.pc = 'delete(s.containerInitExit)';
  return true;
}

function shimForgetsInitExit(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'delete(s.containerInitExit)' || s.lifecycleMu !== null) return false;
  s.containerInitExit[targetOf(call)] = null;
  return answer(s, call);
}

// processExits: range s.ec → handleProcessExit of each exec, KillAll → handleInitExit → handleProcessExit of an init
// handleProcessExit: SetExited → send TaskExit → count → ch <-
// The goroutine of handleInitExit: <-events → handleProcessExit of the init → deferred

function initExitOf(c: ContainerId): ThreadId {
  return `initExit ${c}`;
}

/**
 * `processExits`: tells every subscriber of the next exit, takes its processes out of `running`, and remembers
 * the exit of an init.
 */
function shimReceivesExit(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'range s.ec' || s.lifecycleMu !== null) return false;
  const e = s.ec[0];
  if (!e) return false;
  s.ec.shift();
  for (const [call, subscribed] of Object.entries(s.exitSubscribers)) {
    if (subscribed) at(at(s.exits, call), e.pid).push({ ...e });
  }
  const cps = at(s.running, e.pid);
  s.running[e.pid] = [];
  for (const cp of cps) if (isInit(cp)) s.containerInitExit[cp] = { ...e };
  if (cps.length > 0) {
    loop.e = { ...e };
    loop.cps = [...cps];
    loop.pc = firstOfLoop(s, cps[0] ?? '');
  }
  return true;
}

/** Where the exit loop begins with a process: an init goes to `handleInitExit`. */
function firstOfLoop(s: State, process: ProcessId): ExitPc | InitExitPc {
  if (!isInit(process)) return 'exit: SetExited';
  return at(s.bundles, process).sharedPidNamespace ? 'exit: KillAll' : 'exit: handleInitExit';
}

/** `p.KillAll`, where the pid namespace does not do it. */
function shimKillsAll(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: KillAll') return false;
  const { process } = exitOf(s, 'processExits');
  if (proc.isBusy(s, process)) return false;
  endContainer(s, process);
  loop.pc = 'exit: handleInitExit';
  return true;
}

/** `handleInitExit`: goes on where no exec is counted, else leaves the exit to a goroutine that waits for them. */
function shimHandlesInitExit(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: handleInitExit' || s.lifecycleMu !== null) return false;
  const { process: c, e } = exitOf(s, 'processExits');
  const numRunningExecs = at(s.runningExecs, c);
  if (numRunningExecs === 0) {
    loop.pc = 'exit: SetExited';
    return true;
  }
  // make(chan int, numRunningExecs) panics.
  if (numRunningExecs < 0) return stop(s, 'panicked');
  s.execCountSubscribers[c] = { room: numRunningExecs, counts: [] };
  const goroutine = at(s.goroutines, initExitOf(c));
  goroutine.pc = '<-events';
  goroutine.e = { ...e };
  nextOfLoop(s);
  return true;
}

/** `<-events`: at zero the init's exit is published. */
function shimReceivesCount(s: State, thread: ThreadId): boolean {
  const goroutine = at(s.goroutines, thread);
  if (goroutine.pc !== '<-events') return false;
  const c = targetOf(thread);
  const channel = at(s.execCountSubscribers, c);
  const count = channel?.counts[0];
  if (!channel || count === undefined) return false;
  s.execCountSubscribers[c] = { ...channel, counts: channel.counts.slice(1) };
  if (count === 0) goroutine.pc = 'exit: SetExited';
  return true;
}

/** The goroutine's deferred clean-up. */
function shimEndsInitExit(s: State, thread: ThreadId): boolean {
  const goroutine = at(s.goroutines, thread);
  if (goroutine.pc !== 'deferred' || s.lifecycleMu !== null) return false;
  s.execCountSubscribers[targetOf(thread)] = null;
  s.runningExecs[targetOf(thread)] = 0;
  goroutine.pc = 'idle';
  goroutine.e = null;
  return true;
}

/** The process whose exit `thread` is handling, and that exit. */
function exitOf(s: State, thread: ThreadId): { process: ProcessId; e: Exit } {
  const goroutine = s.goroutines[thread];
  const first = goroutine ? { process: targetOf(thread), e: goroutine.e } : firstExit(s, thread);
  if (!first.process || !first.e) throw new Impossible(`${thread} handles no exit`);
  return { process: first.process, e: first.e };
}

function firstExit(s: State, thread: ThreadId): { process?: ProcessId | undefined; e?: Exit | null } {
  if (thread !== 'processExits') return at(s.calls, thread).todo[0] ?? {};
  return { process: s.processExits.cps[0], e: s.processExits.e };
}

function frame(s: State, thread: ThreadId): { pc: Handler['pc'] | ExitLoop['pc'] | InitExit['pc'] } {
  return thread === 'processExits' ? s.processExits : (s.goroutines[thread] ?? at(s.calls, thread));
}

/** `p.SetExited`: from here on Wait returns and Delete passes, before the exit was published. */
function shimSetsExited(s: State, thread: ThreadId): boolean {
  const f = frame(s, thread);
  if (f.pc !== 'exit: SetExited') return false;
  const { process } = exitOf(s, thread);
  if (proc.isBusy(s, process)) return false;
  f.pc = 'exit: send TaskExit';
  return proc.setExited(s, process) || stop(s, 'panicked');
}

/** `s.send(&TaskExit)`, for which `p.ExitedAt()` takes `p.mu`. */
function shimPublishesExit(s: State, thread: ThreadId): boolean {
  const f = frame(s, thread);
  if (f.pc !== 'exit: send TaskExit') return false;
  const { process, e } = exitOf(s, thread);
  if (proc.isBusy(s, process)) return false;
  send(s, { topic: 'exit', process, pid: e.pid, of: e.of });
  if (isInit(process)) return nextOf(s, thread);
  f.pc = 'exit: count';
  return true;
}

/** `s.runningExecs[c]--` after an exec's exit was published. */
function shimCounts(s: State, thread: ThreadId): boolean {
  const f = frame(s, thread);
  if (f.pc !== 'exit: count' || s.lifecycleMu !== null) return false;
  const { process } = exitOf(s, thread);
  if (countDown(s, thread, containerOf(process))) return nextOf(s, thread);
  f.pc = 'exit: ch <-';
  return true;
}

/** A send that had to wait for room, with `lifecycleMu` held. */
function shimSendsCount(s: State, thread: ThreadId): boolean {
  const f = frame(s, thread);
  if (f.pc !== 'exit: ch <-' && f.pc !== 'uncount: ch <-' && f.pc !== 'uncount(nil): ch <-') return false;
  const process = f.pc === 'exit: ch <-' ? exitOf(s, thread).process : targetOf(thread);
  if (!sendCount(s, containerOf(process))) return false;
  s.lifecycleMu = null;
  if (f.pc === 'exit: ch <-') return nextOf(s, thread);
  f.pc = afterUncount[f.pc === 'uncount: ch <-' ? 'uncount' : 'uncount(nil)'];
  return true;
}

/** The thread has handled an exit. */
function nextOf(s: State, thread: ThreadId): true {
  const goroutine = s.goroutines[thread];
  if (goroutine) {
    goroutine.pc = 'deferred';
  } else if (thread === 'processExits') {
    nextOfLoop(s);
  } else {
    at(s.calls, thread).todo.shift();
    nextOfCall(s, thread);
  }
  return true;
}

function nextOfLoop(s: State): void {
  const loop = s.processExits;
  loop.cps.shift();
  const [process] = loop.cps;
  if (process === undefined) loop.e = null;
  loop.pc = process === undefined ? 'range s.ec' : firstOfLoop(s, process);
}

/** Goes on to the first of the exits that the call has to handle, or returns. */
function nextOfCall(s: State, call: CallId): void {
  const handler = at(s.calls, call);
  handler.pc = handler.todo.length > 0 ? 'exit: SetExited' : returnFrom(call);
}

/** A goroutine panics, or Shutdown ends the shim: it is gone with its tables and locks, and whoever waits for it gets an error. */
function stop(s: State, how: Stopped): true {
  for (const [call, handler] of Object.entries(s.calls)) {
    handler.pc = 'refused';
    handler.runc = 'idle';
    handler.err = false;
    handler.todo = [];
    if (call in s.exits) unsubscribe(s, call);
  }
  for (const pid of Object.keys(s.running)) s.running[Number(pid)] = [];
  for (const c of Object.keys(s.containers)) {
    s.runningExecs[c] = 0;
    s.execCountSubscribers[c] = null;
    s.containerInitExit[c] = null;
  }
  for (const goroutine of Object.values(s.goroutines)) {
    goroutine.pc = 'idle';
    goroutine.e = null;
  }
  s.mu = null;
  s.lifecycleMu = null;
  s.processExits.pc = how;
  s.processExits.e = null;
  s.processExits.cps = [];
  return true;
}

/** Rules about the tables that it alone has. */
function rules(bound: Bound, initial: State): Rule<State>[] {
  return [
    always('no exec is counted out twice', (s, c) => at(s.runningExecs, c) >= 0, {
      sentence: 'runningExecs: container -> num running execs',
      source:
        'https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2/task/service.go#L122',
      subjects: bound.execs > 0 ? Object.keys(initial.runningExecs) : [],
    }),
  ];
}

/** The revision, as a checker takes it. */
export const mainRevision: Revision<State, typeof steps> = revisionOf({
  slug: 'main',
  title: 'the service lock not held across runc create',
  initial,
  steps,
  afterRunc,
  afterRuncFailed,
  stop,
  release: newerRelease,
  keeps: (s, c) => at(s.containerInitExit, c) !== null,
  rules,
});
