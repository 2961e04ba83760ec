import { Courses } from './course.ts';
import { letterOf } from './letters.ts';
import type { Diagnosis, LogJudge } from './log-judge.ts';
import { isOrdering, type ObservedEvent, type OrderingEvent } from './observed.ts';
import type { RevisionCounts, RevisionVerdict } from './revision-counts.ts';
import { type WireRule, wireRule } from './rules.ts';
import { type Sighting, Sightings } from './sightings.ts';
import { type Followed, Track } from './track.ts';
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
  /** How many events the container had had by then. */
  readonly place: number;
  /** What the specification would have allowed; null where it was not asked. */
  readonly diagnosis: Diagnosis | null;
}

/** What the monitor saw, and what it could not judge. */
export interface Watched {
  readonly events: number;
  readonly containers: number;
  /** Containers whose log begins after their create: what came before is assumed to be right. */
  readonly begunBefore: number;
  /** Containers of which CRI's lines alone tell: their order cannot be judged. */
  readonly partial: number;
  /** Processes that had started and not exited when the log ended. */
  readonly unfinished: number;
  /** Containers that were forgotten because too many were watched. */
  readonly forgotten: number;
  /** What was seen that breaks no rule, and that one should know of. */
  readonly sightings: readonly Sighting[];
  /** Which revisions can have written the log; empty where none was asked, or nothing can be said. */
  readonly revisions: readonly RevisionVerdict[];
}

const noJudge = new Courses([]);

/** The courses that a monitor with this judge walks. */
export function coursesOf(judge: LogJudge | null): Courses {
  return judge?.courses ?? noJudge;
}

/** The one rule that holds in whatever order lines tell of exits. */
const ofPartial = 'at most one exit per process';

/**
 * Judges a stream of events, of any number of containers. Its memory grows with the containers that are alive.
 *
 * The rules about order are the specification's, by the same functions on the same fold of the log.
 */
export class Monitor {
  readonly #judge: LogJudge | null;
  readonly #courses: Courses;
  readonly #counts: RevisionCounts | null;
  readonly #isWhole: boolean;
  readonly #onBreach: (breach: LogBreach) => void;
  readonly #watched: WatchedContainers;
  readonly #sightings = new Sightings();
  #events = 0;
  #containers = 0;
  #begunBefore = 0;
  #partial = 0;

  /**
   * @param judge says whether a log is a behaviour of a revision; null to judge by the rules alone
   * @param isWhole whether the observer was there from the beginning: nothing came before the first event
   * @param watched what is known already, and where it is kept
   */
  constructor(
    judge: LogJudge | null,
    onBreach: (breach: LogBreach) => void,
    isWhole = false,
    watched: WatchedContainers = new WatchedContainers(),
  ) {
    this.#judge = judge;
    this.#courses = coursesOf(judge);
    this.#watched = watched;
    this.#counts = judge?.counts() ?? null;
    this.#isWhole = isWhole;
    this.#onBreach = onBreach;
  }

  take(event: ObservedEvent): void {
    const known = this.#watched.get(event);
    if (event.topic === 'shim-disconnected') {
      known?.remember(event);
      return;
    }
    this.#events++;
    if (event.lacks) this.#takeNameless(event, known);
    else if (!this.#isToldBefore(event, known)) this.#takeNew(this.#trackOf(event, known), event);
  }

  /** The end of the log. */
  finish(): Watched {
    return {
      events: this.#events,
      containers: this.#containers,
      begunBefore: this.#begunBefore,
      partial: this.#partial,
      unfinished: this.#watched.alive().reduce((sum, track) => sum + track.awaitingExit().length, 0),
      forgotten: this.#watched.forgotten,
      sightings: this.#sightings.found(this.#events),
      revisions: this.#containers > this.#partial ? (this.#counts?.verdicts() ?? []) : [],
    };
  }

  #takeNew(track: Track, event: ObservedEvent): void {
    track.remember(event);
    // The specification's rule looks at the init's own events.
    if (track.isOver && (event.exec !== '' || !isOrdering(event)))
      this.#report(track, event, 'nothing follows the delete');
    if (isOrdering(event)) this.#takeOrdering(track, event);
    else this.#takeOther(track, event);
  }

