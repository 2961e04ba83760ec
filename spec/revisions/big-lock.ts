/**
 * `big-lock`: one lock around every start and every exit. containerd a766dc5, the parent of the seed; in
 * releases up to 1.6.21 and 1.7.2 (Debian 12's 1.6.20).
 *
 * Start takes `eventSendMu` before it runs runc and keeps it until the start was sent; the exit loop takes it to
 * send an exit. So no exit is sent while any start is in flight, of any container: that is what made it slow
 * (containerd#8557). Whose exit it holds the exit loop finds out by asking every process of every container for
 * its pid, under `s.mu`; an exec that is starting answers when its runc has returned (`safePid`).
 *
 * Not modelled: as in `early-exits`. Go visits maps in any order: where two processes have the same pid, any of
 * them may be found.
 *
 * @source https://github.com/containerd/containerd/blob/a766dc550553931d841c7fa8f616040958e1ade5/runtime/v2/runc/task/service.go
 * @module
 */
import { match } from 'ts-pattern';
import { at, Impossible } from '../assert.ts';
import { type Bound, callsOf, containersOf, processesOf } from '../bound.ts';
import {
  type Call,
  type EnvironmentAction,
  endContainer,
  environmentStep,
  initialWorld,
  type RuncAction,
  record,
  runcMayFail,
  runcMayReturn,
  startRunc,
} from '../environment.ts';
import { environmentActions } from '../environment-actions.ts';
import { send } from '../log.ts';
import type { Lines } from '../mirror.ts';
import * as proc from '../process.ts';
import type { Revision } from '../revision.ts';
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
  | 'runc'
  | 's.eventSendMu.Lock'
  | 'container.Start'
  | 'p.Start'
  | 'send'
  | 'return'
  | 'container.Exec'
  | 'container.Kill'
  | 'p.Wait'
  | 'container.Delete'
  | 'delete(s.containers)';

/** The frame of a handler. */
export type Handler = Call<Pc>;

/** The goroutine `processExits`: its program counter and its local variables. */
export interface ExitLoop {
  /** Where it stands. */
  pc: 'range s.ec' | ExitPc | 'panicked' | 'ended';
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

/** A step of a call's handler. */
export interface HandlerAction {
  /** Which step. */
  readonly type:
    | 'ShimLocksService'
    | 'ShimFindsContainer'
    | 'ShimLocksEvents'
    | 'ShimFindsProcess'
    | 'ShimStartsProcess'
    | 'ShimPublishesCreate'
    | 'ShimPublishesStart'
    | 'ShimReplies'
    | 'ShimAddsExec'
    | 'ShimPublishesExecAdded'
    | 'ShimKills'
    | 'ShimEndsWait'
    | 'ShimShutsDown'
    | 'ShimDeletesProcess'
    | 'ShimForgetsContainer'
    | 'ShimPublishesDelete';
  /** Whose handler takes it. */
  readonly call: CallId;
}

/** A step of `checkProcesses`. */
export type ExitAction =
  | { readonly type: 'ShimFindsExited'; readonly process: ProcessId }
  | {
      readonly type:
        | 'ShimReceivesExit'
        | 'ShimLocksForExit'
        | 'ShimFindsNone'
        | 'ShimKillsAll'
        | 'ShimSetsExited'
        | 'ShimPublishesExit';
    };

/** A step that the shim takes by itself. */
export type ShimAction = HandlerAction | ExitAction;

/** Every action: the world's, runc's answers, the shim's own. */
export type Action = EnvironmentAction | RuncAction | ShimAction;

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

/**
 * Carries `action` out on `s`.
 *
 * @returns false where it is not enabled: its thread stands elsewhere, or waits for a lock
 */
function step(s: State, action: Action): boolean {
  return match(action)
    .with({ type: 'ShimLocksService' }, ({ call }) => shimLocksService(s, call))
    .with({ type: 'ShimFindsContainer' }, ({ call }) => shimFindsContainer(s, call))
    .with({ type: 'ShimLocksEvents' }, ({ call }) => shimLocksEvents(s, call))
    .with({ type: 'ShimFindsProcess' }, ({ call }) => shimFindsProcess(s, call))
    .with({ type: 'ShimStartsProcess' }, ({ call }) => shimStartsProcess(s, call))
    .with({ type: 'RuncReturns' }, ({ call }) => runcMayReturn(s, call) && afterRunc(s, call))
    .with(
      { type: 'RuncFails' },
      { type: 'RuncCrashes' },
      ({ type, call }) => runcMayFail(s, call, type) && afterRuncFailed(s, call),
    )
    .with({ type: 'ShimPublishesCreate' }, ({ call }) => shimPublishesCreate(s, call))
    .with({ type: 'ShimPublishesStart' }, ({ call }) => shimPublishesStart(s, call))
    .with({ type: 'ShimReplies' }, ({ call }) => shimReplies(s, call))
    .with({ type: 'ShimAddsExec' }, ({ call }) => shimAddsExec(s, call))
    .with({ type: 'ShimPublishesExecAdded' }, ({ call }) => shimPublishesExecAdded(s, call))
    .with({ type: 'ShimKills' }, ({ call }) => shimKills(s, call))
    .with({ type: 'ShimEndsWait' }, ({ call }) => shimEndsWait(s, call))
    .with({ type: 'ShimShutsDown' }, ({ call }) => shimShutsDown(s, call))
    .with({ type: 'ShimDeletesProcess' }, ({ call }) => shimDeletesProcess(s, call))
    .with({ type: 'ShimForgetsContainer' }, ({ call }) => shimForgetsContainer(s, call))
    .with({ type: 'ShimPublishesDelete' }, ({ call }) => shimPublishesDelete(s, call))
    .with({ type: 'ShimReceivesExit' }, () => shimReceivesExit(s))
    .with({ type: 'ShimLocksForExit' }, () => shimLocksForExit(s))
    .with({ type: 'ShimFindsExited' }, ({ process }) => shimFindsExited(s, process))
    .with({ type: 'ShimFindsNone' }, () => shimFindsNone(s))
    .with({ type: 'ShimKillsAll' }, () => shimKillsAll(s))
    .with({ type: 'ShimSetsExited' }, () => shimSetsExited(s))
    .with({ type: 'ShimPublishesExit' }, () => shimPublishesExit(s))
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
      { type: 'RuncForks' },
      { type: 'RuncReleasesInit' },
      { type: 'ProcessExits' },
      { type: 'KernelReaps' },
      (answer) => environmentStep(s, answer),
    )
    .exhaustive();
}

