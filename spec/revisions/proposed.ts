/**
 * `proposed`: our own; keeps every rule, in fewer ideas. See docs/proposed.md for why each part is needed.
 *
 * A pid cannot be used again before it was reaped, and it is the shim that reaps. So the shim reaps by pid, under
 * the one lock that guards its tables: what is in `running` is reaped and its exit is attributed in the same
 * section; what is not may belong to a start in flight, and stays a zombie until none is.
 *
 * A process is entered in `running` in the section that announces it, so its exit can neither be seen nor be
 * sent before. Its exit is set and sent in the section that reaps it; where memory is watched, in the one that has looked
 * at the kernel's counter then. Only an init's exit may have to wait for others: for its own Start, and for the execs of
 * its container. runc starts no exec in a container whose init is dead; so when none is in flight, what is left is
 * killed; when that has returned and none is running, the exit is published.
 *
 * `s.mu` guards every table, and no section waits or runs runc. A send puts the event into an outbox, spec/road/outbox.ts.
 *
 * Not modelled: the replies of Kill, Wait and Delete are one step with what precedes them, for nothing here
 * depends on them; that SIGCHLD has to wake the reaper when a start has ended, too; a `runc kill --all` that fails. It is
 * said to kill when it returns: what it kills before is a process that ends by itself. Kill, Wait and a refused Delete may
 * be sent again when they have returned, any number of times.
 *
 * @module
 */
import { sometimes } from '../../checker/property.ts';
import { at } from '../assert.ts';
import { type Bound, callsOf, containersOf, kernelProcessesOf, ownPid, processesOf } from '../bound.ts';
import {
  type Call,
  endContainer,
  endProcess,
  initialWorld,
  mayReap,
  record,
  startRunc,
} from '../environment.ts';
import { send } from '../log.ts';
import * as proc from '../process.ts';
import { type Revision, type RevisionAction, revisionOf } from '../revision.ts';
import { isOomDue, tellOom } from '../road/oom.ts';
import type { Ooms, UnexplainedExit } from '../road/oom-slice.ts';
import { outboxPublisher, outboxRules } from '../road/outbox.ts';
import { ownRelease } from '../road/release.ts';
import type { Rule } from '../rule.ts';
import type { Stopped } from '../service.ts';
import { byCalls, byProcesses, byThreads } from '../steps.ts';
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
  | 'runc create'
  | 'p.Start'
  | 'runc start'
  | 'runc exec'
  | 'announce TaskCreate'
  | 'announce TaskStart'
  | 'announce TaskExecStarted'
  | 'give up'
  | 'return from Create'
  | 'return from Start'
  | 'container.Exec'
  | 'return from Exec'
  | 'container.Kill'
  | 'p.Wait'
  | 'container.Delete'
  | 'runc delete'
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
  /** `runc kill --all` of what was left: not started, started, returned. What lives until then is killed when it returns. */
  kill: 'none' | 'running' | 'done';
}

