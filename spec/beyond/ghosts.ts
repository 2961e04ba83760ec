/**
 * The execs that nobody looks at: what another process of their container can notice of one, and the places where a
 * state keeps that.
 *
 * @module
 */
import { at } from '../assert.ts';
import { ownPid } from '../bound.ts';
import { newProcessObject } from '../process.ts';
import type { State } from '../revisions/proposed.ts';
import { type CallId, callOf, type ProcessId } from '../vocabulary.ts';

/** What another process can notice of an exec. `none` is also what was reaped. */
export interface Sight {
  /** Whether a Start of it is in `starting`. */
  readonly isStarting: boolean;
  /** Whether that Start may still fork. */
  readonly mayFork: boolean;
  /** What the kernel has of it. */
  readonly status: 'none' | 'alive' | 'zombie';
  /** Whether it is in `running`. */
  readonly isRunning: boolean;
}

/** An exec by what can be noticed of it; of a `quiet` one nothing, and there are as many of those as one likes. */
export type Profile =
  | 'may fork'
  | 'cannot fork'
  | 'starting, alive'
  | 'starting, zombie'
  | 'running, alive'
  | 'running, zombie'
  | 'given up, zombie'
  | 'quiet';

const nothing: Sight = { isStarting: false, mayFork: false, status: 'none', isRunning: false };

/** What can be noticed of an exec of each profile. No reachable state has an exec of any other. */
const sights: Readonly<Record<Profile, Sight>> = {
  'may fork': { ...nothing, isStarting: true, mayFork: true },
  'cannot fork': { ...nothing, isStarting: true },
  'starting, alive': { ...nothing, isStarting: true, status: 'alive' },
  'starting, zombie': { ...nothing, isStarting: true, status: 'zombie' },
  'running, alive': { ...nothing, status: 'alive', isRunning: true },
  'running, zombie': { ...nothing, status: 'zombie', isRunning: true },
  'given up, zombie': { ...nothing, status: 'zombie' },
  quiet: nothing,
};

/** Every profile. */
export const profiles = Object.keys(sights) as readonly Profile[];

/** The exec of `c1` that stands for all of this profile: `c1/e2` and so on. The quiet one's place is always empty. */
export function ghostOf(profile: Profile): ProcessId {
  return `c1/e${2 + profiles.indexOf(profile)}`;
}

/** The exec that makes a move of a ghost: where another stays, one more. */
export function moverOf(profile: Profile, stays = false): ProcessId {
  return ghostOf(stays ? 'quiet' : profile);
}

/** The Creates and Starts of a process that are in `starting`. */
export function startingOf(s: State, process: ProcessId): CallId[] {
  const start = callOf('start', process);
  return [callOf('create', process), start, `${start} again`].filter((call) => s.starting[call] === true);
}

/** Whether a process is in `running`. */
export function isInRunning(s: State, process: ProcessId): boolean {
  return (s.running[at(s.kernel, process).pid] ?? []).includes(process);
}

function sightOf(s: State, process: ProcessId): Sight {
  const { status } = at(s.kernel, process);
  const starts = startingOf(s, process);
  return {
    isStarting: starts.length > 0,
    mayFork: status === 'none' && starts.some((call) => at(s.calls, call).runc === 'running'),
    status: status === 'reaped' ? 'none' : status,
    isRunning: isInRunning(s, process),
  };
}

/** The profile of an exec; null for one that nobody thought of, of which nothing is proved. */
export function profileOf(s: State, process: ProcessId): Profile | null {
  const sight = sightOf(s, process);
  return profiles.find((profile) => isSame(sights[profile], sight)) ?? null;
}

function isSame(a: Sight, b: Sight): boolean {
  return (
    a.isStarting === b.isStarting &&
    a.mayFork === b.mayFork &&
    a.status === b.status &&
    a.isRunning === b.isRunning
  );
}

/** Whether there is an exec of this profile in its place; of a quiet one, whether its place is as it has to be. */
export function isThere(s: State, profile: Profile): boolean {
  return profileOf(s, ghostOf(profile)) === profile;
}

/** Puts an exec of this profile at `ghost`. */
export function place(s: State, ghost: ProcessId, profile: Profile): void {
  const { isStarting, mayFork, status, isRunning: runs } = sights[profile];
  const call = callOf('start', ghost);
  set(s.starting, call, isStarting);
  set(at(s.calls, call), 'pc', 'idle');
  set(at(s.calls, call), 'runc', mayFork ? 'running' : 'idle');
  set(at(s.kernel, ghost), 'status', status);
  set(at(s.kernel, ghost), 'pid', status === 'none' ? 0 : ownPid(ghost));
  const object = at(s.processes, ghost);
  for (const [key, value] of Object.entries(newProcessObject()))
    set(object, key as keyof typeof object, value);
  if (at(s.running, ownPid(ghost)).length !== (runs ? 1 : 0)) s.running[ownPid(ghost)] = runs ? [ghost] : [];
  if (at(s.published, ghost).length > 0) s.published[ghost] = [];
}

/** Brings the exec at `ghost` to the place of its profile. */
export function sort(s: State, ghost: ProcessId): void {
  const profile = profileOf(s, ghost);
  if (profile === null) return;
  place(s, ghost, 'quiet');
  place(s, ghostOf(profile), profile);
}

/** A step that is not enabled has to leave no trace, so nothing is written that is there already. */
function set<T extends object, K extends keyof T>(table: T, key: K, value: T[K]): void {
  if (table[key] !== value) table[key] = value;
}
