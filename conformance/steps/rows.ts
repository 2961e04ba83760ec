/**
 * The rows that a state of `main` has for what comes and goes: in a search their keys are given by the bound, in a
 * record by the calls and pids that it has. Each new row is one of the revision's own initial state.
 *
 * @module
 */
import {
  type Bound,
  type CallId,
  type ContainerId,
  containerOf,
  isInit,
  type MainState,
  mainRevision,
  methodOf,
  noOptions,
  type Pid,
  type ProcessId,
  type ThreadId,
  targetOf,
} from '../../spec/index.ts';

type Tables = { -readonly [K in keyof MainState]: Record<string, unknown> };

/** A bound with one of each: what its initial state has, new rows are. */
export const likeBound: Bound = {
  ...noOptions,
  containers: 1,
  execs: 1,
  kill: true,
  wait: true,
  delete: true,
  shutdown: true,
};
const initial = mainRevision.initial(likeBound);

const ofContainers = [
  'bundles',
  'containers',
  'runningExecs',
  'execCountSubscribers',
  'containerInitExit',
] as const;
const ofProcesses = ['kernel', 'published', 'processes'] as const;

/** The shim before its first call. */
export function emptyState(): MainState {
  const state = { ...structuredClone(initial), events: [] };
  const tables = state as unknown as Tables;
  for (const table of [
    ...ofContainers,
    ...ofProcesses,
    'calls',
    'running',
    'exits',
    'exitSubscribers',
    'goroutines',
  ] as const)
    tables[table] = {};
  return state;
}

/** The process that stands for a child that is no container's, or for whoever had a pid before. */
export function foreignOf(pid: Pid): ProcessId {
  return `foreign/${pid}`;
}

export function initExitOf(c: ContainerId): string {
  return `initExit ${c}`;
}

/** The thread of that bound that a thread is like. */
export function likeOf(thread: ThreadId): ThreadId {
  const [name, target = ''] = thread.split(' ');
  if (thread === 'processExits' || name === 'shutdown') return name === 'shutdown' ? 'shutdown shim' : thread;
  return `${name} ${isInit(target) ? 'c1' : 'c1/e1'}`;
}

/** Copies a row of the initial state, under another key. */
function copy(s: MainState, table: keyof MainState, from: string, to: string): void {
  const row = (initial as unknown as Tables)[table]?.[from];
  const rows = (s as unknown as Tables)[table];
  if (rows) rows[to] = structuredClone(row);
}

export function openContainer(s: MainState, c: ContainerId, sharedPidNamespace = false): void {
  if (c in s.containers) return;
  for (const table of ofContainers) copy(s, table, 'c1', c);
  copy(s, 'goroutines', 'initExit c1', initExitOf(c));
  (s as unknown as Tables).bundles[c] = { sharedPidNamespace, isRestored: false };
}

function openProcess(s: MainState, process: ProcessId): void {
  openContainer(s, containerOf(process));
  if (process in s.processes) return;
  for (const table of ofProcesses) copy(s, table, isInit(process) ? 'c1' : 'c1/e1', process);
}

/** A call that a client has sent. */
export function openCall(s: MainState, call: CallId): void {
  const method = methodOf(call);
  const target = targetOf(call);
  if (method !== 'shutdown') openProcess(s, containerOf(target));
  if (method !== 'shutdown' && !isInit(target)) openProcess(s, target);
  copy(s, 'calls', likeOf(call), call);
  const handler = s.calls[call];
  if (handler) handler.pc = 'called';
  if (method !== 'create' && method !== 'start') return;
  copy(s, 'exitSubscribers', 'create c1', call);
  s.exits[call] = Object.fromEntries(Object.keys(s.running).map((pid) => [pid, []]));
}

/** A pid that a new process can have: whoever had it before was reaped. */
export function openPid(s: MainState, pid: Pid): void {
  if (!Object.values(s.kernel).some((p) => p.pid === pid))
    s.kernel[foreignOf(pid)] = { status: 'reaped', pid };
  rowsOfPid(s, pid);
}

/** A child of the shim that no call has made. */
export function openForeign(s: MainState, pid: Pid): void {
  s.kernel[foreignOf(pid)] = { status: 'alive', pid };
  rowsOfPid(s, pid);
}

function rowsOfPid(s: MainState, pid: Pid): void {
  s.running[pid] ??= [];
  for (const exits of Object.values(s.exits)) exits[pid] ??= [];
}

export function closeCall(s: MainState, call: CallId): void {
  delete s.calls[call];
  delete s.exitSubscribers[call];
  delete s.exits[call];
}

/** Takes out the rows of what is over: containers that were deleted, and pids that nobody waits for. */
export function closeOver(s: MainState): void {
  const busy = new Set(Object.keys(s.calls).map((call) => containerOf(targetOf(call))));
  for (const cp of [...s.processExits.cps, ...Object.values(s.running).flat()]) busy.add(containerOf(cp));
  for (const e of s.ec) busy.add(containerOf(e.of));
  for (const c of Object.keys(s.containers)) {
    if (!busy.has(c) && isOver(s, c)) closeContainer(s, c);
  }
  const awaited = new Set(s.ec.map((e) => e.pid));
  for (const exits of Object.values(s.exits))
    for (const [pid, of] of Object.entries(exits)) if (of.length > 0) awaited.add(Number(pid));
  closePids(s, awaited);
}

function isOver(s: MainState, c: ContainerId): boolean {
  return (
    s.containers[c] === false &&
    s.goroutines[initExitOf(c)]?.pc === 'idle' &&
    s.containerInitExit[c] === null &&
    s.execCountSubscribers[c] === null &&
    s.runningExecs[c] === 0 &&
    Object.entries(s.kernel).every(
      ([process, { status }]) => containerOf(process) !== c || status === 'none' || status === 'reaped',
    )
  );
}

function closeContainer(s: MainState, c: ContainerId): void {
  const tables = s as unknown as Tables;
  for (const table of ofContainers) delete tables[table][c];
  delete tables.goroutines[initExitOf(c)];
  for (const table of ofProcesses)
    for (const process of Object.keys(tables[table])) {
      if (containerOf(process) === c) delete tables[table][process];
    }
}

function closePids(s: MainState, awaited: ReadonlySet<Pid>): void {
  for (const [process, { pid, status }] of Object.entries(s.kernel)) {
    if (process === foreignOf(pid) && status === 'reaped' && !awaited.has(pid)) delete s.kernel[process];
  }
  const used = new Set(Object.values(s.kernel).map((p) => p.pid));
  for (const key of Object.keys(s.running)) {
    const pid = Number(key);
    if (used.has(pid) || awaited.has(pid) || s.running[pid]?.length !== 0) continue;
    delete s.running[pid];
    for (const exits of Object.values(s.exits)) delete exits[pid];
  }
}
