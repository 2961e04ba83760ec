import {
  isExit,
  isInit,
  isOf,
  type Log,
  type LogRule,
  logRules,
  type Mark,
  send,
  type Topic,
} from '../../spec/index.ts';
import { type Diagnosis, type LogJudge, noPlace, type Place } from './log-judge.ts';
import { isOrdering, modelEvent, type ObservedEvent } from './observed.ts';
import { type WireRule, wireRule } from './rules.ts';

/** Deleted containers that are remembered, so that an event after the delete is known for what it is. */
const deletedMax = 10_000;

/** Containers that are watched at once; beyond that, one that was silent long is forgotten. */
export const watchedMax = 200_000;

/** Execs of a container that are remembered after their exit, so that a second one is known for what it is. */
const finishedMax = 1_000;

/** Events of a container that are kept for a breach's report. */
const historyMax = 64;

/** A rule that an event broke. */
export interface LogBreach {
  readonly rule: WireRule;
  readonly namespace: string;
  readonly container: string;
  /** Empty for the init. */
  readonly exec: string;
  /** The event that broke it; null where it is the end of the log, or a delete, that shows it. */
  readonly event: ObservedEvent | null;
  /** The container's last events; they grow as long as its log does. */
  readonly history: readonly ObservedEvent[];
  /** What the specification would have allowed; null where it was not asked. */
  readonly diagnosis: Diagnosis | null;
}

/** What the monitor saw, and what it could not judge. */
export interface Watched {
  readonly events: number;
  readonly containers: number;
  /** Containers whose log begins after their create: what came before was assumed to be right. */
  readonly begunBefore: number;
  /** Processes that had started and not exited when the log ended. */
  readonly unfinished: number;
  /** Containers that were forgotten because too many were watched. */
  readonly forgotten: number;
}

/** What is remembered of a container. */
interface Track {
  /** Whether the log has it from its create on. */
  readonly isWhole: boolean;
  readonly log: Log;
  readonly pids: Map<string, number>;
  readonly statuses: Map<string, number>;
  readonly history: ObservedEvent[];
  /** Execs that have exited, by process, the one that did first in front. */
  readonly finished: Map<string, string>;
  place: Place;
  isPaused: boolean;
  isDeleted: boolean;
  /** Whether it had an event since it was last considered to be forgotten. */
  isFresh: boolean;
}

/**
 * Judges a stream of events, of any number of containers, in memory that grows with the containers that are alive.
 *
 * The rules about order are those of the specification, by the same functions on the same fold of the log.
 */
export class Monitor {
  readonly #judge: LogJudge | null;
  readonly #isWhole: boolean;
  readonly #onBreach: (breach: LogBreach) => void;
  readonly #tracks = new Map<string, Track>();
  readonly #deleted: string[] = [];
  #events = 0;
  #containers = 0;
  #begunBefore = 0;
  #forgotten = 0;

  /**
   * @param judge says whether a log is a behaviour of a revision; null to judge by the rules alone
   * @param isWhole whether the observer was there from the beginning: nothing came before the first event
   */
  constructor(judge: LogJudge | null, onBreach: (breach: LogBreach) => void, isWhole = false) {
    this.#judge = judge;
    this.#isWhole = isWhole;
    this.#onBreach = onBreach;
  }

  take(event: ObservedEvent): void {
    this.#events++;
    const track = this.#trackOf(event);
    if (track.history.length === historyMax) track.history.shift();
    track.history.push(event);
    if (isOrdering(event)) this.#takeOrdering(track, event);
    else this.#takePause(track, event);
  }

