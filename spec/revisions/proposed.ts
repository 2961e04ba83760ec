/**
 * `proposed`: our own; keeps every rule, in fewer ideas. See docs/proposed.md for why each part is needed.
 *
 * A pid cannot be used again before it was reaped, and it is the shim that reaps. So the shim reaps by pid, under
 * the one lock that guards its tables: what is in `running` is reaped and its exit is attributed in the same
 * section; what is not may belong to a start in flight, and stays a zombie until none is.
 *
 * A process is entered in `running` in the section that announces it, so its exit can neither be seen nor be
 * sent before. Its exit is set and sent in the section that reaps it. Only an init's exit may have to wait: for
 * its own Start, and for the execs of its container. runc starts no exec in a container whose init is dead; so when
 * none is in flight, what is left is killed, and when none is running, the exit is published.
 *
 * `s.mu` guards every table, and no section waits or runs runc. A send puts the event into a queue.
 *
 * Not modelled: as in `early-exits`; that SIGCHLD has to wake the reaper when a start has ended, too.
 *
 * @module
 */
import { match } from 'ts-pattern';
import type { AnyAction } from '../action.ts';
import { at } from '../assert.ts';
import { type Bound, callsOf, containersOf, kernelProcessesOf, ownPid, processesOf } from '../bound.ts';
import {
  type Call,
  type EnvironmentAction,
  endContainer,
  endProcess,
  environmentStep,
  initialWorld,
  mayReap,
  type RuncAction,
  record,
  runcMayFail,
  runcMayReturn,
  startRunc,
} from '../environment.ts';
import { environmentActions } from '../environment-actions.ts';
import { send } from '../log.ts';
import * as proc from '../process.ts';
import type { Revision } from '../revision.ts';
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

/** Where a handler stands, named by what it does next. */
export type Pc =
  | 'p.Start'
  | 'runc'
  | 'announce'
  | 'give up'
  | 'return'
  | 'container.Exec'
  | 'container.Kill'
  | 'p.Wait'
  | 'container.Delete'
  | 'delete(s.containers)';

/** A call; a real shim wants to know how it was answered. */
export interface ProposedCall extends Call<Pc> {
  /** Absent in the checker, where nobody waits for it. */
  reply?: 'none' | 'success' | 'error';
}

/** The exit of an init that waits for what is left of its container. */
export interface Held {
  /** null where there is none. */
  e: Exit | null;
  /** Whether what was left was killed. */
  isKilled: boolean;
}

/** The reaper; each of its turns is one section, so it has no place to stand at. */
export interface Reaper {
  /** `ended` once the shim has. */
  pc: 'range s.ec' | 'ended';
  /** Nothing is ever in its hands. */
  readonly e: null;
  /** None. */
  readonly cps: ProcessId[];
}

/** The service: four tables under one lock. */
export interface State extends proc.Processes {
  /** Every call with its handler's frame. */
  readonly calls: Record<CallId, ProposedCall>;
  /** Nobody can be seen to hold `s.mu`: its sections are one step each. */
  readonly mu: null;
  /** Whether `s.containers` has an entry. */
  readonly containers: Record<ContainerId, boolean>;
  /** pid → the process that was announced with it and was not reaped. At most one. */
  readonly running: Record<Pid, ProcessId[]>;
  /** The Creates and Starts of execs whose pid is not known yet. */
  readonly starting: Record<CallId, boolean>;
  /** The exits of inits that were reaped and not published. */
  readonly held: Record<ContainerId, Held>;
  /** The reaper. */
  readonly processExits: Reaper;
}

/** A step of the shim's own. */
export type ShimAction =
  | {
      readonly type:
        | 'ShimBeginsCreate'
        | 'ShimFindsContainer'
        | 'ShimBeginsStart'
        | 'ShimAnnounces'
        | 'ShimGivesUp'
        | 'ShimReplies'
        | 'ShimAddsExec'
        | 'ShimEndsWait'
        | 'ShimShutsDown'
        | 'ShimDeletesProcess'
        | 'ShimForgetsContainer';
      readonly call: CallId;
    }
  | {
      readonly type: 'ShimKills';
      readonly call: CallId;
      /** Whether the world tells by itself that a process has ended, as the kernel does in the reference runtime. */
      readonly isTold?: boolean;
    }
  | { readonly type: 'ShimReaps'; readonly process: ProcessId }
  | { readonly type: 'ShimKillsAll'; readonly thread: ThreadId };

