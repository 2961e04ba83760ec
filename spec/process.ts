/**
 * The process objects of containerd's `pkg/process`: `Init` and `execProcess` with their state machines.
 * They are the same in every revision of the service.
 *
 * Not modelled: pausing, checkpoints, consoles; the time that Delete waits for stdio; an exec id that is
 * used again after its Delete.
 *
 * @source https://github.com/containerd/containerd/tree/18c6503d98f4de37ebbd39443bde958d8b6dc367/pkg/process
 * @module
 */
import { at } from './assert.ts';
import { endContainer, endProcess, startRunc, type World } from './environment.ts';
import {
  type CallId,
  containerOf,
  isInit,
  type Pid,
  type ProcessId,
  type ThreadId,
  targetOf,
} from './vocabulary.ts';

/** An `Init` or `execProcess`. An exec that is `deleted` is also out of its container's `processes`. */
export interface ProcessObject {
  /** `initState` or `execState`; `none` before the object exists. */
  state: 'none' | 'created' | 'running' | 'stopped' | 'deleted';
  /** What `Pid()` returns: 0 until runc has reported it. */
  pid: Pid;
  /** The thread that holds `p.mu`; it is held while runc starts or deletes the process. */
  mu: ThreadId | null;
  /** The channel that Wait waits for. */
  waitBlock: 'open' | 'closed';
}

/** The part of a service's state that this module works on. */
export interface Processes extends World {
  /** Every init and exec, made or not. */
  readonly processes: Record<ProcessId, ProcessObject>;
}

/** A process object before its process exists. */
export function newProcessObject(): ProcessObject {
  return { state: 'none', pid: 0, mu: null, waitBlock: 'open' };
}

/** `c.Process(id)`: whether the container knows the process. */
export function isKnown(s: Processes, process: ProcessId): boolean {
  const { state } = at(s.processes, process);
  return state !== 'none' && (state !== 'deleted' || isInit(process));
}

/** Whether another thread holds `p.mu`. */
export function isBusy(s: Processes, process: ProcessId): boolean {
  return at(s.processes, process).mu !== null;
}

/** `p.Start(ctx)` up to runc: takes `p.mu` and starts runc where the process is created. @returns whether it is */
export function beginStart(s: Processes, call: CallId): boolean {
  const p = at(s.processes, targetOf(call));
  if (p.state !== 'created') return false;
  p.mu = call;
  startRunc(s, call);
  return true;
}

/** `p.Start(ctx)` after runc returned: the process is running, and its pid is known. */
export function endStart(s: Processes, call: CallId): void {
  const process = targetOf(call);
  const p = at(s.processes, process);
  p.state = 'running';
  p.pid = at(s.kernel, process).pid;
  p.mu = null;
  at(s.calls, call).runc = 'idle';
}

/**
 * `p.Start(ctx)` after runc failed. Where `runc exec` itself failed, an exec's Wait is let go; where the shim
 * failed afterwards (no stdin, no pid file), it is not.
 *
 * @returns false where a closed channel would be closed: the Go shim panics
 */
export function failStart(s: Processes, call: CallId): boolean {
  const p = at(s.processes, targetOf(call));
  const runcItself = at(s.calls, call).runc !== 'done';
  p.mu = null;
  at(s.calls, call).runc = 'idle';
  return isInit(targetOf(call)) || !runcItself || closeWaitBlock(p);
}

/** `p.SetExited(status)`. @returns false where a closed channel would be closed: the Go shim panics */
export function setExited(s: Processes, process: ProcessId): boolean {
  const p = at(s.processes, process);
  if (p.state !== 'created' && p.state !== 'running') return true;
  p.state = 'stopped';
  return closeWaitBlock(p);
}

function closeWaitBlock(p: ProcessObject): boolean {
  if (p.waitBlock === 'closed') return false;
  p.waitBlock = 'closed';
  return true;
}

/**
 * `p.Kill(ctx, SIGKILL)`. An exec is signalled by its pid, whoever has it now.
 *
 * @param isTold the process is left alive: the world will tell when it has ended
 * @returns whether there was one to signal
 */
export function kill(s: Processes, process: ProcessId, isTold = false): boolean {
  const { state, pid } = at(s.processes, process);
  if (state !== 'created' && state !== 'running') return false;
  if (isInit(process)) {
    if (at(s.kernel, process).status !== 'alive') return false;
    if (!isTold) endProcess(s, process);
    return true;
  }
  const target = Object.keys(s.kernel).find((id) => at(s.kernel, id).pid === pid && isInKernel(s, id));
  if (pid === 0 || target === undefined) return false;
  if (!isTold) endProcess(s, target);
  return true;
}

function isInKernel(s: World, process: ProcessId): boolean {
  const { status } = at(s.kernel, process);
  return status === 'alive' || status === 'zombie';
}

/** `p.Delete(ctx)` of an exec, and its removal from the container. @returns whether the state allowed it */
export function deleteExec(s: Processes, process: ProcessId): boolean {
  const p = at(s.processes, process);
  if (p.state !== 'created' && p.state !== 'stopped') return false;
  p.state = 'deleted';
  return true;
}

/** `p.Delete(ctx)` of an init up to runc: takes `p.mu` and starts `runc delete`. @returns whether the state allowed it */
export function beginDelete(s: Processes, call: CallId): boolean {
  const p = at(s.processes, targetOf(call));
  if (p.state !== 'created' && p.state !== 'stopped') return false;
  p.mu = call;
  startRunc(s, call);
  return true;
}

/** `p.Delete(ctx)` of an init after runc returned: `runc delete` kills a container that was only created. */
export function endDelete(s: Processes, call: CallId, deleted: boolean): void {
  const p = at(s.processes, targetOf(call));
  if (deleted) {
    if (p.state === 'created') endContainer(s, targetOf(call));
    p.state = 'deleted';
  }
  p.mu = null;
  at(s.calls, call).runc = 'idle';
}

/** `c.Exec(ctx, r)` with its reservation of the id. @returns whether the container takes an exec, and the id is new */
export function addExec(s: Processes, process: ProcessId): boolean {
  const init = at(s.processes, containerOf(process));
  const exec = at(s.processes, process);
  if (exec.state !== 'none' || (init.state !== 'created' && init.state !== 'running')) return false;
  exec.state = 'created';
  return true;
}
