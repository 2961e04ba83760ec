/**
 * The watchers that publish TaskOOM.
 *
 * The kernel counts (`memory.events`) or signals (an eventfd, cgroup v1) before it kills. Up to 2.2 a watcher publishes by
 * itself whenever it has read that, beside `s.events`; up to 2.1 it begins after `runc start` has returned. Since 2.3.0, on
 * cgroup v2, an init's exit waits until the watcher of its container has called Publish, which is not delivery. `proposed`
 * holds every exit until it has looked at the counter: that is a step of its own, and the reference shim's driver asks for
 * the look where the state says so.
 *
 * Not modelled: that the kernel kills an exec, which TaskOOM does not name; a container that is out of memory twice.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/internal/oom/watcher.go
 * @module
 */
import { always, sometimes } from '../../checker/property.ts';
import type { AnyAction } from '../action.ts';
import { at } from '../assert.ts';
import { type Bound, containersOf } from '../bound.ts';
import { endProcess } from '../environment.ts';
import { fold, isExit, isOf, type Mark, send } from '../log.ts';
import type { Rule } from '../rule.ts';
import type { Service } from '../service.ts';
import { byProcesses, type ShimSteps } from '../steps.ts';
import { type CallId, type ContainerId, callOf, isInit, type ProcessId, targetOf } from '../vocabulary.ts';
import type { Oom, Ooms } from './oom-slice.ts';

const commit = '301026e58c619e63d09c0ec411012e54c0124b03';
const source = `https://github.com/containerd/containerd/blob/${commit}/cmd/containerd-shim-runc-v2/task/service.go#L767-L777`;

/** Who tells that a container ran out of memory. */
export type OomKind = 'watched since Start' | 'watched since Create' | 'looked for';

/** The watches before any container is created. @returns null where the bound has none */
export function newOoms(kind: OomKind, bound: Bound): Ooms | null {
  if (!bound.oom && !bound.oomV1) return null;
  const isV1 = bound.oomV1 ?? false;
  return Object.fromEntries(containersOf(bound).map((c) => [c, newOom(kind, isV1)]));
}

/** The watch of one container. @param isV1 whether the machine has cgroup v1 */
export function newOom(kind: OomKind, isV1: boolean): Oom {
  const exits = kind === 'looked for' ? { exits: [] } : {};
  return { isV1, isWatched: false, kill: 'none', ...exits };
}

function oomOf({ oom }: Service, c: ContainerId): Oom {
  return at(at({ oom }, 'oom') as Ooms, c);
}

/** What a kill for lack of memory is told besides whose it is. */
export interface OomTold {
  /**
   * Whether the kernel has only said that it has counted: the world tells by itself that a process has ended, and it may
   * count again.
   */
  readonly isTold?: boolean;
}

/** The steps of the kernel and of the watchers; a shim that looks itself has its steps in its revision. */
export function oomSteps(kind: OomKind): ShimSteps<Service> {
  return {
    KernelKillsForMemory: byProcesses<Service, OomTold>(containersOf, kernelKillsForMemory, {
      text: 'the init is killed for lack of memory, and counted',
    }),
    ...(kind === 'looked for'
      ? {}
      : {
          WatcherBegins: byProcesses<Service>(
            containersOf,
            (s, c) => watcherBegins(s, c, kind === 'watched since Create'),
            { text: 'begins to watch the cgroup' },
          ),
          WatcherPublishes: byProcesses<Service>(containersOf, watcherPublishes, {
            text: 'has read memory.events; calls Publish(&TaskOOM)',
          }),
        }),
  };
}

/** The init runs its program, and the kernel kills it for lack of memory. */
function kernelKillsForMemory(s: Service, c: ContainerId, { isTold = false }: OomTold): boolean {
  if (isTold) return notesCount(s, c);
  const oom = oomOf(s, c);
  if (oom.kill !== 'none' || at(s.kernel, c).status !== 'alive' || !isReleased(s, c)) return false;
  oom.kill = 'counted';
  endProcess(s, c);
  return true;
}

/** The kernel has counted. @returns whether of a container that the shim has */
function notesCount({ oom }: Service, c: ContainerId): boolean {
  const known = oom?.[c];
  if (known) known.kill = 'counted';
  return known !== undefined;
}

function isReleased(s: Service, c: ContainerId): boolean {
  return (
    at(s.processes, c).state === 'running' || startsOf(s, c).some((call) => s.calls[call]?.runc === 'done')
  );
}

function startsOf(s: Service, c: ContainerId): CallId[] {
  const start = callOf('start', c);
  return [start, `${start} again`].filter((call) => s.calls[call] !== undefined);
}

/** `Add`: what was counted before is seen where the watcher reads the file at its end, as since 2.3.0. */
function watcherBegins(s: Service, c: ContainerId, isAtCreate: boolean): boolean {
  const oom = oomOf(s, c);
  if (oom.isWatched || !isDue(s, c, isAtCreate)) return false;
  oom.isWatched = true;
  if (oom.kill === 'counted') oom.kill = 'missed';
  return true;
}

