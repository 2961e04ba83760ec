/**
 * `pending-execs`: an init's exit waits for the execs that are starting. containerd 65915f0 (main 892dc54),
 * first released in 1.6.29 and 1.7.14.
 *
 * `pendingExecs` counts, for each container, the Starts of execs in flight. While there are any, the exit loop
 * leaves the container's processes in `running`, and the last exec's `handleStarted` handles the init's exit
 * after its own. `handleProcessExit` runs without `s.mu` now.
 *
 * `lifecycleMu` guards these tables. Its sections hold no other lock, send nothing and never wait, so each
 * is one step here and nobody can be seen to hold it.
 *
 * What is wrong with it: the exit loop leaves every process of such a container where it is, execs too, and
 * nobody comes back for those (containerd#9999); the last pending exec sees only the exits that came while it
 * was subscribed, so an init's exit is dropped (containerd#10589); without `s.mu` a Delete passes between
 * SetExited and the send of TaskExit; and an entry of `pendingExecs` that has come down to 0 stays, and the container
 * with it.
 *
 * Not modelled: the replies of Kill, Wait and Delete are one step with what precedes them, for nothing here
 * depends on them; the capacity of the channels `s.ec` and `s.events`. Kill, Wait and a refused Delete may be
 * sent again when they have returned, any number of times.
 *
 * @source https://github.com/containerd/containerd/blob/65915f0a2c0b4d1cb590f39c6cc3b78e7bb75fcb/runtime/v2/runc/task/service.go
 * @module
 */
import { at, Impossible } from '../assert.ts';
import { type Bound, callsOf, containersOf, pidsOf, processesOf } from '../bound.ts';
import { type Call, endContainer, initialWorld, record, startRunc } from '../environment.ts';
import { send } from '../log.ts';
import * as proc from '../process.ts';
import { type Revision, revisionOf } from '../revision.ts';
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
export type ExitPc = 'exit: KillAll' | 'exit: SetExited' | 'exit: send TaskExit';

/** Where a handler stands, named by what it does next. */
export type Pc =
  | 'preStart'
  | 'runc create'
  | 'runc start'
  | 'runc exec'
  | 'runc delete'
  | 'cleanup'
  | 'container.Start'
  | 'p.Start'
  | 'send TaskCreate'
  | 'send TaskStart'
  | 'send TaskExecStarted'
  | 'handleStarted'
  | 'handleStarted(nil)'
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
  | 'send TaskDelete';

/** The frame of a handler: its program counter and its local variables. */
export interface Handler extends Call<Pc> {
  /** Whether it will return an error. */
  err: boolean;
  /** The exits that handleStarted has still to handle: early ones, and after them the init's. */
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
  pc: 'range s.ec' | ExitPc | Stopped;
  /** The exit in its hands. */
  e: Exit | null;
  /** The processes that `running` had under the pid of `e`, and that are still to be handled. */
  cps: ProcessId[];
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
  /** container → Starts of execs in flight; null for no entry, which reads as 0. */
  readonly pendingExecs: Record<ContainerId, number | null>;
  /** The variable `exits` of each `preStart`: pid → exits that came since. */
  readonly exits: Record<CallId, Record<Pid, Exit[]>>;
  /** The goroutine that handles exits. */
  readonly processExits: ExitLoop;
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
    pendingExecs: record(containersOf(bound), () => null),
    exitSubscribers: record(starting, () => false),
    exits: record(starting, () => record(pids, () => [])),
    processExits: { pc: 'range s.ec', e: null, cps: [] },
    processes: record(processesOf(bound), proc.newProcessObject),
  };
}

/** The calls that make a process, or let an init go on. */
function isStarting(call: CallId): boolean {
  return ['create', 'start'].includes(methodOf(call));
}

/** The goroutines that run `handleProcessExit`. */
function exitThreads(bound: Bound): ThreadId[] {
  return ['processExits', ...callsOf(bound).filter(isStarting)];
}