  /** The end of the log. */
  finish(): Watched {
    const alive = [...this.#tracks.values()].filter(({ isDeleted }) => !isDeleted);
    return {
      events: this.#events,
      containers: this.#containers,
      begunBefore: this.#begunBefore,
      unfinished: alive.reduce((sum, { log }) => sum + running(log).length, 0),
      forgotten: this.#forgotten,
    };
  }

  #trackOf(event: ObservedEvent): Track {
    const key = `${event.namespace}/${event.container}`;
    const known = this.#tracks.get(key);
    const isNew = event.topic === 'create' && event.exec === '' && known && isCreated(known);
    if (known && !isNew) {
      known.isFresh = true;
      return known;
    }
    if (known?.isWhole && !known.isDeleted) this.#accountFor(known, event, running(known.log));
    const track = this.#newTrack(event);
    this.#tracks.delete(key);
    if (this.#tracks.size >= watchedMax) this.#forget();
    this.#tracks.set(key, track);
    if (known && !known.isWhole && !known.isDeleted) this.#takeAgain(track, known);
    return track;
  }

  /** The create comes now: what was taken for the rest of an older task came before its create. */
  #takeAgain(track: Track, { history }: Track): void {
    this.#begunBefore--;
    this.#containers--;
    for (const event of history) {
      track.history.push(event);
      if (isOrdering(event)) this.#takeOrdering(track, event);
    }
  }

  #newTrack({ topic, exec, container }: ObservedEvent): Track {
    this.#containers++;
    const isWhole = this.#isWhole || (topic === 'create' && exec === '');
    if (!isWhole) this.#begunBefore++;
    return {
      isWhole,
      // A log that begins in the middle: what must have come before is taken to have come.
      log: { published: { [container]: isWhole ? [] : ['create'] }, events: null },
      pids: new Map(),
      statuses: new Map(),
      history: [],
      finished: new Map(),
      place: this.#judge?.begin(isWhole) ?? noPlace,
      isPaused: !isWhole,
      isDeleted: false,
      isFresh: false,
    };
  }

  /** The first that was silent since it came to the front; one that was not goes to the back. */
  #forget(): void {
    for (const [key, track] of this.#tracks) {
      this.#tracks.delete(key);
      if (!track.isFresh) {
        if (!track.isDeleted) this.#forgotten++;
        return;
      }
      track.isFresh = false;
      this.#tracks.set(key, track);
    }
  }

  #takeOrdering(track: Track, event: ObservedEvent & { readonly topic: Topic }): void {
    const { process } = modelEvent(event);
    const { published } = track.log;
    const { isWhole } = track;
    if (event.topic === 'delete' && event.exec !== '') {
      this.#takeExecDelete(track, event, published[process] ?? []);
      return;
    }
    if (event.topic === 'exec-added') this.#beginExec(track, event, published[process] ?? []);
    published[process] ??= isWhole ? [] : assumedBefore(event.topic);
    const known = published[process].length;
    send(track.log, modelEvent(event));
    this.#judgeOrder(track, event, known);
    this.#judgePid(track, event);
    if (event.topic === 'delete') this.#endContainer(track, event);
    if (event.topic === 'exit' && event.exec !== '') finish(track, process, event.exec);
  }

  /** An exec's id may be used again once its process is over. */
  #beginExec(track: Track, event: ObservedEvent, marks: readonly Mark[]): void {
    const { process } = modelEvent(event as ObservedEvent & { topic: Topic });
    if (marks.length === 0) return;
    if (isRunning(process, marks)) this.#accountFor(track, event, [process]);
    forget(track, process, event.exec);
  }

  #judgeOrder(track: Track, event: ObservedEvent & { readonly topic: Topic }, known: number): void {
    const { process } = modelEvent(event);
    const marks = track.log.published[process] ?? [];
    const breaks = logRules.filter(
      (rule) =>
        isAbout(rule, process) &&
        !rule.holds(isInit(process), marks) &&
        !brokeBefore(rule, process, marks, known),
    );
    const diagnosis = this.#judge?.next(track.place, event) ?? null;
    for (const { name } of breaks) this.#breach(track, event, name, diagnosis);
    if (diagnosis && breaks.length === 0)
      this.#breach(track, event, 'the log is a behaviour of the specification', diagnosis);
  }

  #judgePid(track: Track, event: ObservedEvent): void {
    const { process } = modelEvent(event as ObservedEvent & { topic: Topic });
    const known = track.pids.get(process);
    if (event.pid > 0) {
      if (known !== undefined && known !== event.pid)
        this.#breach(track, event, 'the events of a process name one pid');
      track.pids.set(process, event.pid);
    }
    if (event.exitStatus === null) return;
    if (event.topic === 'exit') track.statuses.set(process, event.exitStatus);
    const exited = track.statuses.get(process);
    const wasStarted = (track.log.published[process] ?? []).some((mark) => /^(exec-)?start/.test(mark));
    if (event.topic === 'delete' && wasStarted && exited !== undefined && exited !== event.exitStatus)
      this.#breach(track, event, 'delete repeats the exit');
  }

  #takeExecDelete(track: Track, event: ObservedEvent, marks: readonly Mark[]): void {
    const { process } = modelEvent(event as ObservedEvent & { topic: Topic });
    if (isRunning(process, marks)) this.#breach(track, event, 'delete of an exec follows its exit');
    this.#judgePid(track, event);
    forget(track, process, event.exec);
  }

  #takePause(track: Track, event: ObservedEvent): void {
    if (event.topic === 'resumed' && !track.isPaused) this.#breach(track, event, 'resumed follows paused');
    if (event.topic === 'paused' || event.topic === 'resumed') track.isPaused = event.topic === 'paused';
  }

  /** With its container an exec is gone: its exit can come no more. */
  #endContainer(track: Track, event: ObservedEvent): void {
    const execs = running(track.log).filter((process) => !isInit(process));
    this.#accountFor(track, event, execs);
    track.isDeleted = true;
    this.#deleted.push(`${event.namespace}/${event.container}`);
    const [oldest] = this.#deleted;
    if (this.#deleted.length <= deletedMax || oldest === undefined) return;
    this.#deleted.shift();
    if (this.#tracks.get(oldest)?.isDeleted) this.#tracks.delete(oldest);
  }

  #accountFor(track: Track, event: ObservedEvent, processes: readonly string[]): void {
    for (const process of processes) {
      const exec = process.slice(event.container.length + 1);
      this.#breach(track, { ...event, exec }, 'no exit is lost');
    }
  }

  #breach(track: Track, event: ObservedEvent, rule: string, diagnosis: Diagnosis | null = null): void {
    const { namespace, container, exec } = event;
    this.#onBreach({
      rule: wireRule(rule),
      namespace,
      container,
      exec,
      event,
      history: track.history,
      diagnosis,
    });
  }
}

