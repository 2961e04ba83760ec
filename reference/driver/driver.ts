import {
  type CallId,
  type CallMethod,
  callOf,
  clientActionOf,
  containerOf,
  type Dispatched,
  type Event,
  isInit,
  methodOf,
  type ProcessId,
  type Proposed,
  targetOf,
} from '../../spec/index.ts';
import type { Container, ContainerProcess } from '../container/container.ts';
import type { Log } from '../linux/log.ts';
import { reapZombie } from '../linux/reaper.ts';
import { lookForExits } from './exits.ts';
import { Machine } from './machine.ts';
import { type ProcessName, processIdOf, processNameOf } from './names.ts';
import type { Outcome } from './outcome.ts';
import { runRunc } from './runc-calls.ts';
import { SharedWaits } from './shared-waits.ts';
import { tableLines } from './tables.ts';

/** The state of a process, in the words of the Go service. */
export type ProcessState = Proposed['processes'][ProcessId]['state'];

/** An event of the reducer, with what the shim knows of its container and process. */
export interface TaskEvent {
  readonly topic: Event['topic'];
  readonly name: ProcessName;
  readonly pid: number;
  readonly container: Container | undefined;
  readonly process: ContainerProcess | undefined;
}

/** What the driver tells its owner. */
export interface Listener {
  readonly publish: (event: TaskEvent) => void;
  /** Looks whether a container ran out of memory, and says so at once, by `outOfMemory`. */
  readonly lookForOom: (container: string) => void;
  /** A Shutdown was taken: the shim has to end. */
  readonly end: () => void;
  readonly log: Log;
}

/** What a call says besides its target. */
export interface CallDetails {
  /** Of Kill. Default: 0 */
  readonly signal?: number;
  /** Aborted when the client is gone or its deadline has passed. Default: the client waits for ever */
  readonly client?: AbortSignal;
}

const notFound: Outcome = { isAnswered: false, at: 'called', error: null };

/** A call that has not ended. */
interface OpenCall extends CallDetails {
  readonly end: (outcome: Outcome) => void;
  /** Why runc or the signal failed. */
  error: Error | null;
}

/**
 * Gives the reducer calls, runc's answers and exits as they come, and does what its state asks for. It never decides when
 * something may happen.
 */
