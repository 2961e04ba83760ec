import { isInit, type LogRule, logRules, type Mark, type ProcessId } from '../../spec/index.ts';
import type { Diagnosis, LogJudge } from './log-judge.ts';
import { execOf, isOrdering, type ObservedEvent, type OrderingEvent, processOf } from './observed.ts';
import { type WireRule, wireRule } from './rules.ts';
import { Track } from './track.ts';
import { WatchedContainers } from './watched-containers.ts';

/** A rule that a log broke. */
export interface LogBreach {
  readonly rule: WireRule;
  readonly namespace: string;
  readonly container: string;
  /** The exec whose rule it is; empty for the init. */
  readonly exec: string;
  /** The event that shows it. It may be another process's: the container's delete shows that an exit was lost. */
  readonly event: ObservedEvent;
  /** The container's events around that one. */
  readonly history: readonly ObservedEvent[];
  /** What the specification would have allowed; null where it was not asked. */
  readonly diagnosis: Diagnosis | null;
}

/** What the monitor saw, and what it could not judge. */
export interface Watched {
  readonly events: number;
  readonly containers: number;
  /** Containers whose log begins after their create: what came before is assumed to be right. */
  readonly begunBefore: number;
  /** Containers whose log the revision cannot publish; 0 where none was asked. */
  readonly impossible: number;
  /** Processes that had started and not exited when the log ended. */
  readonly unfinished: number;
  /** Containers that were forgotten because too many were watched. */
  readonly forgotten: number;
}

/**
 * Judges a stream of events, of any number of containers. Its memory grows with the containers that are alive.
 *
 * The rules about order are the specification's, by the same functions on the same fold of the log.
 */
