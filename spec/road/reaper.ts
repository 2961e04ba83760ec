/**
 * containerd's reaper: `Reap` and `notify`, between wait4 and the exit loop. It is the same in every revision of
 * containerd.
 *
 * `Reap` takes every zombie, then tells of one exit after the other. For each it waits until all subscribers have it, and
 * one second at most: then it goes on, and a goroutine goes on trying, so the next exit may overtake. Meanwhile it reaps
 * nobody.
 *
 * Every runc is a child, too: of Create, Start, Delete, of a Kill of an init, of `KillAll`. Its exit goes to the goroutine
 * that waits for it, and takes room in the channel of the exit loop as any other. Kill and KillAll hold `p.mu` until then.
 *
 * Three pull requests that would change this are variants of it, see docs/reaper-fixes.md. #13539 scans a second time,
 * and waits for nobody then. #13544 puts a list between wait4 and `notify`. #13653 puts one between the channel and the
 * exit loop.
 *
 * Not modelled: a second Kill, or Delete, by one client of an init for which runc has run; the channels of the other subscribers, which are never full, for each is emptied all the time; `runc ps`,
 * `pause`, `update` and other runcs that order no event; runc's own children.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/sys/reaper/reaper_unix.go
 * @module
 */
import type { AnyAction } from '../action.ts';
import { at } from '../assert.ts';
import { kernelProcessesOf, runcPid } from '../bound.ts';
import { endContainer, endProcess, mayReap, runcMayFail, runcMayReturn } from '../environment.ts';
import type { Service } from '../service.ts';
import { byCalls, byExitLoop, byProcesses, byThreads, type GoCode, type ShimSteps } from '../steps.ts';
import {
  type CallId,
  containerOf,
  type Exit,
  isInit,
  methodOf,
  type ProcessId,
  type ThreadId,
  targetOf,
} from '../vocabulary.ts';
import {
  fixIn,
  leaveBehind,
  type Reaper,
  type RuncProcess,
  reaped,
  runcOf,
  runcThreadsOf,
  someRunc,
  waiterFor,
} from './reaper-slice.ts';
import { exiting, placeOf } from './waiting.ts';

/** The state of the reaper. @throws Impossible for a state without one */
export function reaperOf(s: Service): Reaper {
  return at({ reaper: s.reaper }, 'reaper') as Reaper;
}

/** Every step between wait4 and the exit loop. */
export const reaperSteps: ShimSteps<Service> = {
  RuncEnds: byCalls<Service>(['create', 'start', 'delete init'], runcEnds, said('ends')),
  RuncIsKilled: {
    ...byCalls<Service>(['create', 'start', 'delete init'], runcIsKilled, said('is killed')),
    takers: (bound) => (bound.runcFails ? runcThreadsOf(bound).filter((thread) => thread.includes(' ')) : []),
  },
  RuncKills: byCalls<Service>(['kill init'], runcKills, { text: 'runc kill kills, and ends' }),
  RuncKillsAll: byThreads<Service>(runcThreadsOf, runcKillsAll, {
    text: 'runc kill --all kills, and ends',
  }),
  ReaperReapsRunc: byThreads<Service>(runcThreadsOf, reaperReapsRunc, {
    text: (s, thread) => `Reap: wait4 reaps ${runcName(s, thread)}`,
  }),
  ReaperBegins: byExitLoop<Service>(reaperBegins, { text: 'Reap: wait4 has no more; tells of each exit' }),
  ReaperNotifies: byExitLoop<Service>(reaperNotifies, { text: notificationText }),
  ReaperTimesOut: byExitLoop<Service>(reaperTimesOut, {
    text: 'Reap: s.ec had no room for a second; goes on with the next exit',
  }),
  ReaperEndsScan: ofFix('13539', 'reaper', reaperEndsScan, 'Reap: the second scan finds no more'),
  NotifyDelivers: byProcesses<Service>((bound) => [...kernelProcessesOf(bound), someRunc], notifyDelivers, {
    text: 'notify: s.ec has room, and takes the late exit',
  }),
  QueueTakes: ofFix('13653', 'queue', queueTakes, 'queue.Push(<-s.ec)'),
};

function said(does: string): GoCode<Service> {
  return { text: (s, thread) => `${runcName(s, thread)} ${does}` };
}

function ofFix(
  fix: Reaper['fix'],
  taker: string,
  take: (s: Service) => boolean,
  text: string,
): ReturnType<typeof byExitLoop<Service>> {
  return { ...byExitLoop<Service>(take, { text }), takers: (bound) => (fixIn(bound) === fix ? [taker] : []) };
}

/** The runc of a goroutine, as its command line begins. */
function runcName(s: Service, thread: ThreadId): string {
  if (placeOf(s, thread) === 'exit: KillAll') return 'runc kill --all';
  const target = targetOf(thread);
  const method = methodOf(thread);
  const command = method === 'start' && !isInit(target) ? 'exec' : method;
  return `runc ${command} of ${target}`;
}

