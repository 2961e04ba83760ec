import {
  type AnyAction,
  type Bound,
  type CallId,
  containerOf,
  isInit,
  labelOf,
  methodOf,
  type ProcessId,
  targetOf,
} from '../../spec/index.ts';
import { execOf } from '../log/observed.ts';
import type { Schedule } from '../races/steer.ts';
import type { ForwardedEvent } from './events-server.ts';
import { type Gate, gateKeyOf, type Stage, type Word } from './gate.ts';
import { waitUntil } from './polling.ts';
import { isRunning, killNow } from './processes.ts';
import type { Subject } from './subject.ts';
import { type SentCall, Timeline } from './timeline.ts';

/** The shim is taken to be at rest when nothing has been seen of it for so long. */
const quietMs = 80;
const quietMaxMs = 2_000;
/** How long a call may take to reach the gate. */
const arrivalMaxMs = 2_500;
/** How long the runtime may work. */
const workMaxMs = 15_000;
const deathMaxMs = 1_000;
const deathPollMs = 2;
const wordText: Readonly<Record<Word, string>> = { go: 'goes on', fail: 'fails', lose: 'fails its shim' };

/** Carries out the steps of a schedule on a real shim: sends calls, opens the runtime's gates, kills processes. */
export class Conductor {
  readonly timeline: Timeline = new Timeline();
  /** The host's pids of the processes that the runtime has made. */
  readonly pids: Map<ProcessId, number> = new Map();
  /** What the report says beside the verdict: steps that the shim did not follow, what could not be explained. */
  readonly notes: string[] = [];
  /** Why nothing can be judged, although the shim may be right; null where it can. */
  unjudgeable: string | null = null;
  /** Whether the tester has killed the shim: then nothing is owed any more. */
  isShimKilled = false;
  /** Why the shim did not follow a schedule; null where it did, or went another way by answering the call. */
  strayed: string | null = null;
  /** Whether a call of the runtime did not come to the gate where the schedule has it. */
  hasMissedGate = false;
  readonly gate: Gate;
  readonly subject: Subject;
  #numEvents = 0;
  /** Whether the next call is a step of a schedule, which is noted as such. */
  #isSending = false;

  constructor(subject: Subject, gate: Gate) {
    this.subject = subject;
    this.gate = gate;
    subject.onCall = (text) => this.#noteCall(text);
    subject.events.onEvent = (text) => this.timeline.add({ kind: 'event', text, index: this.#numEvents++ });
    subject.events.onRepeated = (text) => this.timeline.add({ kind: 'note', text: `${text} came again` });
  }

  /** Makes the bundles of a bound's containers. */
  prepare({ sharedPidNamespace, containers }: Bound): void {
    for (let i = 1; i <= containers; i++) {
      this.subject.configure(`c${i}`, ({ linux }) => {
        if (sharedPidNamespace) linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'pid');
      });
    }
  }

  /**
   * Takes the steps of a schedule, one after the other, and notes each that the shim does not follow.
   *
   * @returns whether it followed all of them
   */
  async follow({ steps }: Pick<Schedule, 'steps'>): Promise<boolean> {
    const numBefore = this.notes.length;
    for (const step of steps) {
      if (!this.subject.isAlive) {
        this.#note(`the shim ended before ${labelOf(step)}`);
        break;
      }
      await this.#take(step);
      await this.timeline.quiet(quietMs, quietMaxMs);
    }
    return this.notes.length === numBefore;
  }

  async #take({ type, call, process }: AnyAction): Promise<void> {
    if (type === 'ProcessExits' && process !== undefined) {
      if (!(await this.kill(process))) this.#stray(`${process} was not running when it was to be killed`);
      return;
    }
    if (call === undefined) return;
    if (type.startsWith('Client')) {
      this.send(call);
      return;
    }
    const key = gateKeyOf(call);
    if (type === 'RuncForks' || type === 'RuncReleasesInit') await this.#letWork(key, call);
    else if (type === 'RuncReturns')
      await this.#pass(key, call, methodOf(call) === 'delete' ? 'before' : 'after', 'go');
    else if (type === 'RuncCrashes') await this.#crash(key, call);
    else await this.#letFail(key, call);
  }