function forget(track: Track, process: string, exec: string): void {
  delete track.log.published[process];
  track.pids.delete(process);
  track.statuses.delete(process);
  track.finished.delete(process);
  track.place.forget(exec);
}

/** An exec is over; of too many the first is forgotten. */
function finish(track: Track, process: string, exec: string): void {
  track.finished.delete(process);
  track.finished.set(process, exec);
  const [oldest] = track.finished;
  if (track.finished.size > finishedMax && oldest) forget(track, ...oldest);
}

/** What must have been published of an exec before its first event in a log that began late. */
function assumedBefore(topic: Topic): Mark[] {
  if (topic === 'exec-added') return [];
  return topic === 'exec-started' ? ['exec-added'] : ['exec-added', 'exec-started'];
}

function isCreated({ log }: Track): boolean {
  return Object.entries(log.published).some(([process, marks]) => isInit(process) && marks.length > 0);
}

function isRunning(process: string, marks: readonly Mark[]): boolean {
  const begun = isInit(process) ? marks.some(isOf('create')) : marks.some(isOf('exec-started'));
  const isOver = marks.some(isExit) || (isInit(process) && marks.some(isOf('delete')));
  return begun && !isOver;
}

/** The processes that an exit is still to come of. */
function running(log: Log): string[] {
  return Object.entries(log.published).flatMap(([process, marks]) =>
    isRunning(process, marks) ? [process] : [],
  );
}

function isAbout(rule: LogRule, process: string): boolean {
  return rule.of === 'processes' || (rule.of === 'inits') === isInit(process);
}

/** A rule that an earlier event has broken is told of once. */
function brokeBefore(rule: LogRule, process: string, marks: readonly Mark[], known: number): boolean {
  return known > 0 && !rule.holds(isInit(process), marks.slice(0, known));
}
