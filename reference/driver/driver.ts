import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CallId,
  callOf,
  clientActionOf,
  containerOf,
  type Dispatched,
  type Event,
  isInit,
  type Method,
  methodOf,
  type ProcessId,
  targetOf,
} from '../../spec/index.ts';
import { initPidFile, writeFresh } from '../container/bundle.ts';
import type { RunOptions } from '../container/runc.ts';
import { openStdio, openTerminalEnds } from '../container/stdio.ts';
import { Terminal } from '../container/terminal.ts';
import { children, hasZombie, reapZombie, zombieStatus } from '../linux/reaper.ts';
import { isOwn } from '../linux/spawn.ts';
import { Machine } from './machine.ts';
import { closeEnds, type Task, type TaskProcess } from './tasks.ts';

/** How a call ended: where it was refused, and runc's error where it has one. */
export interface Outcome {
  readonly isAnswered: boolean;
  readonly at: string;
  readonly error: Error | null;
}

/** What a call says besides its target. */
export interface CallOptions {
  /** Of Kill. Default: 0 */
  readonly signal?: number;
  /** Aborted when the client is gone or its deadline has passed. Default: the client waits */
  readonly client?: AbortSignal;
}

/** What the driver tells its owner. */
export interface Listener {
  readonly publish: (event: Event) => void;
  readonly end: () => void;
  readonly log: (line: string) => void;
}

/**
 * The world of the reducer: gives it calls, runc's answers and exits as they come, and carries out what its state
 * asks for. When something may happen is never decided here.
 */
export class Driver {
  readonly tasks: Map<string, Task> = new Map();
  readonly machine: Machine;
  readonly #listener: Listener;
  readonly #waiting = new Map<CallId, (outcome: Outcome) => void>();
  readonly #errors = new Map<CallId, Error>();
  readonly #options = new Map<CallId, CallOptions>();
  #calls = 0;
  #onEnd: () => void = () => undefined;
  /** Settles when a Shutdown ends the shim: in the reducer no call is answered any more. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#onEnd = resolve;
  });

  constructor(listener: Listener, record?: (action: Dispatched) => void) {
    this.#listener = listener;
    this.machine = new Machine(
      {
        runcStarts: (call) => queueMicrotask(() => void this.#runRunc(call)),
        callEnds: (call, outcome, at) => this.#callEnds(call, outcome === 'answered', at),
        publish: listener.publish,
        reap: (_, pid) => void reapZombie(pid),
        killAll: (c) => void this.#killAll(c),
        kill: (pid) => this.#kill(pid),
        signal: (call, pid) => this.#signal(call, pid),
        end: () => {
          this.#onEnd();
          listener.end();
        },
      },
      record,
    );
  }

  /** Whether the shim serves the process now. */
  knows(process: ProcessId): boolean {
    const { state } = this.machine.state.processes[process] ?? { state: 'none' };
    return (
      this.machine.state.containers[containerOf(process)] === true &&
      state !== 'none' &&
      (isInit(process) || state !== 'deleted')
    );
  }

  /** Gives the reducer a call. @returns how it ended */
  async call(method: Method, target: ProcessId, options: CallOptions = {}): Promise<Outcome> {
    if (!this.#isAdmitted(method, target)) return { isAnswered: false, at: 'called', error: null };
    const plain = callOf(method, target);
    const isTaken =
      (this.machine.state.calls[plain]?.pc ?? 'idle') !== 'idle' || this.machine.live.has(plain);
    const call = isTaken ? `${plain} #${++this.#calls}` : plain;
    this.machine.admit({ type: 'Admit', call });
    this.#options.set(call, options);
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#waiting.set(call, resolve);
      if (method === 'wait') options.client?.addEventListener('abort', () => this.#stopWaiting(call));
      if (!this.#send(method, call)) {
        this.machine.forget(call);
        resolve({ isAnswered: false, at: 'called', error: null });
      }
    });
    this.#waiting.delete(call);
    this.#options.delete(call);
    this.#tidy(call, plain, outcome);
    return outcome;
  }

