/**
 * `big-lock`: one lock around every start and every exit. containerd a766dc5, the parent of the seed; in
 * releases up to 1.6.21 and 1.7.2 (Debian 12's 1.6.20).
 *
 * Start takes `eventSendMu` before it runs runc and keeps it until the start was sent; the exit loop takes it to
 * send an exit. So no exit is sent while any start is in flight, of any container: that is what made it slow
 * (containerd#8557). Whose exit it holds the exit loop finds out by asking every process of every container for
 * its pid, under `s.mu`; an exec that is starting answers when its runc has returned (`safePid`).
 *
 * Not modelled: the replies of Kill, Wait and Delete are one step with what precedes them, for nothing here
 * depends on them; the capacity of the channels `s.ec` and `s.events`. Kill, Wait and a refused Delete may be
 * sent again when they have returned, any number of times.
 *
 * Go visits maps in any order: where two processes have the same pid, any of them may be found here.
 *
 * @source https://github.com/containerd/containerd/blob/a766dc550553931d841c7fa8f616040958e1ade5/runtime/v2/runc/task/service.go
 * @module
 */
import { at, Impossible } from '../assert.ts';
import { type Bound, callsOf, containersOf, processesOf } from '../bound.ts';
import { type Call, endContainer, initialWorld, record, startRunc } from '../environment.ts';
import { send } from '../log.ts';
import * as proc from '../process.ts';
import { type Revision, revisionOf } from '../revision.ts';
import type { Stopped } from '../service.ts';
import { byCalls, byExitLoop, byProcesses } from '../steps.ts';
import {
  type CallId,
  type ContainerId,
  containerOf,
  type Exit,
  isInit,
  methodOf,
  type ProcessId,
  type ThreadId,
  targetOf,
} from '../vocabulary.ts';

/** Where `checkProcesses` stands, in the exit loop. */
export type ExitPc =
  | 'exit: s.mu.Lock'
  | 'exit: HasPid'
  | 'exit: KillAll'
  | 'exit: SetExited'
  | 'exit: send TaskExit';

/** Where a handler stands, named by what it does next. */
export type Pc =
  | 'runc create'
  | 'runc start'
  | 'runc exec'
  | 'runc delete'
  | 's.eventSendMu.Lock'
  | 'container.Start'
  | 'p.Start'
  | 'send TaskCreate'
  | 'send TaskStart'
  | 'send TaskExecStarted'
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

/** The frame of a handler. */
export type Handler = Call<Pc>;

/** The goroutine `processExits`: its program counter and its local variables. */
export interface ExitLoop {
  /** Where it stands. */
  pc: 'range s.ec' | ExitPc | Stopped;
  /** The exit in its hands. */
  e: Exit | null;
  /** The process that has the pid of `e`, once it was found. */
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
  /** The thread that holds `s.eventSendMu`. */
  eventSendMu: ThreadId | null;
  /** The goroutine that handles exits. */
  readonly processExits: ExitLoop;
}

/** The shim after its start, and a world in which nothing has happened. */
function initial(bound: Bound): State {
  const world = initialWorld(bound);
  const calls = callsOf(bound);
  return {
    ...world,
    calls: record(calls, (): Handler => ({ pc: 'idle', runc: 'idle' })),
    mu: null,
    containers: record(containersOf(bound), () => false),
    eventSendMu: null,
    processExits: { pc: 'range s.ec', e: null, cps: [] },
    processes: record(processesOf(bound), proc.newProcessObject),
  };
}

/** Every step that the shim takes by itself, in the order of its Go functions. */
const steps = {
  // Create, and Start with what the two share
  ShimLocksService: byCalls(['create'], shimLocksService),
  ShimFindsContainer: byCalls(['start', 'exec', 'kill', 'wait', 'delete'], shimFindsContainer),
  ShimLocksEvents: byCalls(['start'], shimLocksEvents),
  ShimFindsProcess: byCalls(['start'], shimFindsProcess),
  ShimStartsProcess: byCalls(['start'], shimStartsProcess),
  ShimPublishesCreate: byCalls(['create'], shimPublishesCreate),
  ShimPublishesStart: byCalls(['start'], shimPublishesStart),
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
  // processExits and checkProcesses
  ShimReceivesExit: byExitLoop(shimReceivesExit),
  ShimLocksForExit: byExitLoop(shimLocksForExit),
  ShimFindsExited: byProcesses(processesOf, shimFindsExited),
  ShimFindsNone: byExitLoop(shimFindsNone),
  ShimKillsAll: byExitLoop(shimKillsAll),
  ShimSetsExited: byExitLoop(shimSetsExited),
  ShimPublishesExit: byExitLoop(shimPublishesExit),
};

