import {
  type AnyAction,
  type Bound,
  type CallId,
  containerOf,
  isInit,
  methodOf,
  type ProcessId,
  targetOf,
} from '../../spec/index.ts';
import type { Schedule } from '../races/steer.ts';
import { type Gate, pause, type Stage } from './gate.ts';
import { isRunning, killNow } from './processes.ts';
import type { Subject } from './subject.ts';
import { Timeline } from './timeline.ts';

/** How long the shim has for its own steps: nothing is seen of it for so long, and it is taken to be at rest. */
const quietMs = 80;
const quietMaxMs = 2_000;
/** How long a call may take to come to the gate, and the runtime to do its work. */
const arrivalMaxMs = 2_500;
const workMaxMs = 15_000;
const goneMaxMs = 1_000;

/** Carries out the steps of a schedule on a real shim: calls, the gates of the OCI runtime, deaths of processes. */
export class Conductor {
  readonly timeline: Timeline = new Timeline();
  /** Host pids of processes that the runtime has made, by process. */
  readonly pids: Map<ProcessId, number> = new Map();
  /** Steps that could not be followed, in words. */
  readonly notes: string[] = [];
  /** Why a schedule could not be followed, though the shim does not stand in its way; null where it could. */
  blind: string | null = null;
  readonly gate: Gate;
  readonly subject: Subject;
  #events = 0;

  constructor(subject: Subject, gate: Gate) {
    this.subject = subject;
    this.gate = gate;
    subject.events.onEvent = (text) => this.timeline.add({ kind: 'event', text, index: this.#events++ });
  }

  /** Makes the bundles that a bound speaks of. */
  prepare({ sharedPidNamespace, containers }: Bound): void {
    for (let i = 1; i <= containers; i++) {
      this.subject.configure(`c${i}`, (config) => {
        if (!sharedPidNamespace) return;
        config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid');
      });
    }
  }

  async follow({ steps }: Pick<Schedule, 'steps'>): Promise<void> {
    for (const step of steps) {
      await this.#take(step);
      await this.timeline.quiet(quietMs, quietMaxMs);
      if (!this.subject.isAlive) return;
    }
  }

  async #take({ type, call, process }: AnyAction): Promise<void> {
    if (type === 'ProcessExits' && process !== undefined) return this.kill(process);
    if (call === undefined) return;
    if (type.startsWith('Client')) {
      this.send(call);
      return;
    }
    const key = keyOf(call);
    if (type === 'RuncForks' || type === 'RuncReleasesInit') {
      if (await this.#pass(key, 'before', 'go')) await this.#arrives(key, 'after', workMaxMs);
      this.#learnPid(call);
    } else if (type === 'RuncReturns') {
      await this.#pass(key, methodOf(call) === 'delete' ? 'before' : 'after', 'go');
    } else if (type === 'RuncCrashes') {
      await this.#pass(key, this.gate.isHeld(key, 'after') ? 'after' : 'before', 'fail');
    } else if (await this.#pass(key, 'before', 'go')) {
      // It fails by itself, and is held after that, too.
      await this.#pass(key, 'after', 'go');
    }
  }

  /** Sends a call of the model, and does not wait for its answer. */
  send(call: CallId): void {
    const { subject } = this;
    const target = targetOf(call);
    const container = containerOf(target);
    const exec = target.slice(container.length + 1);
    this.timeline.send(call, () => {
      switch (methodOf(call)) {
        case 'create':
          return subject.create(container);
        case 'start':
          return subject.startProcess(container, exec);
        case 'exec':
          return subject.exec(container, exec, ['/bin/sleep', '3600']);
        case 'kill':
          return subject.kill(container, 9, exec);
        case 'wait':
          return subject.wait(container, exec);
        case 'delete':
          return subject.delete(container, exec);
        case 'shutdown':
          return subject.shutdown();
      }
    });
  }

  /** Ends a process by a signal from outside, and waits until it is no longer running. */
  async kill(process: ProcessId): Promise<void> {
    const fork = isInit(process) ? `create ${process}` : `start ${process}`;
    if (!this.pids.has(process)) this.#learnPid(fork);
    const pid = this.pids.get(process) ?? 0;
    if (pid === 0 && this.gate.hasMade(keyOf(fork))) this.blind ??= `the pid of ${process} is not known`;
    if (!isRunning(pid)) return;
    this.timeline.add({ kind: 'kill', process, pid });
    killNow(pid);
    const end = performance.now() + goneMaxMs;
    while (isRunning(pid) && performance.now() < end) await pause(2);
  }

  /** Looks at the pid files of processes whose call was not followed to the gate. */
  learnPids(): void {
    for (const { call } of this.timeline.calls)
      if (['create', 'start'].includes(methodOf(call))) this.#learnPid(call);
  }

  async #pass(key: string, stage: Stage, word: 'go' | 'fail'): Promise<boolean> {
    if (!(await this.#arrives(key, stage, arrivalMaxMs))) return false;
    this.timeline.add({
      kind: 'gate',
      call: key,
      text: `${word === 'go' ? 'goes on' : 'fails'} ${stage} its work`,
    });
    await this.gate.release(key, stage, word);
    return true;
  }

  async #arrives(key: string, stage: Stage, timeoutMs: number): Promise<boolean> {
    const wasHeld = this.gate.isHeld(key, stage);
    if (await this.gate.arrival(key, stage, timeoutMs)) {
      if (stage === 'after' && !wasHeld)
        this.timeline.add({ kind: 'gate', call: key, text: 'has done its work' });
      return true;
    }
    if (this.gate.hasNameless) this.blind ??= 'the runtime is given execs without their environment';
    const note = `the runtime's '${key}' did not come to the gate ${stage} its work`;
    this.notes.push(note);
    this.timeline.add({ kind: 'note', text: note });
    return false;
  }

  /** What the runtime reported, or where that is not known, what the shim says. */
  #learnPid(call: CallId): void {
    const process = targetOf(call);
    if (methodOf(call) === 'start' && isInit(process)) return;
    const pid = this.gate.pidOf(keyOf(call)) || this.#announced(process);
    if (pid > 0) this.pids.set(process, pid);
  }

  #announced(process: ProcessId): number {
    const container = containerOf(process);
    const exec = process.slice(container.length + 1);
    const topic = isInit(process) ? '/tasks/create' : '/tasks/exec-started';
    return (
      this.subject.events.seen.find((e) => e.topic === topic && e.container === container && e.exec === exec)
        ?.pid ?? 0
    );
  }
}

/** How the gate knows the runtime's part of a call. */
function keyOf(call: CallId): string {
  const process = targetOf(call);
  if (methodOf(call) === 'start' && !isInit(process)) return `exec-${process.replace('/', '-')}`;
  return `${methodOf(call)}-${process}`;
}