/** The reaper; each of its turns is one section, so it has no place to stand at. */
export interface Reaper {
  /** Where nothing is reaped, how the shim has stopped. */
  pc: 'range s.ec' | Stopped;
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

/** The shim after its start, and a world in which nothing has happened. */
function initial(bound: Bound): State {
  const calls = callsOf(bound);
  return {
    ...initialWorld(bound),
    calls: record(calls, (): Call<Pc> => ({ pc: 'idle', runc: 'idle' })),
    mu: null,
    containers: record(containersOf(bound), () => false),
    running: record(kernelProcessesOf(bound).map(ownPid), () => []),
    starting: record(
      calls.filter((call) => isFork(bound.restored ?? false, call)),
      () => false,
    ),
    held: record(containersOf(bound), () => ({ e: null, kill: 'none' })),
    processExits: { pc: 'range s.ec', e: null, cps: [] },
    processes: record(processesOf(bound), proc.newProcessObject),
  };
}

/** The calls that make a process: Create, Start of an exec, and of an init that comes from a checkpoint. */
function isFork(isRestored: boolean, call: CallId): boolean {
  return methodOf(call) === (isInit(targetOf(call)) && !isRestored ? 'create' : 'start');
}

function makesProcess(s: State, call: CallId): boolean {
  return isFork(at(s.bundles, containerOf(targetOf(call))).isRestored, call);
}

/** Who kills what is left of a container: its reaper. */
function reapersOf(bound: Bound): ThreadId[] {
  return containersOf(bound).map((c) => `reaper ${c}`);
}

/** The containers whose memory is watched. */
function watchedIn(bound: Bound): ContainerId[] {
  return bound.oom || bound.oomV1 ? containersOf(bound) : [];
}

/** Every step that the shim takes by itself, and what is not in Go in words of its own. */
const steps = {
  // Create and Start
  ShimBeginsCreate: byCalls(['create'], shimBeginsCreate, { text: 's.starting takes it; runc create' }),
  ShimFindsContainer: byCalls(['start', 'exec', 'kill', 'wait', 'delete'], shimFindsContainer),
  ShimBeginsStart: byCalls(['start'], shimBeginsStart, { text: beginningText }),
  ShimAnnounces: byCalls(['create', 'start'], shimAnnounces, { text: announcementText }),
  ShimGivesUp: byCalls(['create', 'start'], shimGivesUp, { text: 'kills what runc left; return err' }),
  ShimReplies: byCalls(['create', 'start', 'exec'], shimReplies),
  // Exec, Kill, Wait, Shutdown and Delete
  ShimAddsExec: byCalls(['exec'], shimAddsExec, { text: 'container.Exec; s.send(&TaskExecAdded)' }),
  ShimKills: byCalls(['kill'], shimKills),
  ShimEndsWait: byCalls(['wait'], shimEndsWait),
  ShimShutsDown: byCalls(['shutdown'], shimShutsDown, {
    text: 's.shutdown.Shutdown(), where nothing is left',
  }),
  ShimDeletesProcess: byCalls(['delete'], shimDeletesProcess),
  ShimForgetsContainer: byCalls(['delete init'], shimForgetsContainer, {
    text: 'delete(s.containers, r.ID); s.send(&TaskDelete)',
  }),
  // The reaper
  ShimReaps: byProcesses(kernelProcessesOf, shimReaps, { text: 'wait4 reaps the next that it may' }),
  ShimKillsAll: byThreads(reapersOf, shimKillsAll, {
    text: 'ip.KillAll: runs runc kill --all',
  }),
  ShimEndsKillAll: byThreads(reapersOf, shimEndsKillAll, {
    text: 'ip.KillAll returns: what was left is killed; publishes the exit if it is the last',
  }),
  ShimLooksForOom: byProcesses(watchedIn, shimLooksForOom, { text: lookText }),
};

/** Every action: the world's, runc's answers, the shim's own. */
export type Action = RevisionAction<typeof steps>;

// Create: s.starting takes it → runc create → announce TaskCreate | give up → return from Create
// Start: getContainer → p.Start → runc start | runc exec
//   → announce TaskStart | announce TaskExecStarted | give up → return from Start

function shimBeginsCreate(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) !== 'create') return false;
  if (!makesProcess(s, call)) return takeCheckpoint(s, call);
  s.starting[call] = true;
  startRunc(s, call);
  handler.pc = 'runc create';
  return true;
}

/** Create of a container that comes from a checkpoint: there is no process before its Start. */
function takeCheckpoint(s: State, call: CallId): boolean {
  const process = targetOf(call);
  at(s.processes, process).state = 'created';
  s.containers[process] = true;
  send(s, { topic: 'create', process, pid: 0 });
  at(s.calls, call).pc = 'return from Create';
  return true;
}

function shimFindsContainer(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'called' || methodOf(call) === 'create') return false;
  if (!at(s.containers, containerOf(targetOf(call)))) return refuse(s, call);
  if (methodOf(call) === 'wait' && !proc.isKnown(s, targetOf(call))) return refuse(s, call);
  const next: Readonly<Record<string, Pc>> = {
    start: 'p.Start',
    exec: 'container.Exec',
    kill: 'container.Kill',
    wait: 'p.Wait',
    delete: 'container.Delete',
  };
  handler.pc = at(next, methodOf(call));
  return true;
}

/** Takes `p.mu` and runs runc, which refuses an exec of a container whose init is dead. */
function shimBeginsStart(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  const process = targetOf(call);
  if (handler.pc !== 'p.Start' || proc.isBusy(s, process)) return false;
  if (!proc.beginStart(s, call)) return refuse(s, call);
  if (makesProcess(s, call)) s.starting[call] = true;
  handler.pc = isInit(process) ? 'runc start' : 'runc exec';
  return true;
}

function afterRunc(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (methodOf(call) === 'delete') {
    proc.endDelete(s, call, true);
    handler.pc = 'delete(s.containers)';
  } else {
    handler.runc = 'idle';
    handler.pc = announcementOf(call);
  }
  return true;
}