/** Every action: the world's, runc's answers, the shim's own. */
export type Action = EnvironmentAction | RuncAction | ShimAction;

function initial(bound: Bound): State {
  const calls = callsOf(bound);
  return {
    ...initialWorld(bound),
    calls: record(calls, (): Call<Pc> => ({ pc: 'idle', runc: 'idle' })),
    mu: null,
    containers: record(containersOf(bound), () => false),
    running: record(kernelProcessesOf(bound).map(ownPid), () => []),
    starting: record(calls.filter(isFork), () => false),
    held: record(containersOf(bound), () => ({ e: null, isKilled: false })),
    processExits: { pc: 'range s.ec', e: null, cps: [] },
    processes: record(processesOf(bound), proc.newProcessObject),
  };
}

/** The calls that make a process: Create, and Start of an exec. */
function isFork(call: CallId): boolean {
  return methodOf(call) === 'create' || (methodOf(call) === 'start' && !isInit(targetOf(call)));
}

/**
 * Carries `action` out on `s`.
 *
 * @returns false where it is not enabled
 */
function step(s: State, action: Action): boolean {
  return match(action)
    .with({ type: 'ShimBeginsCreate' }, ({ call }) => shimBeginsCreate(s, call))
    .with({ type: 'ShimFindsContainer' }, ({ call }) => shimFindsContainer(s, call))
    .with({ type: 'ShimBeginsStart' }, ({ call }) => shimBeginsStart(s, call))
    .with({ type: 'RuncReturns' }, ({ call }) => runcMayReturn(s, call) && afterRunc(s, call))
    .with(
      { type: 'RuncFails' },
      { type: 'RuncCrashes' },
      ({ type, call }) => runcMayFail(s, call, type) && afterRuncFailed(s, call),
    )
    .with({ type: 'ShimAnnounces' }, ({ call }) => shimAnnounces(s, call))
    .with({ type: 'ShimGivesUp' }, ({ call }) => shimGivesUp(s, call))
    .with({ type: 'ShimReplies' }, ({ call }) => shimReplies(s, call))
    .with({ type: 'ShimAddsExec' }, ({ call }) => shimAddsExec(s, call))
    .with({ type: 'ShimKills' }, ({ call, isTold }) => shimKills(s, call, isTold ?? false))
    .with({ type: 'ShimEndsWait' }, ({ call }) => shimEndsWait(s, call))
    .with({ type: 'ShimShutsDown' }, ({ call }) => shimShutsDown(s, call))
    .with({ type: 'ShimDeletesProcess' }, ({ call }) => shimDeletesProcess(s, call))
    .with({ type: 'ShimForgetsContainer' }, ({ call }) => shimForgetsContainer(s, call))
    .with({ type: 'ShimReaps' }, ({ process }) => shimReaps(s, process))
    .with({ type: 'ShimKillsAll' }, ({ thread }) => shimKillsAll(s, targetOf(thread)))
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

// Create and Start

function shimBeginsCreate(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) !== 'create') return false;
  s.starting[call] = true;
  startRunc(s, call);
  handler.pc = 'runc';
  return true;
}

function shimFindsContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) === 'create') return false;
  if (!at(s.containers, containerOf(targetOf(call)))) return refuse(s, call);
  if (methodOf(call) === 'wait' && !proc.isKnown(s, targetOf(call))) return refuse(s, call);
  const next = {
    create: 'runc',
    start: 'p.Start',
    exec: 'container.Exec',
    kill: 'container.Kill',
    wait: 'p.Wait',
    delete: 'container.Delete',
    shutdown: 'return',
  } as const;
  handler.pc = next[methodOf(call)];
  return true;
}

/** Takes `p.mu` and runs runc, which refuses an exec of a container whose init is dead. */
function shimBeginsStart(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'p.Start' || proc.isBusy(s, process)) return false;
  if (!proc.beginStart(s, call)) return refuse(s, call);
  if (!isInit(process)) s.starting[call] = true;
  handler.pc = 'runc';
  return true;
}

function afterRunc(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (methodOf(call) === 'delete') {
    proc.endDelete(s, call, true);
    handler.pc = 'delete(s.containers)';
  } else {
    handler.runc = 'idle';
    handler.pc = 'announce';
  }
  return true;
}