// What the reaper lets happen, and what follows from a step of the shim

/** Whether the reaper lets a step of the world or the shim happen now. */
export function reaperAllows(s: Service, action: AnyAction): boolean {
  if (!s.reaper) return true;
  const { type } = action;
  const thread = threadOf(action);
  if (type === 'KernelReaps') return isReaping(reaperOf(s));
  if (type.startsWith('Client')) return !isSpent(s, thread);
  if (type === 'RuncForks' || type === 'RuncReleasesInit') return runcBy(s, thread).at === 'none';
  if (isAnswerOfRunc(type)) return runcBy(s, thread).at === 'told' && runcBy(s, thread).how === type;
  return !killsByRunc(s, action) || (runcBy(s, thread).at === 'told' && waitsInKill(s, thread));
}

/** Lets go of `p.mu` before a step that {@link reaperAllows}: what it waited for under the lock has come. */
export function unlocks(s: Service, action: AnyAction): void {
  if (!s.reaper || !killsByRunc(s, action)) return;
  const thread = threadOf(action);
  at(s.processes, exiting(s, thread) ?? targetOf(thread)).mu = null;
}

/** What follows from a step: the goroutine has done with its runc, and no start has the pid of a runc. */
export function settles(s: Service, action: AnyAction): void {
  if (!s.reaper) return;
  const { type } = action;
  const thread = threadOf(action);
  if (type === 'ShimReceivesExit') forgetRunc(s);
  if (!isAnswerOfRunc(type) && type !== 'ShimKillsAll') return;
  if (isOnce(thread)) return;
  const runc = runcBy(s, thread);
  runc.at = 'none';
  runc.how = null;
}

function threadOf({ call, thread = call ?? 'processExits' }: AnyAction): ThreadId {
  return thread;
}

function isAnswerOfRunc(type: string): boolean {
  return type === 'RuncReturns' || type === 'RuncFails' || type === 'RuncCrashes';
}

/** Whether a step is the end of a Kill or a KillAll that runs runc. */
function killsByRunc(s: Service, action: AnyAction): boolean {
  return action.type === 'ShimKillsAll' || (action.type === 'ShimKills' && runsKill(s, threadOf(action)));
}

/** Whether a goroutine stands in a Kill or a KillAll. */
function waitsInKill(s: Service, thread: ThreadId): boolean {
  return ['exit: KillAll', 'container.Kill'].includes(placeOf(s, thread));
}

function forgetRunc(s: Service): void {
  for (const exits of Object.values(s.exits ?? {})) if (at(exits, runcPid).length > 0) exits[runcPid] = [];
}

/** A Kill or a Delete of an init that has run runc is not sent again: each would leave one exit more. */
function isOnce(thread: ThreadId): boolean {
  return thread.startsWith('kill ') || thread.startsWith('delete ');
}

function isSpent(s: Service, call: CallId): boolean {
  const { runcs } = reaperOf(s);
  return isOnce(call) && call in runcs && at(runcs, call).at !== 'none';
}

function runcBy(s: Service, thread: ThreadId): RuncProcess {
  return at(reaperOf(s).runcs, thread);
}

/** Whether a Kill runs runc: of an init that has not stopped. An exec is signalled by its pid. */
function runsKill(s: Service, call: CallId): boolean {
  const process = targetOf(call);
  return isInit(process) && ['created', 'running'].includes(at(s.processes, process).state);
}

// runc

/** runc has done what it could, and ends. */
function runcEnds(s: Service, call: CallId): boolean {
  if (runcMayReturn(s, call)) return ends(s, call, 'RuncReturns');
  return runcMayFail(s, call, 'RuncFails') && ends(s, call, 'RuncFails');
}

function runcIsKilled(s: Service, call: CallId): boolean {
  return runcMayFail(s, call, 'RuncCrashes') && ends(s, call, 'RuncCrashes');
}

function ends(s: Service, thread: ThreadId, how: RuncProcess['how']): boolean {
  const runc = runcBy(s, thread);
  if (runc.at !== 'none') return false;
  runc.at = 'zombie';
  runc.how = how;
  return true;
}

/** `p.Kill` of an init: `p.mu` is held until runc's exit has come. */
function runcKills(s: Service, call: CallId): boolean {
  const process = targetOf(call);
  if (at(s.calls, call).pc !== 'container.Kill' || !runsKill(s, call) || !mayLock(s, process, call))
    return false;
  at(s.processes, process).mu = call;
  if (at(s.kernel, process).status === 'alive') endProcess(s, process);
  return ends(s, call, 'RuncReturns');
}

/** `p.KillAll`, which holds `p.mu` as long. */
function runcKillsAll(s: Service, thread: ThreadId): boolean {
  const process = placeOf(s, thread) === 'exit: KillAll' ? exiting(s, thread) : null;
  if (process === null || !mayLock(s, process, thread)) return false;
  at(s.processes, process).mu = thread;
  endContainer(s, containerOf(process));
  return ends(s, thread, 'RuncReturns');
}