/** Every step that the shim takes by itself, in the order of its Go functions. */
const steps = {
  // Create, and Start with what the two share
  ShimLocksService: byCalls(['create'], shimLocksService),
  ShimFindsContainer: byCalls(['start', 'exec', 'kill', 'wait', 'delete'], shimFindsContainer),
  ShimSubscribes: byCalls(['create', 'start'], shimSubscribes),
  ShimFindsProcess: byCalls(['start'], shimFindsProcess),
  ShimStartsProcess: byCalls(['start'], shimStartsProcess),
  ShimCleansUp: byCalls(['create'], shimCleansUp),
  ShimPublishesCreate: byCalls(['create'], shimPublishesCreate),
  ShimPublishesStart: byCalls(['start'], shimPublishesStart),
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
  // processExits
  ShimReceivesExit: byExitLoop(shimReceivesExit),
  // handleProcessExit
  ShimKillsAll: byThreads(exitThreads, shimKillsAll),
  ShimSetsExited: byThreads(exitThreads, shimSetsExited),
  ShimPublishesExit: byThreads(exitThreads, shimPublishesExit),
};

// Create: s.mu.Lock → preStart → runc create → send TaskCreate | cleanup → handleStarted
//   → handleProcessExit of each early exit → return from Create, s.mu.Unlock
// Start: getContainer → preStart → container.Start → p.Start → runc start | runc exec
//   → send TaskStart | send TaskExecStarted → handleStarted | handleStarted(nil)
//   → handleProcessExit of each early exit, and of the init's → return from Start

/** Create takes `s.mu` and keeps it to its end. */
function shimLocksService(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) !== 'create' || s.mu !== null) return false;
  s.mu = call;
  handler.pc = 'preStart';
  return true;
}

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

/** `preStart`: subscribes to exits, and takes an init that is to be started out of `running`; an exec is counted. */
function shimSubscribes(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'preStart') return false;
  const target = targetOf(call);
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
    s.pendingExecs[containerOf(target)] = pendingOf(s, containerOf(target)) + 1;
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
  handler.pc = known ? 'p.Start' : 'handleStarted(nil)';
  return true;
}

/** `p.Start`: takes `p.mu` and runs runc, or fails for a process that is not in the state created. */
function shimStartsProcess(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'p.Start' || proc.isBusy(s, targetOf(call))) return false;
  const begun = proc.beginStart(s, call);
  handler.err = !begun;
  handler.pc = begun ? runcOf(call) : 'handleStarted';
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
      handler.pc = 'send TaskCreate';
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
      handler.pc = 'handleStarted';
      return proc.failStart(s, call) || stop(s, 'panicked');
    default:
      proc.endDelete(s, call, false);
      return refuse(s, call);
  }
}

/** `cleanup` of a Create that failed, with the error returned and `s.mu` unlocked. */
function shimCleansUp(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'cleanup') return false;
  unsubscribe(s, call);
  s.mu = null;
  return refuse(s, call);
}

function shimPublishesCreate(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const c = targetOf(call);
  if (handler.pc !== 'send TaskCreate') return false;
  s.containers[c] = true;
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

/**
 * `handleStarted`: ends the subscription; an exit that came early is handled now, else the process is running.
 * The last pending exec of a container whose init has exited takes over the init's exit.
 */
function shimHandlesStarted(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'handleStarted' && handler.pc !== 'handleStarted(nil)') return false;
  const initExits = isInit(process) ? [] : takeInitExits(s, call);
  const pid = handler.pc === 'handleStarted' ? at(s.processes, process).pid : 0;
  const ees = pid === 0 ? [] : at(at(s.exits, call), pid);
  const exited = pid === 0 || ees.length > 0;
  if (exited) handler.todo = [...ees.map((e) => ({ process, e: { ...e } })), ...initExits];
  else at(s.running, pid).push(process);
  unsubscribe(s, call);
  nextOfCall(s, call);
  return true;
}

/**
 * One exec less is pending. The last one takes the init out of `running` if its exit came since `preStart`;
 * handleStarted handles these exits only where the exec itself is not running.
 */
function takeInitExits(s: State, call: CallId): Exiting[] {
  const c = containerOf(targetOf(call));
  s.pendingExecs[c] = pendingOf(s, c) - 1;
  const { pid } = at(s.processes, c);
  const exits = at(at(s.exits, call), pid);
  if (exits.length === 0 || s.pendingExecs[c] !== 0) return [];
  s.pendingExecs[c] = null;
  const cps = at(s.running, pid).filter((cp) => containerOf(cp) === c);
  s.running[pid] = at(s.running, pid).filter((cp) => containerOf(cp) !== c);
  return exits.flatMap((e) => cps.map((process) => ({ process, e: { ...e } })));
}