function announcementOf(call: CallId): Pc {
  if (methodOf(call) === 'create') return 'announce TaskCreate';
  return isInit(targetOf(call)) ? 'announce TaskStart' : 'announce TaskExecStarted';
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
  if (!handler.pc.startsWith('announce ')) return false;
  const process = targetOf(call);
  const p = at(s.processes, process);
  const isCreate = methodOf(call) === 'create';
  p.state = isCreate ? 'created' : 'running';
  p.mu = null;
  if (makesProcess(s, call)) {
    p.pid = at(s.kernel, process).pid;
    s.running[p.pid] = [process];
    s.starting[call] = false;
  }
  if (isCreate) s.containers[process] = true;
  const topic = isCreate ? 'create' : isInit(process) ? 'start' : 'exec-started';
  send(s, { topic, process, pid: p.pid });
  settle(s, containerOf(process));
  handler.pc = isCreate ? 'return from Create' : 'return from Start';
  return true;
}

/** runc failed: what it may have left behind is killed, and whoever waits for an exec is let go. */
function shimGivesUp(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'give up') return false;
  const process = targetOf(call);
  const p = at(s.processes, process);
  if (makesProcess(s, call)) {
    endProcess(s, process);
    s.starting[call] = false;
  }
  if (methodOf(call) === 'start') p.mu = null;
  if (!isInit(process)) p.waitBlock = 'closed';
  settle(s, containerOf(process));
  return refuse(s, call);
}

function shimReplies(s: State, call: CallId): boolean {
  if (!at(s.calls, call).pc.startsWith('return from ')) return false;
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

// Exec: getContainer → container.Exec → return from Exec

/** The exec can be found and started from here on, so it is announced in the same section. */
function shimAddsExec(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Exec' || proc.isBusy(s, containerOf(targetOf(call)))) return false;
  if (isUnrestored(s, containerOf(targetOf(call))) || !proc.addExec(s, targetOf(call)))
    return refuse(s, call);
  send(s, { topic: 'exec-added', process: targetOf(call), pid: 0 });
  handler.pc = 'return from Exec';
  return true;
}

/** Whether a container comes from a checkpoint and was not started: it has no process to join. */
function isUnrestored(s: State, c: ContainerId): boolean {
  return at(s.bundles, c).isRestored && at(s.processes, c).state === 'created';
}

// Kill: getContainer → container.Kill

/** What a Kill is told besides its call. */
export interface Told {
  /** Whether the world tells by itself that a process has ended, as the kernel does in the reference runtime. */
  readonly isTold?: boolean;
}

/** Under `s.mu`, so that the pid cannot be reaped meanwhile. */
function shimKills(s: State, call: CallId, { isTold = false }: Told): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'container.Kill' || proc.isBusy(s, targetOf(call))) return false;
  return proc.kill(s, targetOf(call), isTold) ? answer(s, call) : refuse(s, call);
}

// Wait: getContainer, c.Process → p.Wait

function shimEndsWait(s: State, call: CallId): boolean {
  const handler = at(s.calls, call);
  if (handler.pc !== 'p.Wait' || at(s.processes, targetOf(call)).waitBlock === 'open') return false;
  return answer(s, call);
}

// Shutdown: s.shutdown.Shutdown

/** `Shutdown`: ends the shim, and what it holds, where no container is left and none is being created. The queue is emptied first. */
function shimShutsDown(s: State, call: CallId): boolean {
  if (at(s.calls, call).pc !== 'called') return false;
  if (Object.values(s.containers).some(Boolean) || Object.values(s.starting).some(Boolean))
    return answer(s, call);
  return stop(s, 'ended');
}

/** Shutdown ends the service, or it is killed: its calls are answered with an error. */
function stop(s: State, how: Stopped): true {
  for (const handler of Object.values(s.calls)) {
    handler.pc = 'refused';
    handler.runc = 'idle';
  }
  for (const held of Object.values(s.held)) forget(held);
  for (const oom of Object.values(s.oom ?? {})) oom.exits = [];
  s.processExits.pc = how;
  return true;
}

// Delete: getContainer → container.Delete → runc delete → delete(s.containers)

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
  const c = targetOf(call);
  if (handler.pc !== 'delete(s.containers)') return false;
  s.containers[c] = false;
  // One that was never restored has no exit that would let go of who waits for it.
  if (at(s.processes, c).pid === 0) at(s.processes, c).waitBlock = 'closed';
  send(s, { topic: 'delete', process: c, pid: at(s.processes, c).pid });
  return answer(s, call);
}

// The reaper: wait4 → KillAll of what is left of a container → its return → the exit of its init

/** wait4 for a pid that is in `running`, or for any where no start is in flight; the exit is attributed at once. */
function shimReaps(s: State, process: ProcessId): boolean {
  if (s.processExits.pc !== 'range s.ec' || !mayReap(s, process)) return false;
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
  const { e, kill } = held;
  if (e === null || isInitStarting(s, c)) return;
  if (at(s.bundles, c).sharedPidNamespace && kill !== 'done') return;
  if (Object.values(s.running).some(([cp]) => cp !== undefined && containerOf(cp) === c)) return;
  publishExit(s, c, e);
  forget(held);
}