function mayLock(s: Service, process: ProcessId, thread: ThreadId): boolean {
  return at(s.processes, process).mu === null && runcBy(s, thread).at === 'none';
}

// Reap, and notify

/** Whether wait4 is called now. */
export function isReaping({ fix, pc }: Reaper): boolean {
  return fix === '13544' || pc !== 'notify';
}

/** Whether the exits are told of, one after the other. */
export function isTelling({ fix, pc }: Reaper): boolean {
  return fix === '13544' || pc === 'notify';
}

function reaperReapsRunc(s: Service, thread: ThreadId): boolean {
  const reaper = reaperOf(s);
  const runc = runcBy(s, thread);
  if (!isReaping(reaper) || runc.at !== 'zombie') return false;
  // The second scan's goroutines wait for nobody: who waits for this runc has it at once.
  runc.at = reaper.pc === 'again' ? 'told' : 'reaped';
  reaped(reaper, { pid: runcPid, of: runcOf(thread) });
  return true;
}

function reaperBegins(s: Service): boolean {
  const reaper = reaperOf(s);
  if (reaper.fix === '13544' || reaper.pc !== 'wait4' || reaper.exits.length === 0 || isMoreToReap(s))
    return false;
  reaper.pc = 'notify';
  return true;
}

function reaperEndsScan(s: Service): boolean {
  const reaper = reaperOf(s);
  if (reaper.pc !== 'again' || isMoreToReap(s)) return false;
  reaper.pc = 'wait4';
  return true;
}

/** Whether wait4 would return another child. */
export function isMoreToReap(s: Service): boolean {
  return (
    Object.values(reaperOf(s).runcs).some((runc) => runc.at === 'zombie') ||
    Object.keys(s.kernel).some((process) => mayReap(s, process))
  );
}

/** The channel of the exit loop. */
function channelOf(s: Service): Exit[] {
  const reaper = reaperOf(s);
  return reaper.fix === '13653' ? reaper.channel : s.ec;
}

/** Whether the channel of the exit loop has room. */
export function hasRoom(s: Service): boolean {
  return channelOf(s).length < reaperOf(s).room;
}

/** The goroutine that waits for the runc whose exit is told of now, and that does not have it yet. */
export function toldNext(reaper: Reaper): ThreadId | null {
  const [e] = reaper.exits;
  const waiter = e ? waiterFor(e) : null;
  return waiter !== null && at(reaper.runcs, waiter).at === 'reaped' ? waiter : null;
}

/** `notify`: whoever waits for a runc has its exit at once, the exit loop where there is room. */
function reaperNotifies(s: Service): boolean {
  const reaper = reaperOf(s);
  const [e] = reaper.exits;
  if (!isTelling(reaper) || e === undefined) return false;
  const waiter = toldNext(reaper);
  if (waiter === null && !hasRoom(s)) return false;
  if (waiter !== null) at(reaper.runcs, waiter).at = 'told';
  if (!hasRoom(s)) return true;
  channelOf(s).push(waiterFor(e) === null ? e : { pid: runcPid, of: someRunc });
  goOn(reaper);
  return true;
}

function notificationText(s: Service): string {
  const waiter = toldNext(reaperOf(s));
  const others = hasRoom(s) ? 's.ec takes the exit' : 's.ec has no room';
  return `notify: ${waiter === null ? '' : `${waiter} has the exit of its runc, `}${others}`;
}

function reaperTimesOut(s: Service): boolean {
  const reaper = reaperOf(s);
  const [e] = reaper.exits;
  if (!isTelling(reaper) || e === undefined || toldNext(reaper) !== null || hasRoom(s)) return false;
  leaveBehind(reaper, e);
  goOn(reaper);
  return true;
}

function goOn(reaper: Reaper): void {
  reaper.exits.shift();
  if (reaper.pc === 'notify' && reaper.exits.length === 0)
    reaper.pc = reaper.fix === '13539' ? 'again' : 'wait4';
}

function notifyDelivers(s: Service, process: ProcessId): boolean {
  const reaper = reaperOf(s);
  if (!hasRoom(s) || !takesLate(reaper, process)) return false;
  channelOf(s).push({ pid: process === someRunc ? runcPid : at(s.kernel, process).pid, of: process });
  return true;
}

function takesLate(reaper: Reaper, process: ProcessId): boolean {
  if (process !== someRunc) {
    if (!at(reaper.late, process)) return false;
    reaper.late[process] = false;
    return true;
  }
  if (reaper.lateRuncs === 0) return false;
  reaper.lateRuncs--;
  return true;
}

/** Of #13653: a goroutine empties the channel into a list without a bound, from which the exit loop takes. */
function queueTakes(s: Service): boolean {
  const e = reaperOf(s).channel.shift();
  if (e === undefined) return false;
  s.ec.push(e);
  return true;
}