  /** A Wait that nobody waits for any more is not kept until the process ends, which may be never. */
  #stopWaiting(call: CallId): void {
    if (!this.machine.live.has(call)) return;
    this.machine.forget(call);
    this.#waiting.get(call)?.({ isAnswered: false, at: 'p.Wait', error: null });
  }

  /** Whether the call that made what this one is about has been admitted. */
  #isAdmitted(method: Method, target: ProcessId): boolean {
    if (method === 'create' || method === 'shutdown') return true;
    const { calls } = this.machine.state;
    if (!calls[callOf('create', containerOf(target))]) return false;
    return isInit(target) || method === 'exec' || calls[callOf('exec', target)] !== undefined;
  }

  #send(method: Method, call: CallId): boolean {
    if (this.machine.dispatch({ type: clientActionOf[method], call })) return true;
    if (method === 'exec' && this.machine.dispatch({ type: 'ClientExecsOnCreated', call })) return true;
    return this.machine.dispatch({ type: 'ClientCallsEarly', call });
  }

  /** Looks for zombies, and lets the reducer say which of them may be reaped. */
  look(): void {
    if (!hasZombie()) return;
    for (const [process, { status, pid }] of Object.entries(this.machine.state.kernel)) {
      if (status === 'alive' || status === 'zombie') this.#lookAt(process, pid);
    }
    if (!hasZombie()) return;
    const known = new Set(Object.values(this.machine.state.kernel).map(({ pid }) => pid));
    for (const pid of children()) {
      if (known.has(pid) || isOwn(pid) || zombieStatus(pid) === null) continue;
      this.machine.admit({ type: 'Admit', foreign: pid });
      this.#lookAt(`foreign/${pid}`, pid);
      this.machine.admit({ type: 'Retire', pid });
    }
  }

  #lookAt(process: ProcessId, pid: number): void {
    const status = zombieStatus(pid);
    if (status === null) return;
    const found = this.#find(process);
    if (found) found.ended ??= { status, atMs: Date.now() };
    this.machine.dispatch({ type: 'ProcessExits', process });
    this.machine.reap(process, pid);
  }

  #find(process: ProcessId): TaskProcess | undefined {
    return this.tasks.get(containerOf(process))?.processes.get(process);
  }

  async #runRunc(call: CallId): Promise<void> {
    const task = this.tasks.get(containerOf(targetOf(call)));
    try {
      if (!task) throw new Error('the container is gone');
      if (methodOf(call) === 'delete') await this.#runDelete(call, task);
      else if (methodOf(call) === 'start' && isInit(targetOf(call))) await this.#runStart(call, task);
      else await this.#runFork(call, task);
      this.machine.dispatch({ type: 'RuncReturns', call });
    } catch (error) {
      this.#errors.set(call, error as Error);
      this.machine.dispatch({ type: 'RuncFails', call }) ||
        this.machine.dispatch({ type: 'RuncCrashes', call });
    }
    this.look();
  }

  /** `runc create` or `runc exec`, and the pid that it reports. */
  async #runFork(call: CallId, task: Task): Promise<void> {
    const process = targetOf(call);
    const found = this.#find(process);
    if (!found) throw new Error(`${process} is gone`);
    const id = isInit(process) ? task.id : process.slice(task.id.length + 1);
    const pidFile = join(task.bundle, isInit(process) ? initPidFile : `${id}.exec.pid`);
    rmSync(pidFile, { force: true });
    try {
      await openEnds(found, task, id);
      const args = [
        '--pid-file',
        pidFile,
        ...(found.terminal ? ['--console-socket', found.terminal.socket] : []),
      ];
      const options = { stdio: found.opened?.inherited, client: this.#options.get(call)?.client };
      if (isInit(process)) await task.runc.create(task.bundle, [...args, task.id], options);
      else await runExec(task, found.spec, [...args, task.id], { id, ...options });
      this.#hasForked(call, Number(readFileSync(pidFile, 'utf8')));
      found.terminal?.attach();
    } catch (error) {
      this.#tellOfLeft(call, pidFile);
      closeEnds(found);
      throw error;
    } finally {
      found.terminal?.detach();
      found.opened?.release();
      if (!isInit(process)) rmSync(pidFile, { force: true });
    }
  }

  #hasForked(call: CallId, pid: number): void {
    this.machine.admit({ type: 'Admit', pid });
    this.machine.dispatch({ type: 'RuncForks', call, pid });
    this.machine.admit({ type: 'Retire', past: pid });
  }

  /** Where runc has left a process behind, the reducer has to know of it before it hears of the failure. */
  #tellOfLeft(call: CallId, pidFile: string): void {
    const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
    if (pid <= 1 || !children().includes(pid)) return;
    if (this.machine.state.kernel[targetOf(call)]?.pid !== pid) this.#hasForked(call, pid);
  }

  async #runStart(call: CallId, task: Task): Promise<void> {
    // runc lets the init go on some time before it returns; the process may exit before we hear of either.
    this.machine.dispatch({ type: 'RuncReleasesInit', call });
    await task.runc.run(['start', task.id], { client: this.#options.get(call)?.client });
  }

  async #runDelete(call: CallId, task: Task): Promise<void> {
    try {
      await task.runc.run(['delete', task.id], { client: this.#options.get(call)?.client });
    } catch (error) {
      if (!(error as Error).message.includes('does not exist')) throw error;
    }
  }

  async #killAll(container: string): Promise<void> {
    try {
      await this.tasks.get(container)?.runc.run(['kill', '--all', container, 'KILL']);
    } catch (error) {
      this.#listener.log(`kill --all of ${container}: ${(error as Error).message}`);
    }
    this.look();
  }

  #kill(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      this.#listener.log(`kill of ${pid}, which runc left behind: ${(error as Error).message}`);
    }
  }

  #signal(call: CallId, pid: number): void {
    try {
      // 0 and below are groups of processes, 1 is the machine's.
      if (pid <= 1) throw new Error('no such process');
      process.kill(pid, this.#options.get(call)?.signal ?? 0);
    } catch (error) {
      this.#errors.set(call, error as Error);
    }
  }

  #callEnds(call: CallId, isAnswered: boolean, at: string): void {
    const error = this.#errors.get(call) ?? null;
    this.#errors.delete(call);
    this.#waiting.get(call)?.({ isAnswered, at, error });
  }

  /** Forgets calls that nothing depends on, and what was deleted once no call is about it any more. */
  #tidy(call: CallId, plain: CallId, { isAnswered }: Outcome): void {
    const { machine } = this;
    const isRemembered = isAnswered && call === plain && ['create', 'exec', 'start'].includes(methodOf(call));
    if (!isRemembered && machine.state.calls[call]) machine.admit({ type: 'Retire', call });
    const target = targetOf(call);
    const container = containerOf(target);
    const isOver = (about: (other: ProcessId) => boolean): boolean =>
      ![...machine.live].some((other) => about(targetOf(other)));
    if (machine.state.processes[container] === undefined) return;
    if (!machine.state.containers[container] && isOver((other) => containerOf(other) === container)) {
      machine.admit({ type: 'Retire', process: container });
      this.tasks.delete(container);
    } else if (!isInit(target) && this.#isGone(target) && isOver((other) => other === target)) {
      machine.admit({ type: 'Retire', process: target });
      this.tasks.get(container)?.processes.delete(target);
    }
  }

  #isGone(exec: ProcessId): boolean {
    return ['none', 'deleted'].includes(this.machine.state.processes[exec]?.state ?? 'gone');
  }
}

async function openEnds(found: TaskProcess, { namespace, ioOwner }: Task, id: string): Promise<void> {
  const { stdio } = found;
  const of = { id, namespace };
  if (stdio.terminal) {
    const ends = await openTerminalEnds(stdio, of);
    found.logger = ends.logger;
    found.terminal = new Terminal(ends);
  } else {
    found.opened = await openStdio(stdio, of, ioOwner);
    found.logger = found.opened.logger;
  }
}

async function runExec(
  { bundle, runc }: Task,
  spec: string,
  args: readonly string[],
  { id, ...options }: RunOptions & { readonly id: string },
): Promise<void> {
  const file = join(bundle, `${id}.process.json`);
  writeFresh(file, spec);
  try {
    await runc.run(['exec', '--process', file, '--detach', ...args], options);
  } finally {
    rmSync(file, { force: true });
  }
}