/** Whether a handler is where it calls `Add`. */
function isDue(s: Service, c: ContainerId, isAtCreate: boolean): boolean {
  if (isAtCreate) return s.calls[callOf('create', c)]?.pc === 'handleStarted';
  return startsOf(s, c).some((call) => s.calls[call]?.pc === 'send TaskStart');
}

/** The watcher's own goroutine: it publishes nothing of a cgroup that is gone. */
function watcherPublishes(s: Service, c: ContainerId): boolean {
  const oom = oomOf(s, c);
  const isGone =
    at(s.processes, c).state === 'deleted' || ['ended', 'panicked', 'crashed'].includes(s.processExits.pc);
  if (!oom.isWatched || oom.kill !== 'counted' || isGone) return false;
  const { road } = s;
  const event = { topic: 'oom' as const, process: c };
  if (road) {
    if (road.watcher !== null) return false;
    road.watcher = { ...event, of: c, time: ++road.sent };
  }
  s.events?.push({ ...event, pid: 0 });
  fold(s.published, event);
  oom.kill = 'told';
  return true;
}

/** Publishes what the kernel has counted and nobody was told of. */
export function tellOom(s: Service, c: ContainerId): void {
  const oom = oomOf(s, c);
  if (oom.kill !== 'counted') return;
  oom.kill = 'told';
  send(s, { topic: 'oom', process: c, pid: 0 });
}

/** Whether the kernel has counted, and the task was announced as started, so that TaskOOM needs no exit to wait for. */
export function isOomDue(s: Service, c: ContainerId): boolean {
  return oomOf(s, c).kill === 'counted' && at(s.published, c).some(isOf('start'));
}

/**
 * Whether a handler or the exit loop may go on: it calls `Add` first; since 2.3.0, on cgroup v2, an init's exit waits for
 * the watcher.
 */
export function oomAllows(
  s: Service,
  { type, call, thread = call ?? 'processExits', process }: AnyAction,
  kind: OomKind,
): boolean {
  if (!s.oom || process !== undefined || !type.startsWith('Shim')) return true;
  const handler = s.calls[thread];
  const c = targetOf(thread);
  if (handler?.pc === 'send TaskStart' && kind === 'watched since Start') return oomOf(s, c).isWatched;
  if (handler?.pc === 'handleStarted' && thread === callOf('create', c) && kind === 'watched since Create')
    return oomOf(s, c).isWatched;
  return kind !== 'watched since Create' || !isExitEarly(s, thread);
}

/** Whether a thread would publish the exit of an init whose watcher has not called Publish. */
function isExitEarly(s: Service, thread: string): boolean {
  const { pc } =
    thread === 'processExits' ? s.processExits : (s.goroutines?.[thread] ?? s.calls[thread] ?? { pc: '' });
  if (pc !== 'exit: send TaskExit') return false;
  const process = exiting(s, thread);
  if (process === null || !isInit(process)) return false;
  const { isWatched, kill, isV1 } = oomOf(s, process);
  if (isV1) return false;
  const isReading = isWatched && kill === 'counted' && at(s.processes, process).state !== 'deleted';
  return isReading || s.road?.watcher?.process === process;
}

function exiting(s: Service, thread: string): ProcessId | null {
  if (thread === 'processExits') return s.processExits.cps[0] ?? null;
  return s.calls[thread]?.todo?.[0]?.process ?? targetOf(thread);
}

function isTold({ kill }: Oom, marks: readonly Mark[]): boolean {
  const exit = marks.findIndex(isExit);
  if (kill === 'none' || exit < 0) return true;
  const oom = marks.indexOf('oom');
  return oom >= 0 && oom < exit;
}

/** What is owed to who asks why a container has ended. */
export function oomRules(bound: Bound, kind: OomKind): Rule[] {
  const subjects = containersOf(bound);
  const details = {
    sentence: 'We should always send oom event before exit event.',
    source: 'https://github.com/containerd/containerd/commit/8ac7e3c06d63b8c3dfc92cba7cdfc250f1b81bd6',
    subjects,
  };
  const isOnRoad = bound.publisher || bound.channel || bound.channelTwo || bound.crash;
  return [
    always(
      'TaskOOM precedes the exit that it explains',
      (s, c) => isTold(oomOf(s, c), at(s.published, c)),
      details,
    ),
    always(
      'delivered: TaskOOM precedes the exit that it explains',
      (s, c) => isTold(oomOf(s, c), at(s.road?.delivered ?? {}, c)),
      { ...details, subjects: isOnRoad ? subjects : [] },
    ),
    sometimes(
      'an init is killed for lack of memory, and TaskOOM says so',
      (s, c) => oomOf(s, c).kill === 'told',
      {
        ...details,
        source,
      },
    ),
    sometimes('the kernel kills an init that nobody watches yet', (s, c) => oomOf(s, c).kill === 'missed', {
      ...details,
      source,
      subjects: kind === 'watched since Start' ? subjects : [],
    }),
  ];
}