export class Driver {
  /** By id. Create adds one before the reducer knows of it. */
  readonly containers: Map<string, Container> = new Map();
  readonly #machine: Machine;
  readonly #listener: Listener;
  readonly #open = new Map<CallId, OpenCall>();
  readonly #waits = new SharedWaits((process, client) => this.#call('wait', process, { client }));
  #callsMade = 0;
  #onShutdown: () => void = () => undefined;
  readonly #isShutDown = new Promise<void>((resolve) => {
    this.#onShutdown = resolve;
  });

  /** @param record is told of each action that the reducer takes */
  constructor(listener: Listener, record: (action: Dispatched) => void) {
    this.#listener = listener;
    this.#machine = new Machine(
      {
        runRunc: (call) => queueMicrotask(() => void this.#runRunc(call)),
        endCall: (call, isAnswered, at) => this.#endCall(call, isAnswered, at),
        publish: (event) => this.#publish(event),
        reap: (pid) => void reapZombie(pid),
        killAll: (container) => void this.#killAll(container),
        kill: (pid) => this.#kill(pid),
        signal: (call, pid) => this.#signal(call, pid),
        lookForOom: listener.lookForOom,
        end: () => {
          this.#onShutdown();
          listener.end();
        },
      },
      record,
    );
  }

  /** Whether the shim serves the process now. */
  knows(name: ProcessName): boolean {
    const state = this.stateOf(name);
    return (
      this.#machine.state.containers[name.id] === true &&
      state !== 'none' &&
      (name.execId === '' || state !== 'deleted')
    );
  }

  /** `none` for a process that the reducer does not know. */
  stateOf(name: ProcessName): ProcessState {
    return this.#machine.state.processes[processIdOf(name)]?.state ?? 'none';
  }

  /** 0 for a process that has none yet. */
  pidOf(name: ProcessName): number {
    return this.#machine.state.processes[processIdOf(name)]?.pid ?? 0;
  }

  /** Create of a container that is in `containers`. */
  create(id: string, sharedPidNamespace: boolean, client: AbortSignal): Promise<Outcome> {
    const isRestored = this.containers.get(id)?.checkpoint != null;
    this.#machine.admit({ type: 'Admit', container: id, sharedPidNamespace, isRestored });
    return this.#call('create', id, { client });
  }

  /** Exec, which adds a process to its container. */
  exec(name: ProcessName, process: ContainerProcess): Promise<Outcome> {
    this.containers.get(name.id)?.processes.set(name.execId, process);
    this.#machine.admit({ type: 'Admit', exec: processIdOf(name) });
    return this.#call('exec', processIdOf(name));
  }

  /** Start, Kill or Delete of a process. */
  async call(method: 'start' | 'kill' | 'delete', name: ProcessName, details: CallDetails): Promise<Outcome> {
    // A client may ask for any name: an id `c1/e1` must not be taken for the exec `e1` of `c1`.
    if (!this.containers.get(name.id)?.processes.has(name.execId)) return notFound;
    return this.#call(method, processIdOf(name), details);
  }

  /** Wait; all who wait for one process are one call of the reducer. */
  wait(name: ProcessName, client: AbortSignal): Promise<Outcome> {
    return this.#waits.join(processIdOf(name), client);
  }

  /** Shutdown. In the reducer, one that ends the shim is never answered, and neither is any other call. */
  async shutdown(): Promise<void> {
    await Promise.race([this.#call('shutdown', 'shim'), this.#isShutDown]);
  }

  /** Looks for processes that have ended. */
  look(): void {
    lookForExits(this.#machine, (process) => this.#find(process));
  }

  /** The kernel has told that a container is out of memory. */
  outOfMemory(container: string): void {
    this.#machine.dispatch({ type: 'KernelKillsForMemory', process: container, isTold: true });
  }

  /** What it holds, for people, a line each. */
  tables(): string[] {
    return tableLines(this.#machine, this.containers);
  }

  /** Gives the reducer a call. */
  async #call(method: CallMethod, target: ProcessId, details: CallDetails = {}): Promise<Outcome> {
    if (!this.#isAdmitted(method, target)) return notFound;
    const first = callOf(method, target);
    const isTaken =
      (this.#machine.state.calls[first]?.pc ?? 'idle') !== 'idle' || this.#machine.live.has(first);
    const call = isTaken ? `${first} #${++this.#callsMade}` : first;
    this.#machine.admit({ type: 'Admit', call });
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#open.set(call, { ...details, end: resolve, error: null });
      if (method === 'wait') details.client?.addEventListener('abort', () => this.#abandonWait(call));
      if (!this.#dispatch(method, call)) {
        this.#machine.forget(call);
        resolve(notFound);
      }
    });
    this.#open.delete(call);
    this.#retire(call, outcome.isAnswered && call === first);
    return outcome;
  }

  /** Whether the reducer knows the call's target: the call that made it has been admitted. */
  #isAdmitted(method: CallMethod, target: ProcessId): boolean {
    if (method === 'create' || method === 'shutdown') return true;
    const { calls } = this.#machine.state;
    if (!calls[callOf('create', containerOf(target))]) return false;
    return isInit(target) || method === 'exec' || calls[callOf('exec', target)] !== undefined;
  }

  #dispatch(method: CallMethod, call: CallId): boolean {
    if (this.#machine.dispatch({ type: clientActionOf[method], call })) return true;
    if (method === 'exec' && this.#machine.dispatch({ type: 'ClientExecsOnCreated', call })) return true;
    return this.#machine.dispatch({ type: 'ClientCallsEarly', call });
  }

  /** Ends a Wait whose clients are gone: the process may never end. */
  #abandonWait(call: CallId): void {
    if (!this.#machine.live.has(call)) return;
    this.#machine.forget(call);
    this.#open.get(call)?.end({ isAnswered: false, at: 'p.Wait', error: null });
  }

  #endCall(call: CallId, isAnswered: boolean, at: string): void {
    const open = this.#open.get(call);
    open?.end({ isAnswered, at, error: open.error });
  }

  /**
   * Retires a call that has ended, unless the reducer needs it, and what was deleted once no call is about it.
   *
   * @param isKept the first, answered call about a process: what the reducer lets clients do next depends on some of these
   */
  #retire(call: CallId, isKept: boolean): void {
    const machine = this.#machine;
    if (!(isKept && ['create', 'exec', 'start'].includes(methodOf(call))) && machine.state.calls[call])
      machine.admit({ type: 'Retire', call });
    const target = targetOf(call);
    const container = containerOf(target);
    const isOver = (about: (other: ProcessId) => boolean): boolean =>
      ![...machine.live].some((other) => about(targetOf(other)));
    if (machine.state.processes[container] === undefined) return;
    if (!machine.state.containers[container] && isOver((other) => containerOf(other) === container)) {
      machine.admit({ type: 'Retire', process: container });
      this.containers.delete(container);
    } else if (!isInit(target) && this.#isGone(target) && isOver((other) => other === target)) {
      machine.admit({ type: 'Retire', process: target });
      this.containers.get(container)?.processes.delete(processNameOf(target).execId);
    }
  }

  #isGone(exec: ProcessId): boolean {
    return ['none', 'deleted'].includes(this.#machine.state.processes[exec]?.state ?? 'gone');
  }

  #find(process: ProcessId): ContainerProcess | undefined {
    const { id, execId } = processNameOf(process);
    return this.containers.get(id)?.processes.get(execId);
  }

  #publish({ topic, process, pid }: Event): void {
    const name = processNameOf(process);
    const container = this.containers.get(name.id);
    this.#listener.publish({ topic, name, pid, container, process: this.#find(process) });
  }

  async #runRunc(call: CallId): Promise<void> {
    const container = this.containers.get(containerOf(targetOf(call)));
    const open = this.#open.get(call);
    try {
      if (!container) throw new Error('the container is gone');
      await runRunc(this.#machine, { call, container, client: open?.client, log: this.#listener.log });
      this.#machine.dispatch({ type: 'RuncReturns', call });
    } catch (error) {
      if (open) open.error = error as Error;
      this.#machine.dispatch({ type: 'RuncFails', call }) ||
        this.#machine.dispatch({ type: 'RuncCrashes', call });
    }
    this.look();
  }

  async #killAll(id: string): Promise<void> {
    try {
      await this.containers.get(id)?.runc.run(['kill', '--all', id, 'KILL']);
    } catch (error) {
      this.#listener.log(`kill --all of ${id}: ${(error as Error).message}`, 'warning');
    }
    this.#machine.endKillAll(id);
    this.look();
  }

  #kill(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      this.#listener.log(`kill of ${pid}, which runc left behind: ${(error as Error).message}`, 'warning');
    }
  }

  #signal(call: CallId, pid: number): void {
    const open = this.#open.get(call);
    try {
      // 0 and below are groups of processes, 1 is the machine's init.
      if (pid <= 1) throw new Error('no such process');
      process.kill(pid, open?.signal ?? 0);
    } catch (error) {
      if (open) open.error = error as Error;
    }
  }
}