/** Starts of execs of a container that are in flight. */
function pendingOf(s: State, c: ContainerId): number {
  return at(s.pendingExecs, c) ?? 0;
}

function returnFrom(call: CallId): Pc {
  return methodOf(call) === 'create' ? 'return from Create' : 'return from Start';
}

function unsubscribe(s: State, call: CallId): void {
  s.exitSubscribers[call] = false;
  const exits = at(s.exits, call);
  for (const pid of Object.keys(exits)) exits[Number(pid)] = [];
}

/** The handler returns, and Create's deferred Unlock runs. */
function shimReplies(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (!handler.pc.startsWith('return from ')) return false;
  if (handler.err) return refuse(s, call);
  if (methodOf(call) === 'create') s.mu = null;
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
  return answer(s, call);
}

// processExits: range s.ec → handleProcessExit of each process
// handleProcessExit: KillAll → SetExited → send TaskExit

/**
 * `processExits`: tells every subscriber of the next exit, and takes its processes out of `running`, but for
 * those whose container has pending execs.
 */
function shimReceivesExit(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'range s.ec') return false;
  const e = s.ec[0];
  if (!e) return false;
  s.ec.shift();
  for (const [call, subscribed] of Object.entries(s.exitSubscribers)) {
    if (subscribed) at(at(s.exits, call), e.pid).push({ ...e });
  }
  const isSkipped = (cp: ProcessId): boolean => pendingOf(s, containerOf(cp)) !== 0;
  const cps = at(s.running, e.pid).filter((cp) => !isSkipped(cp));
  s.running[e.pid] = at(s.running, e.pid).filter(isSkipped);
  if (cps.length > 0) {
    loop.e = { ...e };
    loop.cps = cps;
    loop.pc = firstOfExit(s, cps[0] ?? '');
  }
  return true;
}

/** The process whose exit `thread` is handling, and that exit. */
function exitOf(s: State, thread: ThreadId): { process: ProcessId; e: Exit } {
  const process = thread === 'processExits' ? s.processExits.cps[0] : at(s.calls, thread).todo[0]?.process;
  const e = thread === 'processExits' ? s.processExits.e : at(s.calls, thread).todo[0]?.e;
  if (!process || !e) throw new Impossible(`${thread} handles no exit`);
  return { process, e };
}

function frame(s: State, thread: ThreadId): { pc: Handler['pc'] | ExitLoop['pc'] } {
  return thread === 'processExits' ? s.processExits : at(s.calls, thread);
}

function firstOfExit(s: State, process: ProcessId): ExitPc {
  const killsAll = isInit(process) && at(s.bundles, process).sharedPidNamespace;
  return killsAll ? 'exit: KillAll' : 'exit: SetExited';
}

/** `ip.KillAll`, where the pid namespace does not do it. */
function shimKillsAll(s: State, thread: ThreadId): boolean {
  const f = frame(s, thread);
  if (f.pc !== 'exit: KillAll') return false;
  const { process } = exitOf(s, thread);
  if (proc.isBusy(s, process)) return false;
  endContainer(s, process);
  f.pc = 'exit: SetExited';
  return true;
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
  if (thread === 'processExits') {
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
  loop.pc = process === undefined ? 'range s.ec' : firstOfExit(s, process);
}

/** Goes on to the first of the exits that the call has to handle, or returns. */
function nextOfCall(s: State, call: CallId): void {
  const handler = at(s.calls, call);
  const [first] = handler.todo;
  handler.pc = first === undefined ? returnFrom(call) : firstOfExit(s, first.process);
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
  s.mu = null;
  s.processExits.pc = how;
  s.processExits.e = null;
  s.processExits.cps = [];
  return true;
}

/** The revision, as a checker takes it. */
export const pendingExecsRevision: Revision<State, typeof steps> = revisionOf({
  slug: 'pending-execs',
  title: "init's exit waits for execs that are starting",
  initial,
  steps,
  afterRunc,
  afterRuncFailed,
  stop,
  keeps: (s, c) => at(s.pendingExecs, c) !== null,
});