export class Monitor {
  readonly #judge: LogJudge | null;
  readonly #isWhole: boolean;
  readonly #onBreach: (breach: LogBreach) => void;
  readonly #watched = new WatchedContainers();
  #events = 0;
  #containers = 0;
  #begunBefore = 0;
  #impossible = 0;

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
    track.remember(event);
    if (isOrdering(event)) this.#takeOrdering(track, event);
    else this.#takePause(track, event);
  }

  /** The end of the log. */
  finish(): Watched {
    return {
      events: this.#events,
      containers: this.#containers,
      begunBefore: this.#begunBefore,
      impossible: this.#impossible,
      unfinished: this.#watched.alive().reduce((sum, track) => sum + track.awaitingExit().length, 0),
      forgotten: this.#watched.forgotten,
    };
  }

  #trackOf(event: ObservedEvent): Track {
    const known = this.#watched.get(event);
    const isNew = event.topic === 'create' && event.exec === '' && known?.isCreated;
    if (known && !isNew) {
      known.isFresh = true;
      return known;
    }
    if (known?.isWhole && !known.isDeleted) {
      known.remember(event);
      this.#reportLost(known, event, known.awaitingExit());
    }
    const track = this.#newTrack(event);
    this.#watched.add(event, track);
    if (known && !known.isWhole && !known.isDeleted) this.#takeAgain(track, known);
    return track;
  }

  /** The create comes late: what seemed to belong to an older task had overtaken it. */
  #takeAgain(track: Track, { history, position }: Track): void {
    if (position?.isRejected) this.#impossible--;
    this.#begunBefore--;
    this.#containers--;
    for (const event of history) {
      track.remember(event);
      if (isOrdering(event)) this.#takeOrdering(track, event);
    }
  }

  #newTrack({ topic, exec, container }: ObservedEvent): Track {
    this.#containers++;
    const isWhole = this.#isWhole || (topic === 'create' && exec === '');
    if (!isWhole) this.#begunBefore++;
    return new Track(container, isWhole, this.#judge?.begin(isWhole) ?? null);
  }

  #takeOrdering(track: Track, event: OrderingEvent): void {
    const process = processOf(event);
    if (event.topic === 'delete' && event.exec !== '') {
      this.#takeExecDelete(track, event);
      return;
    }
    if (event.topic === 'exec-added') this.#beginExec(track, event);
    const numBefore = track.publish(event);
    this.#judgeOrder(track, event, numBefore);
    this.#judgePid(track, event);
    this.#judgeStatus(track, event);
    if (event.topic === 'delete') this.#endContainer(track, event);
    if (event.topic === 'exit' && event.exec !== '') track.finishExec(process);
  }

  /** An exec's id may be used again once its process has exited. */
  #beginExec(track: Track, event: OrderingEvent): void {
    const process = processOf(event);
    if (track.marksOf(process).length === 0) return;
    if (track.awaitsExit(process)) this.#reportLost(track, event, [process]);
    track.forgetExec(process);
  }

  /** @param numBefore how many marks the process had before this event */
  #judgeOrder(track: Track, event: OrderingEvent, numBefore: number): void {
    const process = processOf(event);
    const marks = track.marksOf(process);
    const broken = logRules.filter(
      (rule) =>
        isAbout(rule, process) &&
        !rule.holds(isInit(process), marks) &&
        !wasBroken(rule, process, marks.slice(0, numBefore)),
    );
    const diagnosis = track.position && (this.#judge?.next(track.position, event) ?? null);
    if (diagnosis) this.#impossible++;
    for (const { name } of broken) this.#report(track, event, name, { diagnosis });
    if (diagnosis && broken.length === 0)
      this.#report(track, event, 'the log is a behaviour of the specification', { diagnosis });
  }

  #judgePid(track: Track, event: OrderingEvent): void {
    if (event.pid === 0) return;
    const process = processOf(event);
    const known = track.pids.get(process);
    if (known !== undefined && known !== event.pid)
      this.#report(track, event, 'the events of a process name one pid');
    track.pids.set(process, event.pid);
  }

  #judgeStatus(track: Track, event: OrderingEvent): void {
    if (event.exitStatus === null) return;
    const process = processOf(event);
    if (event.topic === 'exit') track.exitStatuses.set(process, event.exitStatus);
    const exited = track.exitStatuses.get(process);
    const wasStarted = track.marksOf(process).some((mark) => /^(exec-)?start/.test(mark));
    if (event.topic === 'delete' && wasStarted && exited !== undefined && exited !== event.exitStatus)
      this.#report(track, event, 'delete repeats the exit');
  }

  #takeExecDelete(track: Track, event: OrderingEvent): void {
    const process = processOf(event);
    if (track.awaitsExit(process)) this.#report(track, event, 'delete of an exec follows its exit');
    this.#judgePid(track, event);
    this.#judgeStatus(track, event);
    track.forgetExec(process);
  }

  #takePause(track: Track, event: ObservedEvent): void {
    if (event.topic === 'resumed' && !track.isPaused) this.#report(track, event, 'resumed follows paused');
    if (event.topic === 'paused' || event.topic === 'resumed') track.isPaused = event.topic === 'paused';
  }

  /** The execs go with their container: their exits can come no more. */
  #endContainer(track: Track, event: ObservedEvent): void {
    this.#reportLost(
      track,
      event,
      track.awaitingExit().filter((process) => !isInit(process)),
    );
    this.#watched.markDeleted(event, track);
  }

  /** @param event shows that the exits of these processes did not come */
  #reportLost(track: Track, event: ObservedEvent, processes: readonly ProcessId[]): void {
    for (const process of processes) this.#report(track, event, 'no exit is lost', { exec: execOf(process) });
  }

  #report(
    track: Track,
    event: ObservedEvent,
    rule: string,
    { exec = event.exec, diagnosis = null }: { exec?: string; diagnosis?: Diagnosis | null } = {},
  ): void {
    const { namespace, container } = event;
    const { history } = track;
    this.#onBreach({ rule: wireRule(rule), namespace, container, exec, event, history, diagnosis });
  }
}

function isAbout(rule: LogRule, process: ProcessId): boolean {
  return rule.of === 'processes' || (rule.of === 'inits') === isInit(process);
}

/** Whether an earlier event broke the rule: that is reported once. */
function wasBroken(rule: LogRule, process: ProcessId, marksBefore: readonly Mark[]): boolean {
  return marksBefore.length > 0 && !rule.holds(isInit(process), marksBefore);
}
