import {
  isExit,
  isInit,
  isOf,
  type Log,
  type Mark,
  type ProcessId,
  send,
  type Topic,
} from '../../spec/index.ts';
import type { LogPosition } from './log-judge.ts';
import { execOf, modelEvent, type ObservedEvent, type OrderingEvent, processOf } from './observed.ts';

/** Execs of a container that are remembered after their exit, so that a second exit is recognized. */
const finishedMax = 1_000;

/** Events of a container that are kept for a report, before a breach and after it. */
const historyMax = 64;

/** What the monitor remembers of one container. */
export class Track {
  /** Whether the log has it from its create on. */
  readonly isWhole: boolean;
  /** Where its log stands in the automata; null where only the rules judge. */
  readonly position: LogPosition | null;
  readonly pids: Map<ProcessId, number> = new Map();
  readonly exitStatuses: Map<ProcessId, number> = new Map();
  /** Its last events. A breach keeps this list: its event stays in it, and a few later ones are added. */
  history: ObservedEvent[] = [];
  isPaused: boolean;
  isDeleted = false;
  /** Whether it has had an event since it was last considered to be forgotten. */
  isFresh = false;
  readonly #container: string;
  readonly #log: Log;
  /** Execs that have exited, the first one first. */
  readonly #finished = new Set<ProcessId>();

  constructor(container: string, isWhole: boolean, position: LogPosition | null) {
    this.#container = container;
    this.isWhole = isWhole;
    this.position = position;
    // A log that begins in the middle: what must have come before is assumed to have come.
    this.isPaused = !isWhole;
    this.#log = { published: { [container]: isWhole ? [] : ['create'] }, events: null };
  }

  /** Keeps an event for reports. */
  remember(event: ObservedEvent): void {
    if (this.history.length === 2 * historyMax) this.history = this.history.slice(-historyMax);
    this.history.push(event);
  }

  /** Adds an event to the fold of the log that the rules look at. @returns how many marks its process had before */
  publish(event: OrderingEvent): number {
    const { published } = this.#log;
    published[processOf(event)] ??= this.isWhole ? [] : assumedBefore(event.topic);
    const numBefore = this.marksOf(processOf(event)).length;
    send(this.#log, modelEvent(event));
    return numBefore;
  }

  /** What the log has of a process. */
  marksOf(process: ProcessId): readonly Mark[] {
    return this.#log.published[process] ?? [];
  }

  /** Whether an event of the init has been seen, or assumed. */
  get isCreated(): boolean {
    return this.marksOf(this.#container).length > 0;
  }

  /** Whether the exit of a process is still to come. */
  awaitsExit(process: ProcessId): boolean {
    const marks = this.marksOf(process);
    const hasBegun = marks.some(isOf(isInit(process) ? 'create' : 'exec-started'));
    const isOver = marks.some(isExit) || (isInit(process) && marks.some(isOf('delete')));
    return hasBegun && !isOver;
  }

  /** The processes whose exit is still to come. */
  awaitingExit(): ProcessId[] {
    return Object.keys(this.#log.published).filter((process) => this.awaitsExit(process));
  }

  /** Forgets an exec, whose id may be used again. */
  forgetExec(process: ProcessId): void {
    delete this.#log.published[process];
    this.pids.delete(process);
    this.exitStatuses.delete(process);
    this.#finished.delete(process);
    this.position?.forget(execOf(process));
  }

  /** An exec has exited. Of too many, the first one is forgotten. */
  finishExec(process: ProcessId): void {
    this.#finished.delete(process);
    this.#finished.add(process);
    const [first] = this.#finished;
    if (this.#finished.size > finishedMax && first !== undefined) this.forgetExec(first);
  }
}

/** What must have been published of a process before its first event in a log that begins in the middle. */
function assumedBefore(topic: Topic): Mark[] {
  if (topic === 'exec-added') return [];
  return topic === 'exec-started' ? ['exec-added'] : ['exec-added', 'exec-started'];
}