  /** Whether an event is in the log for a second time: the same one with the same time, or CRI's line about it. */
  #isToldBefore(event: ObservedEvent, known: Track | undefined): boolean {
    if (!known) return false;
    if (event.criKey && !known.isPartial) return true;
    const isLate = event.timeUs !== null && event.timeUs <= known.timeUs;
    if (!event.criKey && !isLate) return false;
    if (!known.hasTold(event)) return false;
    if (!event.criKey) this.#sightings.add('an event told twice', [...known.history, event]);
    return true;
  }

  #trackOf(event: ObservedEvent, known: Track | undefined): Track {
    const isAgain =
      event.topic === 'create' && event.exec === '' && (known?.init.course.initMarks.length ?? 0) > 0;
    const isBetter = known?.isPartial && !event.criKey;
    if (known && !isAgain && !isBetter) {
      known.isFresh = true;
      return known;
    }
    if (known?.isWhole && !known.isDeleted) {
      known.remember(event);
      this.#reportLost(known, event, known.awaitingExit());
    }
    const track = this.#newTrack(event);
    this.#watched.add(event, track);
    if (known && !known.isWhole && !known.isDeleted && !known.isPartial) this.#takeAgain(track, known);
    return track;
  }

  /** The create comes late: what seemed to belong to an older task had overtaken it. */
  #takeAgain(track: Track, { history }: Track): void {
    this.#begunBefore--;
    this.#containers--;
    for (const event of history) {
      track.remember(event);
      if (isOrdering(event)) this.#takeOrdering(track, event);
    }
  }

  #newTrack({ topic, exec, criKey }: ObservedEvent): Track {
    this.#containers++;
    const isWhole = this.#isWhole || (topic === 'create' && exec === '');
    if (criKey) this.#partial++;
    else if (!isWhole) this.#begunBefore++;
    return new Track(this.#courses, isWhole, this.#judge?.everything ?? 0, Boolean(criKey));
  }

  /** Whose event it is cannot be said, so nothing else is judged of it. */
  #takeNameless(event: ObservedEvent, known: Track | undefined): void {
    const track = known ?? new Track(this.#courses, false, 0, false);
    track.remember(event);
    this.#report(track, event, 'an event names its container and its process');
  }

  #takeOrdering(track: Track, event: OrderingEvent): void {
    const { topic } = event;
    const exec = topic === 'delete' ? this.#execOfDelete(track, event) : event.exec;
    if (topic === 'delete' && exec !== '') {
      this.#takeExecDelete(track, event, exec);
      return;
    }
    if (topic === 'exec-added') this.#beginExec(track, event);
    const followed = exec === '' ? track.init : track.exec(exec, topic);
    this.#judgeOrder(track, event, followed);
    this.#judgePid(track, event, followed);
    this.#judgeStatus(track, event, followed);
    if (topic === 'delete') this.#endContainer(track, event);
    if (topic === 'exit' && exec !== '') track.finishExec(exec);
  }

  /** A delete that names no exec and has the pid of one, as of shims that are older than the field, is that exec's. */
  #execOfDelete(track: Track, { exec, pid }: OrderingEvent): string {
    if (exec !== '' || pid === 0 || pid === track.init.pid) return exec;
    for (const [id, followed] of track.execs) {
      if (followed.pid !== pid) continue;
      this.#sightings.add('delete of an exec without its id', track.history);
      return id;
    }
    return exec;
  }

  /** An exec's id may be used again once its process has exited. */
  #beginExec(track: Track, event: OrderingEvent): void {
    if (!track.init.course.isStarted && track.isWhole) track.addsEarly = true;
    const known = track.execs.get(event.exec);
    if (!known) return;
    if (known.course.awaitsExit) this.#reportLost(track, event, [event.exec]);
    track.forgetExec(event.exec);
  }

  #judgeOrder(track: Track, event: OrderingEvent, followed: Followed): void {
    const before = track.possible;
    const letter = letterOf(event.topic, event.exec !== '');
    const { broken } = event.exec === '' ? track.stepInit(letter) : track.stepExec(followed, letter);
    if (track.isPartial) {
      if (broken.includes(ofPartial)) this.#report(track, event, ofPartial);
      return;
    }
    const diagnosis = track.possible === before ? null : this.#reject(track, before);
    for (const name of broken) this.#report(track, event, name, { diagnosis });
    if (diagnosis && broken.length === 0)
      this.#report(track, event, 'the log is a behaviour of the specification', { diagnosis });
  }

  /** Fewer automata have the log than before. @returns why the revision has it no more, the first time */
  #reject(track: Track, before: number): Diagnosis | null {
    const judge = this.#judge;
    if (!judge) return null;
    this.#counts?.count(before, track.possible, track.addsEarly);
    if (track.isRejected || !judge.rejects(track.possible)) return null;
    track.isRejected = true;
    const blamed = [...track.execs].findLast(([, { course }]) => judge.rejects(course.possible))?.[0] ?? '';
    const { history } = track;
    const basis = { exec: blamed, log: track.lettersOf(blamed), from: history.length };
    return judge.diagnose(track.isWhole, basis, history);
  }

  #judgePid(track: Track, event: OrderingEvent, followed: Followed): void {
    if (event.pid === 0 || track.isPartial) return;
    if (followed.pid !== 0 && followed.pid !== event.pid)
      this.#report(track, event, 'the events of a process name one pid');
    followed.pid = event.pid;
  }

  #judgeStatus(track: Track, event: OrderingEvent, followed: Followed): void {
    if (event.exitStatus === null) return;
    if (event.topic === 'exit') followed.exitStatus = event.exitStatus;
    const { course, exitStatus } = followed;
    if (
      event.topic === 'delete' &&
      course.isStarted &&
      exitStatus !== null &&
      exitStatus !== event.exitStatus
    )
      this.#report(track, event, 'delete repeats the exit');
  }

  #takeExecDelete(track: Track, event: OrderingEvent, exec: string): void {
    const followed = track.execs.get(exec);
    if (!followed) return;
    if (followed.course.awaitsExit)
      this.#report(track, event, 'delete of an exec follows its exit', { exec });
    this.#judgePid(track, event, followed);
    this.#judgeStatus(track, event, followed);
    track.forgetExec(exec);
  }

  #takeOther(track: Track, event: ObservedEvent): void {
    const { topic } = event;
    if (topic === 'resumed' && !track.isPaused) this.#report(track, event, 'resumed follows paused');
    if (topic === 'paused' || topic === 'resumed') track.isPaused = topic === 'paused';
    if (topic === 'oom' && !track.isOver && track.init.course.hasExited)
      this.#sightings.add('an OOM after the exit', track.history);
  }

  /**
   * The execs go with their container: their exits can come no more. Of a task that was never started, its execs' exits
   * may come after its delete: nobody waits for them.
   */
  #endContainer(track: Track, event: ObservedEvent): void {
    const { isStarted, hasExited } = track.init.course;
    if (isStarted || hasExited) this.#reportLost(track, event, track.execsAwaitingExit());
    track.isOver = track.init.course.hasExited;
    this.#watched.markDeleted(event, track);
  }

  /** @param event shows that the exits of these execs did not come; '' stands for the init */
  #reportLost(track: Track, event: ObservedEvent, execs: readonly string[]): void {
    for (const exec of execs) this.#report(track, event, 'no exit is lost', { exec });
  }

  #report(
    track: Track,
    event: ObservedEvent,
    rule: string,
    { exec = event.exec, diagnosis = null }: { exec?: string; diagnosis?: Diagnosis | null } = {},
  ): void {
    const { namespace, container } = event;
    const { history, size } = track;
    this.#onBreach({
      rule: wireRule(rule),
      namespace,
      container,
      exec,
      event,
      history,
      place: size,
      diagnosis,
    });
  }
}