function afterRuncFailed(s: State, call: CallId): boolean {
  if (methodOf(call) === 'delete') {
    proc.endDelete(s, call, false);
    return refuse(s, call);
  }
  at(s.calls, call).runc = 'idle';
  at(s.calls, call).pc = 'give up';
  return true;
}

/** The process is entered and announced in one section: its exit comes after. */
function shimAnnounces(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'announce') return false;
  const process = targetOf(call);
  const p = at(s.processes, process);
  const isCreate = methodOf(call) === 'create';
  p.state = isCreate ? 'created' : 'running';
  p.mu = null;
  if (isFork(call)) {
    p.pid = at(s.kernel, process).pid;
    s.running[p.pid] = [process];
    s.starting[call] = false;
  }
  if (isCreate) s.containers[process] = true;
  const topic = isCreate ? 'create' : isInit(process) ? 'start' : 'exec-started';
  send(s, { topic, process, pid: p.pid });
  settle(s, containerOf(process));
  handler.pc = 'return';
  return true;
}

/** runc failed: what it may have left behind is killed, and whoever waits for an exec is let go. */
function shimGivesUp(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'give up') return false;
  const process = targetOf(call);
  const p = at(s.processes, process);
  if (isFork(call)) {
    endProcess(s, process);
    s.starting[call] = false;
  }
  if (methodOf(call) === 'start') p.mu = null;
  if (!isInit(process)) p.waitBlock = 'closed';
  settle(s, containerOf(process));
  return refuse(s, call);
}

function shimReplies(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'return') return false;
  return answer(s, call);
}

function answer(s: State, call: CallId): true {
  say(s, call, 'success');
  at(s.calls, call).pc = isRepeatable(call) ? 'idle' : 'answered';
  return true;
}

function refuse(s: State, call: CallId): true {
  say(s, call, 'error');
  at(s.calls, call).pc = isRepeatable(call) || methodOf(call) === 'delete' ? 'idle' : 'refused';
  return true;
}

/** Notes the reply where somebody waits for it; in the checker nobody does. */
function say(s: State, call: CallId, reply: 'success' | 'error'): void {
  const handler = at(s.calls, call);
  if (handler.reply !== undefined) handler.reply = reply;
}

/** Kill and Wait leave nothing in the service that tells how often they were called. */
function isRepeatable(call: CallId): boolean {
  return ['kill', 'wait', 'shutdown'].includes(methodOf(call));
}

// Exec, Kill, Wait and Delete

/** The exec can be found and started from here on, so it is announced in the same section. */
function shimAddsExec(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Exec' || proc.isBusy(s, containerOf(targetOf(call)))) return false;
  if (!proc.addExec(s, targetOf(call))) return refuse(s, call);
  send(s, { topic: 'exec-added', process: targetOf(call), pid: 0 });
  handler.pc = 'return';
  return true;
}

/** Under `s.mu`, so that the pid cannot be reaped meanwhile. */
function shimKills(s: State, call: CallId, isTold: boolean): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Kill' || proc.isBusy(s, targetOf(call))) return false;
  return proc.kill(s, targetOf(call), isTold) ? answer(s, call) : refuse(s, call);
}

function shimEndsWait(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'p.Wait' || at(s.processes, targetOf(call)).waitBlock === 'open') return false;
  return answer(s, call);
}

/** `Shutdown`: ends the shim, and what it holds, where no container is left and none is being created. The queue is emptied first. */
function shimShutsDown(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'called') return false;
  if (Object.values(s.containers).some(Boolean) || Object.values(s.starting).some(Boolean))
    return answer(s, call);
  for (const handler of Object.values(s.calls)) {
    handler.pc = 'refused';
    handler.runc = 'idle';
  }
  for (const held of Object.values(s.held)) forget(held);
  s.processExits.pc = 'ended';
  return true;
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
  const c = targetOf(call);
  if (handler.pc !== 'delete(s.containers)') return false;
  s.containers[c] = false;
  send(s, { topic: 'delete', process: c, pid: at(s.processes, c).pid });
  return answer(s, call);
}

// The reaper