// Create, Start and what they share

/** Create takes `s.mu` and keeps it to its end; it goes on to run runc. */
function shimLocksService(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) !== 'create' || s.mu !== null) return false;
  s.mu = call;
  startRunc(s, call);
  handler.pc = 'runc';
  return true;
}

/** `getContainer`, a short section under `s.mu`; Wait looks up its process, too. */
function shimFindsContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) === 'create' || s.mu !== null) return false;
  if (!at(s.containers, containerOf(targetOf(call)))) return refuse(s, call);
  if (methodOf(call) === 'wait' && !proc.isKnown(s, targetOf(call))) return refuse(s, call);
  const next = {
    create: 's.eventSendMu.Lock',
    start: 's.eventSendMu.Lock',
    exec: 'container.Exec',
    kill: 'container.Kill',
    wait: 'p.Wait',
    delete: 'container.Delete',
    shutdown: 'return',
  } as const;
  handler.pc = next[methodOf(call)];
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
  handler.pc = 'runc';
  return true;
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
      handler.pc = 'send';
      return true;
    }
    case 'start':
      proc.endStart(s, call);
      handler.pc = 'send';
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
  if (handler.pc !== 'send' || methodOf(call) !== 'create') return false;
  s.containers[c] = true;
  send(s, { topic: 'create', process: c, pid: at(s.processes, c).pid });
  handler.pc = 'return';
  return true;
}

function shimPublishesStart(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'send' || methodOf(call) !== 'start') return false;
  send(s, { topic: isInit(process) ? 'start' : 'exec-started', process, pid: at(s.processes, process).pid });
  s.eventSendMu = null;
  handler.pc = 'return';
  return true;
}

/** The handler returns, and Create's deferred Unlock runs. */
function shimReplies(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'return') return false;
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

// Exec, Kill, Wait and Delete

function shimAddsExec(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Exec' || proc.isBusy(s, containerOf(targetOf(call)))) return false;
  if (!proc.addExec(s, targetOf(call))) return refuse(s, call);
  handler.pc = 'send';
  return true;
}

function shimPublishesExecAdded(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'send' || methodOf(call) !== 'exec') return false;
  send(s, { topic: 'exec-added', process: targetOf(call), pid: 0 });
  handler.pc = 'return';
  return true;
}

function shimKills(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Kill' || proc.isBusy(s, targetOf(call))) return false;
  return proc.kill(s, targetOf(call)) ? answer(s, call) : refuse(s, call);
}

/** `p.Wait()` returns once the exit is set; reading the status takes `p.mu`. */
function shimEndsWait(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const p = at(s.processes, targetOf(call));
  if (handler.pc !== 'p.Wait' || p.waitBlock === 'open' || p.mu !== null) return false;
  return answer(s, call);
}

/** `Shutdown`: ends the shim where no container is left; what was to be published after it is lost. */
function shimShutsDown(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'called' || s.mu !== null) return false;
  return Object.values(s.containers).some(Boolean) ? answer(s, call) : stop(s, 'ended');
}

function shimDeletesProcess(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'container.Delete' || proc.isBusy(s, process)) return false;
  if (!isInit(process)) return proc.deleteExec(s, process) ? answer(s, call) : refuse(s, call);
  if (!proc.beginDelete(s, call)) return refuse(s, call);
  handler.pc = 'runc';
  return true;
}

function shimForgetsContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'delete(s.containers)' || s.mu !== null) return false;
  s.containers[targetOf(call)] = false;
  handler.pc = 'send';
  return true;
}

function shimPublishesDelete(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const c = targetOf(call);
  if (handler.pc !== 'send' || methodOf(call) !== 'delete') return false;
  send(s, { topic: 'delete', process: c, pid: at(s.processes, c).pid });
  return answer(s, call);
}

// The exit loop and checkProcesses

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
function stop(s: State, how: 'panicked' | 'ended'): true {
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

/** Every action within the bound. */
function actions(bound: Bound): Action[] {
  const calls = callsOf(bound);
  const of = (methods: readonly string[]): CallId[] =>
    calls.filter((call) => methods.includes(methodOf(call)));
  const shim = (type: HandlerAction['type'], among: CallId[]): ShimAction[] =>
    among.map((call) => ({ type, call }));
  const deletesInit = of(['delete']).filter((call) => isInit(targetOf(call)));
  return [
    ...environmentActions(bound),
    ...shim('ShimLocksService', of(['create'])),
    ...shim('ShimFindsContainer', of(['start', 'exec', 'kill', 'wait', 'delete'])),
    ...shim('ShimLocksEvents', of(['start'])),
    ...shim('ShimFindsProcess', of(['start'])),
    ...shim('ShimStartsProcess', of(['start'])),
    ...shim('ShimPublishesCreate', of(['create'])),
    ...shim('ShimPublishesStart', of(['start'])),
    ...shim('ShimReplies', of(['create', 'start', 'exec'])),
    ...shim('ShimAddsExec', of(['exec'])),
    ...shim('ShimPublishesExecAdded', of(['exec'])),
    ...shim('ShimKills', of(['kill'])),
    ...shim('ShimEndsWait', of(['wait'])),
    ...shim('ShimShutsDown', of(['shutdown'])),
    ...shim('ShimDeletesProcess', of(['delete'])),
    ...shim('ShimForgetsContainer', deletesInit),
    ...shim('ShimPublishesDelete', deletesInit),
    { type: 'ShimReceivesExit' },
    { type: 'ShimLocksForExit' },
    ...processesOf(bound).map((process) => ({ type: 'ShimFindsExited' as const, process })),
    { type: 'ShimFindsNone' },
    { type: 'ShimKillsAll' },
    { type: 'ShimSetsExited' },
    { type: 'ShimPublishesExit' },
  ];
}

/** Where each step stands in the Go code, below the tree of {@link bigLock}. */
const lines: Lines = {
  ShimLocksService: 'task/service.go#L119-L122',
  'ShimFindsContainer start': 'task/service.go#L155',
  'ShimFindsContainer exec': 'task/service.go#L241',
  'ShimFindsContainer kill': 'task/service.go#L348',
  'ShimFindsContainer wait': 'task/service.go#L431-L435',
  'ShimFindsContainer delete': 'task/service.go#L212',
  ShimLocksEvents: 'task/service.go#L161',
  ShimFindsProcess: 'container.go#L360',
  ShimStartsProcess: 'container.go#L364',
  'RuncReturns create': 'task/service.go#L122',
  'RuncReturns start': 'task/service.go#L162',
  'RuncReturns delete': 'task/service.go#L216',
  ShimPublishesCreate: 'task/service.go#L127-L129',
  'ShimPublishesStart init': 'task/service.go#L193-L204',
  'ShimPublishesStart exec': 'task/service.go#L198-L204',
  'ShimReplies create': 'task/service.go#L143',
  'ShimReplies start': 'task/service.go#L205',
  'ShimReplies exec': 'task/service.go#L259',
  ShimAddsExec: 'task/service.go#L245-L249',
  ShimPublishesExecAdded: 'task/service.go#L255',
  ShimKills: 'task/service.go#L352',
  ShimEndsWait: 'task/service.go#L439',
  ShimShutsDown: 'task/service.go#L460-L470',
  ShimDeletesProcess: 'task/service.go#L216',
  ShimForgetsContainer: 'task/service.go#L222-L224',
  ShimPublishesDelete: 'task/service.go#L225',
  ShimReceivesExit: 'task/service.go#L511-L512',
  ShimLocksForExit: 'task/service.go#L527',
  ShimFindsExited: 'task/service.go#L530-L539',
  ShimFindsNone: 'task/service.go#L530-L533',
  ShimKillsAll: 'task/service.go#L541-L548',
  ShimSetsExited: 'task/service.go#L550',
  ShimPublishesExit: 'task/service.go#L551-L557',
};

/** The revision, as a checker takes it. */
export const bigLock: Revision<State, Action> = {
  slug: 'big-lock',
  title: 'one lock around every start and exit',
  tree: 'https://github.com/containerd/containerd/blob/a766dc550553931d841c7fa8f616040958e1ade5/runtime/v2/runc',
  initial,
  actions,
  step,
  lines,
};