// Create: s.mu.Lock → runc create → send TaskCreate → return from Create, s.mu.Unlock
// Start: getContainer → s.eventSendMu.Lock → container.Start → p.Start → runc start | runc exec
//   → send TaskStart | send TaskExecStarted → return from Start

/** Create takes `s.mu` and keeps it to its end; it goes on to run runc. */
function shimLocksService(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) !== 'create' || s.mu !== null) return false;
  s.mu = call;
  startRunc(s, call);
  handler.pc = 'runc create';
  return true;
}

/** `getContainer`, a short section under `s.mu`; Wait looks up its process, too. */
function shimFindsContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) === 'create' || s.mu !== null) return false;
  if (!at(s.containers, containerOf(targetOf(call)))) return refuse(s, call);
  if (methodOf(call) === 'wait' && !proc.isKnown(s, targetOf(call))) return refuse(s, call);
  const next: Readonly<Record<string, Pc>> = {
    start: 's.eventSendMu.Lock',
    exec: 'container.Exec',
    kill: 'container.Kill',
    wait: 'p.Wait',
    delete: 'container.Delete',
  };
  handler.pc = at(next, methodOf(call));
  return true;
}

/** Start holds back every exit until it has sent its start. */
function shimLocksEvents(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 's.eventSendMu.Lock' || s.eventSendMu !== null) return false;
  s.eventSendMu = call;
  handler.pc = 'container.Start';
  return true;
}

/** `container.Start`: looks the process up. */
function shimFindsProcess(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Start') return false;
  if (!proc.isKnown(s, targetOf(call))) return refuseStart(s, call);
  handler.pc = 'p.Start';
  return true;
}

function refuseStart(s: State, call: CallId): true {
  s.eventSendMu = null;
  return refuse(s, call);
}

/** `p.Start`: takes `p.mu` and runs runc, or fails for a process that is not in the state created. */
function shimStartsProcess(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'p.Start' || proc.isBusy(s, targetOf(call))) return false;
  if (!proc.beginStart(s, call)) return refuseStart(s, call);
  handler.pc = runcOf(call);
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
  switch (methodOf(call)) {
    case 'create':
      at(s.calls, call).runc = 'idle';
      s.mu = null;
      return refuse(s, call);
    case 'start':
      return proc.failStart(s, call) ? refuseStart(s, call) : stop(s, 'panicked');
    default:
      proc.endDelete(s, call, false);
      return refuse(s, call);
  }
}

function shimPublishesCreate(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const c = targetOf(call);
  if (handler.pc !== 'send TaskCreate') return false;
  s.containers[c] = true;
  send(s, { topic: 'create', process: c, pid: at(s.processes, c).pid });
  handler.pc = 'return from Create';
  return true;
}

function shimPublishesStart(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'send TaskStart' && handler.pc !== 'send TaskExecStarted') return false;
  send(s, { topic: isInit(process) ? 'start' : 'exec-started', process, pid: at(s.processes, process).pid });
  s.eventSendMu = null;
  handler.pc = 'return from Start';
  return true;
}

/** The handler returns, and Create's deferred Unlock runs. */
function shimReplies(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (!handler.pc.startsWith('return from ')) return false;
  if (methodOf(call) === 'create') s.mu = null;
  return answer(s, call);
}

function answer(s: State, call: CallId): true {
  at(s.calls, call).pc = isRepeatable(call) ? 'idle' : 'answered';
  return true;
}