/** wait4 for a pid that is in `running`, or for any where no start is in flight; the exit is attributed at once. */
function shimReaps(s: State, process: ProcessId): boolean {
  if (s.processExits.pc === 'ended' || !mayReap(s, process)) return false;
  const { pid } = at(s.kernel, process);
  const [owner] = at(s.running, pid);
  if (owner === undefined && Object.values(s.starting).some(Boolean)) return false;
  at(s.kernel, process).status = 'reaped';
  s.running[pid] = [];
  if (owner === undefined) return true;
  const e = { pid, of: process };
  if (isInit(owner)) at(s.held, owner).e = e;
  else publishExit(s, owner, e);
  settle(s, containerOf(owner));
  return true;
}

/** Publishes a held exit of an init when nothing of its container can come after it. */
function settle(s: State, c: ContainerId): void {
  const held = at(s.held, c);
  const { e, isKilled } = held;
  if (e === null || isInitStarting(s, c)) return;
  if (at(s.bundles, c).sharedPidNamespace && !isKilled) return;
  if (Object.values(s.running).some(([cp]) => cp !== undefined && containerOf(cp) === c)) return;
  publishExit(s, c, e);
  forget(held);
}

function forget(held: Held): void {
  held.e = null;
  held.isKilled = false;
}

function isInitStarting(s: State, c: ContainerId): boolean {
  const { mu } = at(s.processes, c);
  return mu !== null && methodOf(mu) === 'start';
}

function isExecStarting(s: State, c: ContainerId): boolean {
  return Object.entries(s.starting).some(
    ([call, isStarting]) => isStarting && !isInit(targetOf(call)) && containerOf(targetOf(call)) === c,
  );
}

/** `p.SetExited` and the send, in one section: a Delete comes after both. */
function publishExit(s: State, process: ProcessId, e: Exit): void {
  const p = at(s.processes, process);
  if (p.state === 'created' || p.state === 'running') p.state = 'stopped';
  p.waitBlock = 'closed';
  send(s, { topic: 'exit', process, pid: e.pid, of: e.of });
}

/** `KillAll`, once the init has exited and no exec of its container is in flight that could escape it. */
function shimKillsAll(s: State, c: ContainerId): boolean {
  const held = at(s.held, c);
  if (held.e === null || held.isKilled || !at(s.bundles, c).sharedPidNamespace || isExecStarting(s, c))
    return false;
  endContainer(s, c);
  held.isKilled = true;
  settle(s, c);
  return true;
}

/** Every action within the bound. */
function actions(bound: Bound): Action[] {
  const calls = callsOf(bound);
  const of = (methods: readonly string[]): CallId[] =>
    calls.filter((call) => methods.includes(methodOf(call)));
  const shim = (type: (ShimAction & { call: CallId })['type'], among: CallId[]): Action[] =>
    among.map((call) => ({ type, call }) as Action);
  return [
    ...environmentActions(bound).filter(({ type }) => type !== 'KernelReaps'),
    ...shim('ShimBeginsCreate', of(['create'])),
    ...shim('ShimFindsContainer', of(['start', 'exec', 'kill', 'wait', 'delete'])),
    ...shim('ShimBeginsStart', of(['start'])),
    ...shim('ShimAnnounces', of(['create', 'start'])),
    ...shim('ShimGivesUp', of(['create', 'start'])),
    ...shim('ShimReplies', of(['create', 'start', 'exec'])),
    ...shim('ShimAddsExec', of(['exec'])),
    ...shim('ShimKills', of(['kill'])),
    ...shim('ShimEndsWait', of(['wait'])),
    ...shim('ShimShutsDown', of(['shutdown'])),
    ...shim('ShimDeletesProcess', of(['delete'])),
    ...shim(
      'ShimForgetsContainer',
      of(['delete']).filter((call) => isInit(targetOf(call))),
    ),
    ...kernelProcessesOf(bound).map((process) => ({ type: 'ShimReaps' as const, process })),
    ...containersOf(bound).map((c) => ({ type: 'ShimKillsAll' as const, thread: `reaper ${c}` })),
  ];
}

/** The revision, as a checker takes it. */
export const proposed: Revision<State, Action & AnyAction> = {
  slug: 'proposed',
  title: 'ours: reap by pid, announce and enter in one section',
  tree: 'docs/proposed.md',
  initial,
  actions,
  step,
  lines: {},
};
