/**
 * containerd's reaper: `Reap` and `notify`, between wait4 and `s.ec`. It is the same in every revision of containerd.
 *
 * `Reap` takes every zombie, then tells of one exit after the other. For each it waits until all subscribers have it, and
 * one second at most: then it goes on, and a goroutine goes on trying. Meanwhile it reaps nobody. `runc kill --all` is a
 * child, too: its exit takes the same way, and KillAll waits for it in the exit loop, which does not empty `s.ec` then.
 *
 * Not modelled: the other runc processes, whose exits take the same way; that runc's own exits take room in `s.ec`; the
 * channels of the other subscribers, which are never full.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/sys/reaper/reaper_unix.go
 * @module
 */
import { always, sometimes } from '../../checker/property.ts';
import type { AnyAction } from '../action.ts';
import { at } from '../assert.ts';
import { type Bound, kernelProcessesOf } from '../bound.ts';
import { endContainer, mayReap } from '../environment.ts';
import type { Rule } from '../rule.ts';
import type { Service } from '../service.ts';
import { byExitLoop, byProcesses, type ShimSteps } from '../steps.ts';
import { containerOf, type ProcessId } from '../vocabulary.ts';
import { killOfRunc, type Reaper } from './reaper-slice.ts';

const commit = '301026e58c619e63d09c0ec411012e54c0124b03';
const source = `https://github.com/containerd/containerd/blob/${commit}/pkg/sys/reaper/reaper_unix.go`;

/** How many exits `s.ec` has room for within a bound; null where it has no reaper. */
export function roomIn({ reaper = false, reaperTwo = false }: Bound): number | null {
  if (reaper) return 1;
  return reaperTwo ? 2 : null;
}

function reaperOf(s: Service): Reaper {
  return at({ reaper: s.reaper }, 'reaper') as Reaper;
}

/** Every step between wait4 and `s.ec`. */
export const reaperSteps: ShimSteps<Service> = {
  RuncKillsAll: byExitLoop<Service>(runcKillsAll, { text: 'runc kill --all kills, and ends' }),
  ReaperReapsRunc: byExitLoop<Service>(reaperReapsRunc, { text: 'Reap: wait4 reaps runc kill' }),
  ReaperBegins: byExitLoop<Service>(reaperBegins, { text: 'Reap: wait4 has no more; tells of each exit' }),
  ReaperNotifies: byExitLoop<Service>(reaperNotifies, { text: 'notify: every subscriber takes the exit' }),
  ReaperTimesOut: byExitLoop<Service>(reaperTimesOut, {
    text: 'Reap: s.ec had no room for a second; goes on with the next exit',
  }),
  NotifyDelivers: byProcesses<Service>(kernelProcessesOf, notifyDelivers, {
    text: 'notify: s.ec has room, and takes the late exit',
  }),
};

/** Whether the reaper lets a step of the world or the shim happen now. */
export function reaperAllows(s: Service, { type, thread = 'processExits' }: AnyAction): boolean {
  if (!s.reaper) return true;
  if (type === 'KernelReaps') return s.reaper.pc === 'wait4';
  return type !== 'ShimKillsAll' || thread !== 'processExits' || s.reaper.kill === 'told';
}

/** KillAll has returned to the exit loop. */
export function endsKillAll(s: Service, { type, thread = 'processExits' }: AnyAction): void {
  if (s.reaper && type === 'ShimKillsAll' && thread === 'processExits') reaperOf(s).kill = 'none';
}

function runcKillsAll(s: Service): boolean {
  const reaper = reaperOf(s);
  const [process] = s.processExits.cps;
  if (s.processExits.pc !== 'exit: KillAll' || process === undefined || reaper.kill !== 'none') return false;
  endContainer(s, containerOf(process));
  reaper.kill = 'zombie';
  return true;
}

function reaperReapsRunc(s: Service): boolean {
  const reaper = reaperOf(s);
  if (reaper.pc !== 'wait4' || reaper.kill !== 'zombie') return false;
  reaper.kill = 'reaped';
  reaper.exits.push({ pid: 0, of: killOfRunc });
  return true;
}

function reaperBegins(s: Service): boolean {
  const reaper = reaperOf(s);
  const isMore = reaper.kill === 'zombie' || Object.keys(s.kernel).some((process) => mayReap(s, process));
  if (reaper.pc !== 'wait4' || reaper.exits.length === 0 || isMore) return false;
  reaper.pc = 'notify';
  return true;
}

function hasRoom(s: Service): boolean {
  return s.ec.length < reaperOf(s).room;
}

function reaperNotifies(s: Service): boolean {
  const reaper = reaperOf(s);
  const [e] = reaper.exits;
  if (reaper.pc !== 'notify' || e === undefined) return false;
  if (e.of === killOfRunc) reaper.kill = 'told';
  else if (hasRoom(s)) s.ec.push(e);
  else return false;
  goOn(reaper);
  return true;
}

function reaperTimesOut(s: Service): boolean {
  const reaper = reaperOf(s);
  const [e] = reaper.exits;
  if (reaper.pc !== 'notify' || e === undefined || e.of === killOfRunc || hasRoom(s)) return false;
  reaper.late.push(e);
  goOn(reaper);
  return true;
}

function goOn(reaper: Reaper): void {
  reaper.exits.shift();
  if (reaper.exits.length === 0) reaper.pc = 'wait4';
}

function notifyDelivers(s: Service, process: ProcessId): boolean {
  const reaper = reaperOf(s);
  const e = reaper.late.find(({ of }) => of === process);
  if (e === undefined || !hasRoom(s)) return false;
  reaper.late = reaper.late.filter((each) => each !== e);
  s.ec.push(e);
  return true;
}

/** Whether KillAll waits for an exit that stands behind one for which only the exit loop, which is in KillAll, makes room. */
function stalls(s: Service): boolean {
  const { pc, exits, kill } = reaperOf(s);
  const isWaiting = s.processExits.pc === 'exit: KillAll' && (kill === 'zombie' || kill === 'reaped');
  return isWaiting && pc === 'notify' && !hasRoom(s) && exits[0]?.of !== killOfRunc;
}

/** What is owed between wait4 and the exit loop. */
export function reaperRules(bound: Bound): Rule[] {
  const isScarce = kernelProcessesOf(bound).length > (roomIn(bound) ?? 0);
  return [
    always('no call waits for a timer', (s) => !stalls(s), {
      sentence: 'case <-time.After(1 * time.Second): no exit waits until a time-out lets it pass',
      source: `${source}#L75-L78`,
      subjects: bound.sharedPidNamespace ? ['processExits'] : [],
    }),
    sometimes('the reaper goes on after a second', (s) => reaperOf(s).late.length > 0, {
      sentence: 'case <-time.After(1 * time.Second)',
      source: `${source}#L75-L78`,
      subjects: isScarce ? ['processExits'] : [],
    }),
  ];
}