  /** Sends a call of the model, and does not wait for its answer. */
  send(call: CallId): SentCall {
    const { subject } = this;
    const target = targetOf(call);
    const container = containerOf(target);
    const exec = execOf(target);
    return this.timeline.send(call, () => {
      this.#isSending = true;
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

  /** Kills a process from outside, and waits for its death. @returns whether it was running */
  async kill(process: ProcessId): Promise<boolean> {
    const fork = isInit(process) ? `create ${process}` : `start ${process}`;
    if (!this.pids.has(process)) this.#learnPid(fork);
    const pid = this.pids.get(process) ?? 0;
    if (pid === 0 && this.gate.hasSucceeded(gateKeyOf(fork)))
      this.unjudgeable ??= `the pid of ${process} is not known`;
    if (!isRunning(pid)) return false;
    this.timeline.add({ kind: 'kill', process, pid });
    killNow(pid);
    await waitUntil(() => !isRunning(pid), deathMaxMs, deathPollMs);
    return true;
  }

  /** Finds the pids of the processes that the calls so far have made. */
  learnPids(): void {
    for (const { call } of this.timeline.calls)
      if (['create', 'start'].includes(methodOf(call))) this.#learnPid(call);
  }

  /** The first event with this topic, without `/tasks/`, about a process. */
  eventOf(topic: string, process: ProcessId): ForwardedEvent | undefined {
    const container = containerOf(process);
    const exec = execOf(process);
    return this.subject.events.seen.find(
      (e) => e.topic === `/tasks/${topic}` && e.container === container && e.exec === exec,
    );
  }

  /** Lets the runtime do its work, and holds it after that. */
  async #letWork(key: string, call: CallId): Promise<void> {
    if (
      (await this.#pass(key, call, 'before', 'go')) &&
      (await this.#arrives(key, call, 'after', workMaxMs))
    ) {
      if (!this.gate.hasSucceeded(key)) this.#stray(`the runtime's '${key}' failed by itself`);
    }
    this.#learnPid(call);
  }

  /** Lets the runtime fail by itself; the gate holds it after that, too. */
  async #letFail(key: string, call: CallId): Promise<void> {
    if (!(await this.#pass(key, call, 'before', 'go')) || !(await this.#pass(key, call, 'after', 'go')))
      return;
    if (!this.gate.hasFailed(key)) this.#stray(`the runtime's '${key}' did not fail`);
  }

  /** Lets the runtime fail, or where it has done its work, the shim. */
  async #crash(key: string, call: CallId): Promise<void> {
    if (this.gate.isHeld(key, 'after')) await this.#pass(key, call, 'after', 'lose');
    else await this.#pass(key, call, 'before', 'fail');
  }

  async #pass(key: string, call: CallId, stage: Stage, word: Word): Promise<boolean> {
    if (!(await this.#arrives(key, call, stage, arrivalMaxMs))) return false;
    const text = `${wordText[word]} ${stage} its work`;
    this.timeline.add({ kind: 'gate', call: key, text });
    await this.gate.release(key, stage, word);
    return true;
  }

  async #arrives(key: string, call: CallId, stage: Stage, timeoutMs: number): Promise<boolean> {
    const wasHeld = this.gate.isHeld(key, stage);
    if (await this.gate.arrival(key, stage, timeoutMs)) {
      if (stage === 'after' && !wasHeld)
        this.timeline.add({ kind: 'gate', call: key, text: 'has done its work' });
      return true;
    }
    if (this.gate.hasNameless)
      this.unjudgeable ??=
        'the shim gives the runtime execs without their environment: the tester cannot tell them apart';
    this.hasMissedGate = true;
    const what = `the runtime's '${key}' did not come to the gate ${stage} its work`;
    const isAnswered = this.timeline.calls.some((sent) => sent.call === call && sent.reply !== null);
    // After its work: runc start waits for an init whose execs nobody has reaped, and that is the shim's own way.
    if (isAnswered || stage === 'after') this.#note(what);
    else this.#stray(what);
    return false;
  }

  #noteCall(text: string): (error: Error | null) => void {
    const isStep = this.#isSending;
    this.#isSending = false;
    if (isStep) return () => undefined;
    this.timeline.add({ kind: 'plain call', text });
    return (error) => this.timeline.add({ kind: 'plain reply', text, error: error?.message ?? null });
  }

  /** Notes that the shim did something else than the schedule has, and that no answer of it says why. */
  #stray(what: string): void {
    this.strayed ??= what;
    this.#note(what);
  }

  #note(text: string): void {
    this.notes.push(text);
    this.timeline.add({ kind: 'note', text });
  }

  /** Asks the gate for the pid of a call's process; where the gate does not know, the shim's events. */
  #learnPid(call: CallId): void {
    const process = targetOf(call);
    if (methodOf(call) === 'start' && isInit(process)) return;
    const topic = isInit(process) ? 'create' : 'exec-started';
    const pid = this.gate.pidOf(gateKeyOf(call)) || (this.eventOf(topic, process)?.pid ?? 0);
    if (pid > 0) this.pids.set(process, pid);
  }
}