function refuse(s: State, call: CallId): true {
  at(s.calls, call).pc = isRepeatable(call) || methodOf(call) === 'delete' ? 'idle' : 'refused';
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

// processExits: range s.ec → checkProcesses
// checkProcesses: s.mu.Lock → HasPid → KillAll → SetExited → send TaskExit, s.mu.Unlock

/** `processExits`: the next exit goes to `checkProcesses`. */
function shimReceivesExit(s: State): boolean {
  const loop = s.processExits;
  const e = loop.pc === 'range s.ec' ? s.ec[0] : undefined;
  if (!e) return false;
  s.ec.shift();
  loop.e = { ...e };
  loop.pc = 'exit: s.mu.Lock';
  return true;
}

function shimLocksForExit(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: s.mu.Lock' || s.mu !== null) return false;
  s.mu = 'processExits';
  loop.pc = 'exit: HasPid';
  return true;
}

/** `container.HasPid`, and the process itself: the init is asked after all execs. */
function shimFindsExited(s: State, process: ProcessId): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: HasPid' || !hasPid(s, process)) return false;
  if (isInit(process) && execsOf(s, process).some((exec) => isStarting(s, exec))) return false;
  loop.cps = [process];
  const killsAll = isInit(process) && at(s.bundles, process).sharedPidNamespace;
  loop.pc = killsAll ? 'exit: KillAll' : 'exit: SetExited';
  return true;
}

/** Nobody has the pid: a re-parented child, or a process of a container that is not there yet or any more. */
function shimFindsNone(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: HasPid') return false;
  const processes = Object.keys(s.processes);
  if (processes.some((process) => hasPid(s, process) || isStarting(s, process))) return false;
  s.mu = null;
  loop.e = null;
  loop.pc = 'range s.ec';
  return true;
}

function hasPid(s: State, process: ProcessId): boolean {
  if (!at(s.containers, containerOf(process)) || !proc.isKnown(s, process)) return false;
  return at(s.processes, process).pid === s.processExits.e?.pid;
}

/** Whether `Pid()` of an exec has to wait, because runc is starting it. */
function isStarting(s: State, process: ProcessId): boolean {
  return !isInit(process) && at(s.containers, containerOf(process)) && proc.isBusy(s, process);
}

function execsOf(s: State, c: ContainerId): ProcessId[] {
  return Object.keys(s.processes).filter((process) => !isInit(process) && containerOf(process) === c);
}

/** The process whose exit is being handled, and that exit. */
function exitOf(s: State): { process: ProcessId; e: Exit } {
  const { cps, e } = s.processExits;
  if (!cps[0] || !e) throw new Impossible('processExits handles no exit');
  return { process: cps[0], e };
}

/** `ip.KillAll`, where the pid namespace does not do it. */
function shimKillsAll(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: KillAll') return false;
  const { process } = exitOf(s);
  if (proc.isBusy(s, process)) return false;
  endContainer(s, process);
  loop.pc = 'exit: SetExited';
  return true;
}

/** `p.SetExited`: from here on Wait returns and Delete passes, before the exit was published. */
function shimSetsExited(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: SetExited') return false;
  const { process } = exitOf(s);
  if (proc.isBusy(s, process)) return false;
  loop.pc = 'exit: send TaskExit';
  return proc.setExited(s, process) || stop(s, 'panicked');
}

/** `s.sendL(&TaskExit)`, which takes `s.eventSendMu` for the send; then `s.mu` is unlocked. */
function shimPublishesExit(s: State): boolean {
  const loop = s.processExits;
  if (loop.pc !== 'exit: send TaskExit' || s.eventSendMu !== null) return false;
  const { process, e } = exitOf(s);
  if (proc.isBusy(s, process)) return false;
  send(s, { topic: 'exit', process, pid: e.pid, of: e.of });
  s.mu = null;
  loop.e = null;
  loop.cps = [];
  loop.pc = 'range s.ec';
  return true;
}

/** A goroutine panics, or Shutdown ends the shim: it is gone with its tables and locks, and whoever waits for it gets an error. */
function stop(s: State, how: Stopped): true {
  for (const handler of Object.values(s.calls)) {
    handler.pc = 'refused';
    handler.runc = 'idle';
  }
  s.mu = null;
  s.eventSendMu = null;
  s.processExits.pc = how;
  s.processExits.e = null;
  s.processExits.cps = [];
  return true;
}

/** The revision, as a checker takes it. */
export const bigLock: Revision<State, typeof steps> = revisionOf({
  slug: 'big-lock',
  title: 'one lock around every start and exit',
  initial,
  steps,
  afterRunc,
  afterRuncFailed,
  stop,
});
