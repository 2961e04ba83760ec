/**
 * The reducer of `proposed` without a bound: the tables of a real shim grow and shrink.
 *
 * @module
 */
import { produce } from 'immer';
import { noOptions } from './bound.ts';
import { type Action, proposed, type State } from './revisions/proposed.ts';
import { newOom, type OomTold } from './road/oom.ts';
import {
  type CallId,
  type ContainerId,
  callOf,
  containerOf,
  isInit,
  methodOf,
  type Pid,
  type ProcessId,
  targetOf,
} from './vocabulary.ts';

/**
 * Grows or shrinks the tables of the reducer's state. In the checker their keys are given by the bound; in a real
 * shim containers, execs, calls and pids come and go.
 */
export type Admission =
  | {
      readonly type: 'Admit';
      readonly container: ContainerId;
      readonly sharedPidNamespace: boolean;
      /** Absent: false */
      readonly isRestored?: boolean;
    }
  | { readonly type: 'Admit'; readonly exec: ProcessId }
  | { readonly type: 'Admit'; readonly call: CallId }
  | { readonly type: 'Admit'; readonly pid: Pid }
  | { readonly type: 'Admit'; readonly foreign: Pid }
  | { readonly type: 'Retire'; readonly process: ProcessId }
  | { readonly type: 'Retire'; readonly call: CallId }
  | { readonly type: 'Retire'; readonly pid: Pid }
  | { readonly type: 'Retire'; readonly past: Pid };

/** The kernel has counted that a container is out of memory; it tells of the processes that end by themselves. */
export interface OomNews extends OomTold {
  /** The action's name. */
  readonly type: 'KernelKillsForMemory';
  /** The container. */
  readonly process: ContainerId;
  readonly isTold: true;
}

/** What was dispatched, as the reference shim records it. */
export type Dispatched = Action | OomNews | Admission;

/** The process that stands for a child that the shim did not start, or for whoever had a pid before. */
function foreignProcess(pid: Pid): ProcessId {
  return `foreign/${pid}`;
}

type OpenTables = { -readonly [K in keyof State]: Record<string, unknown> };

/** Carries an admission out on a draft of the state. */
function admit(draft: State, admission: Admission): void {
  const s = draft as unknown as OpenTables;
  if (admission.type === 'Retire') retire(s, admission);
  else if ('container' in admission) {
    const { container, sharedPidNamespace, isRestored = false } = admission;
    s.bundles[container] = { sharedPidNamespace, isRestored };
    s.containers[container] = false;
    s.held[container] = { e: null, kill: 'none' };
    if (s.oom) s.oom[container] = newOom('looked for', false);
    admitProcess(s, container);
    admitCall(s, callOf('start', container));
  } else if ('exec' in admission) admitProcess(s, admission.exec);
  else if ('call' in admission) admitCall(s, admission.call);
  else if ('pid' in admission) {
    // Whoever had the pid before was reaped: only then can it be used.
    s.running[admission.pid] = [];
    s.kernel[foreignProcess(admission.pid)] = { status: 'reaped', pid: admission.pid };
  } else {
    s.running[admission.foreign] = [];
    s.kernel[foreignProcess(admission.foreign)] = { status: 'alive', pid: admission.foreign };
  }
}

function admitProcess(s: OpenTables, process: ProcessId): void {
  s.kernel[process] = { status: 'none', pid: 0 };
  s.published[process] = [];
  s.processes[process] = { state: 'none', pid: 0, mu: null, waitBlock: 'open' };
}

function admitCall(s: OpenTables, call: CallId): void {
  // A shim that has ended takes no call, as in the model: its process may still empty the outbox.
  s.calls[call] = { pc: isServing(s) ? 'idle' : 'refused', runc: 'idle', reply: 'none' };
  if (['create', 'start'].includes(methodOf(call))) s.starting[call] = false;
}

function isServing({ processExits }: Pick<OpenTables, 'processExits'>): boolean {
  return processExits.pc === 'range s.ec';
}

function retire(s: OpenTables, admission: Admission & { type: 'Retire' }): void {
  if ('call' in admission) {
    const { call } = admission;
    delete s.calls[call];
    delete s.starting[call];
    // Whether a container was started is asked as long as it is there.
    const target = targetOf(call);
    if (isInit(target) && call === callOf('start', target) && s.processes[target]) admitCall(s, call);
  } else if ('pid' in admission) {
    delete s.running[admission.pid];
    delete s.kernel[foreignProcess(admission.pid)];
  } else if ('past' in admission) {
    delete s.kernel[foreignProcess(admission.past)];
  } else {
    const { process } = admission;
    const { pid } = s.kernel[process] as { pid: Pid };
    for (const table of [s.kernel, s.published, s.processes, s.bundles, s.containers, s.held, s.oom ?? {}])
      delete table[process];
    for (const call of Object.keys(s.calls)) {
      if (targetOf(call) === process) retire(s, { type: 'Retire', call });
    }
    for (const other of Object.keys(s.processes)) {
      if (other !== process && containerOf(other) === process) retire(s, { type: 'Retire', process: other });
    }
    const isUsed = Object.values(s.kernel).some((other) => (other as { pid: Pid }).pid === pid);
    if (!isUsed) delete s.running[pid];
  }
}

/** The shim before anything was admitted. */
export function emptyState(): State {
  const { initial } = proposed;
  const state = initial({ ...noOptions, oom: true, containers: 1, execs: 0 });
  return produce({ ...state, events: [] }, (s) => {
    for (const table of [
      s.bundles,
      s.calls,
      s.kernel,
      s.published,
      s.processes,
      s.containers,
      s.running,
      s.starting,
      s.held,
      s.oom ?? {},
    ]) {
      for (const key of Object.keys(table)) delete (table as Record<string, unknown>)[key];
    }
  });
}

/** One step of the reducer. @returns the state after it, null where the step is not enabled */
export function stepped(state: State, action: Dispatched): State | null {
  let enabled = true;
  const after = produce(state, (draft) => {
    if (action.type === 'Admit' || action.type === 'Retire') admit(draft as State, action);
    else enabled = proposed.step(draft as State, action as Action);
  });
  return enabled ? after : null;
}