function forget(held: Held): void {
  held.e = null;
  held.kill = 'none';
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

/** Publishes an exit; where memory is watched, once the kernel's counter was looked at. */
function publishExit(s: State, process: ProcessId, e: Exit): void {
  const exits = unexplained(s, containerOf(process));
  if (exits) exits.push({ process, e });
  else tellExit(s, process, e);
}

/** The exits of a container that wait for the look, oldest first. */
function unexplained({ oom }: State, c: ContainerId): UnexplainedExit[] | undefined {
  return oom?.[c]?.exits;
}

/** A look at the kernel's counter, which counts before it kills: TaskOOM where it has, then the exits that wait for that. */
function shimLooksForOom(s: State, c: ContainerId): boolean {
  if (s.processExits.pc !== 'range s.ec') return false;
  const exits = unexplained(s, c) ?? [];
  if (exits.length === 0 && !isOomDue(s, c)) return false;
  tellOom(s, c);
  for (const { process, e } of exits.splice(0)) tellExit(s, process, e);
  return true;
}

/**
 * `p.SetExited` and the send, in one section: a Delete comes after both. A task that was deleted without having been
 * started may be reaped after its TaskDelete: that was the last event of it.
 */
function tellExit(s: State, process: ProcessId, e: Exit): void {
  const p = at(s.processes, process);
  if (p.state === 'created' || p.state === 'running') p.state = 'stopped';
  p.waitBlock = 'closed';
  if (isInit(process) && !at(s.containers, process)) return;
  send(s, { topic: 'exit', process, pid: e.pid, of: e.of });
}

/** `KillAll`, once the init has exited and no exec of its container is in flight that could escape it. */
function shimKillsAll(s: State, thread: ThreadId): boolean {
  const c = targetOf(thread);
  const held = at(s.held, c);
  if (held.e === null || held.kill !== 'none' || !at(s.bundles, c).sharedPidNamespace || isExecStarting(s, c))
    return false;
  held.kill = 'running';
  return true;
}

/** `runc kill --all` has returned: what was left is killed, and the exit of the init may follow. */
function shimEndsKillAll(s: State, thread: ThreadId): boolean {
  const c = targetOf(thread);
  const held = at(s.held, c);
  if (held.kill !== 'running') return false;
  endContainer(s, c);
  held.kill = 'done';
  settle(s, c);
  return true;
}

// What the checker and traces want to know

/** The situations that the two tables of its own are for. */
function rules(bound: Bound, initial: State): Rule<State>[] {
  return [
    sometimes(
      'an early exit waits to be reaped',
      (s, call) => at(s.starting, call) && at(s.kernel, targetOf(call)).status === 'zombie',
      {
        sentence: 'a pid cannot be used again before it was reaped',
        source: 'docs/proposed.md',
        subjects: Object.keys(initial.starting),
      },
    ),
    sometimes("an init's exit is held back", keeps, {
      sentence: "Only an init's exit may have to wait",
      source: 'docs/proposed.md',
      subjects: bound.sharedPidNamespace ? Object.keys(initial.held) : [],
    }),
  ];
}

function keeps(s: State, c: ContainerId): boolean {
  return at(s.held, c).e !== null || (unexplained(s, c) ?? []).length > 0;
}

function beginningText(s: State, call: CallId): string {
  const { state } = at(s.processes, targetOf(call));
  return state === 'created' ? 'p.mu.Lock(); runs runc' : `cannot start a ${state} process`;
}

function lookText(s: State, c: ThreadId): string {
  const oom = at(at({ oom: s.oom }, 'oom') as Ooms, c);
  const events = [
    ...(oom.kill === 'counted' ? ['s.send(&TaskOOM)'] : []),
    ...(oom.exits ?? []).map(() => 's.send(&TaskExit)'),
  ];
  return `looks at memory.events; ${events.join(', ')}`;
}

function announcementText(s: State, call: CallId): string {
  const { pc } = at(s.calls, call);
  return `${makesProcess(s, call) ? 's.running takes it; ' : ''}s.send(&${pc.replace('announce ', '')})`;
}

/** The revision, as a checker takes it. */
export const proposed: Revision<State, typeof steps> = revisionOf({
  slug: 'proposed',
  title: 'ours: reap by pid, announce and enter in one section',
  tree: 'docs/proposed.md',
  initial,
  steps,
  afterRunc,
  afterRuncFailed,
  neverHappens: ['KernelReaps'],
  publisher: outboxPublisher(outboxRules),
  stop,
  release: ownRelease,
  keeps,
  rules,
});
