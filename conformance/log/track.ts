import { isOf, type Mark, type Topic } from '../../spec/index.ts';
import type { Course, CourseStep, Courses } from './course.ts';
import { type Letter, letterOf, lettersIn } from './letters.ts';
import type { Named, ObservedEvent } from './observed.ts';
import { restoredEvent, type SavedFollowed, type SavedTrack, savedEvent } from './saved.ts';

/** Execs of a container that are remembered after their exit, so that a second exit is recognized. */
const finishedMax = 1_000;

/** Events of a container that are kept for a report, before a breach and after it. */
const historyMax = 64;

/** What is remembered of a process. */
export interface Followed {
  course: Course;
  /** 0 where no event named it. */
  pid: number;
  /** Of its exit; null where there was none. */
  exitStatus: number | null;
}

/** What the monitor remembers of one container. */
export class Track {
  /** Whether the log has it from its create on. */
  readonly isWhole: boolean;
  /** Whether CRI's lines alone tell of it. */
  readonly isPartial: boolean;
  readonly init: Followed;
  readonly execs: Map<string, Followed> = new Map();
  /** The automata that have its log so far, as bits. */
  possible: number;
  /** Its last events. A breach keeps this list: its event stays in it, and a few later ones are added. */
  history: ObservedEvent[] = [];
  /** How many events it has had. */
  size = 0;
  /** The latest time of an event. */
  timeUs: number = Number.NEGATIVE_INFINITY;
  isPaused: boolean;
  isRejected = false;
  /** The how manieth it was that was deleted; null while it is there. */
  deletedAt: number | null = null;
  /** Whether its init's exit came before its delete. */
  isOver = false;
  /** Whether an exec was added before the task was started. */
  addsEarly = false;
  /** Whether it has had an event since it was last considered to be forgotten. */
  isFresh = false;
  readonly #courses: Courses;
  /** Execs that have exited, the first one first; null while there are few. */
  #finished: Set<string> | null = null;

  constructor(courses: Courses, isWhole: boolean, possible: number, isPartial: boolean) {
    this.#courses = courses;
    this.isWhole = isWhole;
    this.isPartial = isPartial;
    this.possible = possible;
    // A log that begins in the middle: what must have come before is assumed to have come.
    this.isPaused = !isWhole;
    this.init = { course: courses.begin(isWhole), pid: 0, exitStatus: null };
  }

  get isDeleted(): boolean {
    return this.deletedAt !== null;
  }

  /** Keeps an event for reports. */
  remember(event: ObservedEvent): void {
    this.size++;
    if (event.timeUs !== null && event.timeUs > this.timeUs) this.timeUs = event.timeUs;
    if (this.history.length === 2 * historyMax) this.history = this.history.slice(-historyMax);
    this.history.push(event);
  }

  /** Whether the history has an event with the time of this one, or CRI's line about it. */
  hasTold(event: ObservedEvent): boolean {
    const { topic, exec, pid, exitStatus, timeUs, criKey } = event;
    for (const other of this.history) {
      if (criKey ? other.criKey !== criKey : other.timeUs !== timeUs) continue;
      if (
        other.topic === topic &&
        other.exec === exec &&
        other.pid === pid &&
        other.exitStatus === exitStatus
      )
        return true;
    }
    return false;
  }

  /** Takes an event of the init, which stands in the logs of all its execs. */
  stepInit(letter: Letter): CourseStep {
    const step = this.#advance(this.init, letter);
    for (const each of this.execs.values()) {
      each.course = this.#courses.step(each.course, letter).course;
      this.possible &= each.course.possible;
    }
    return step;
  }

  stepExec(followed: Followed, letter: Letter): CourseStep {
    return this.#advance(followed, letter);
  }

  /** An exec, which begins with this event where it was not known. */
  exec(id: string, topic: Topic): Followed {
    const known = this.execs.get(id);
    if (known) return known;
    const assumed = this.isWhole ? [] : assumedBefore(topic);
    const course = this.#courses.fork(this.init.course, assumed);
    const begun: Followed = { course, pid: 0, exitStatus: null };
    this.execs.set(id, begun);
    return begun;
  }

  /** All that it remembers, as JSON. */
  save(): SavedTrack {
    const courses = new Map<Course, number>();
    const saved = ({ course, pid, exitStatus }: Followed): SavedFollowed => {
      const place = courses.get(course) ?? courses.size;
      courses.set(course, place);
      return [place, pid, exitStatus];
    };
    const { isWhole, isPartial, possible, size, isPaused, isRejected, deletedAt, isOver, addsEarly } = this;
    return {
      flags: { isWhole, isPartial, isPaused, isRejected, isOver, addsEarly },
      possible,
      size,
      deletedAt,
      timeUs: Number.isFinite(this.timeUs) ? this.timeUs : null,
      init: saved(this.init),
      execs: [...this.execs].map(([id, followed]) => [id, saved(followed)]),
      finished: this.#finished && [...this.#finished],
      courses: [...courses.keys()].map(({ isExec, initMarks, execMarks, states }) => ({
        isExec,
        initMarks,
        execMarks,
        states,
      })),
      history: this.history.map(savedEvent),
    };
  }

  /** The track that was saved. @param named the container */
  static restore(courses: Courses, saved: SavedTrack, named: Named): Track {
    const { flags, possible, size, timeUs, deletedAt, finished } = saved;
    const track = new Track(courses, flags.isWhole, possible, flags.isPartial);
    const known = saved.courses.map((course) => courses.restore(course));
    const followed = ([place, pid, exitStatus]: SavedFollowed): Followed => {
      const course = known[place];
      if (!course) throw new RangeError(`a saved state has no course ${place}: it is damaged`);
      return { course, pid, exitStatus };
    };
    Object.assign(track.init, followed(saved.init));
    for (const [id, each] of saved.execs) track.execs.set(id, followed(each));
    track.#finished = finished && new Set(finished);
    track.history = saved.history.map((event) => restoredEvent(event, named));
    return Object.assign(track, {
      size,
      deletedAt,
      timeUs: timeUs ?? Number.NEGATIVE_INFINITY,
      isPaused: flags.isPaused,
      isRejected: flags.isRejected,
      isOver: flags.isOver,
      addsEarly: flags.addsEarly,
    });
  }

  #advance(followed: Followed, letter: Letter): CourseStep {
    const step = this.#courses.step(followed.course, letter);
    followed.course = step.course;
    this.possible &= step.course.possible;
    return step;
  }

  /**
   * The letters of an exec with its init; '' for the init alone. What the history has no more of is put before it: the
   * order of each process's own letters is known, and the init's come first.
   */
  lettersOf(id: string): Letter[] {
    const begin = this.history.findLastIndex(({ topic, exec }) => topic === 'exec-added' && exec === id);
    const kept = lettersIn(this.history.filter(({ exec }, i) => exec === '' || (exec === id && i >= begin)));
    if (!this.isWhole || this.size <= this.history.length) return kept;
    const { initMarks, execMarks } = (this.execs.get(id) ?? this.init).course;
    const ofInit = initMarks.map((mark) => letterNamed(mark, false));
    const ofExec = execMarks.map((mark) => letterNamed(mark, true));
    const isOfExec = (letter: Letter): boolean => letter.startsWith('exec');
    const numOfExec = kept.filter(isOfExec).length;
    return [
      ...ofInit.slice(0, Math.max(0, ofInit.length - (kept.length - numOfExec))),
      ...ofExec.slice(0, Math.max(0, ofExec.length - numOfExec)),
      ...kept,
    ];
  }

  /** The execs whose exit is still to come. */
  execsAwaitingExit(): string[] {
    const awaiting: string[] = [];
    for (const [id, { course }] of this.execs) if (course.awaitsExit) awaiting.push(id);
    return awaiting;
  }

  /** The same, with '' for the init before them. */
  awaitingExit(): string[] {
    return this.init.course.awaitsExit ? ['', ...this.execsAwaitingExit()] : this.execsAwaitingExit();
  }

  /** Forgets an exec, whose id may be used again. */
  forgetExec(id: string): void {
    this.execs.delete(id);
    this.#finished?.delete(id);
  }

  /** An exec has exited. Of too many, the first one is forgotten. */
  finishExec(id: string): void {
    if (this.execs.size <= finishedMax) return;
    const finished = this.#finished ?? this.#exited();
    finished.delete(id);
    finished.add(id);
    this.#finished = finished;
    const [first] = finished;
    if (finished.size > finishedMax && first !== undefined) this.forgetExec(first);
  }

  /** Most containers have few execs, and need no list of those that have exited. */
  #exited(): Set<string> {
    return new Set([...this.execs].filter(([, { course }]) => course.hasExited).map(([id]) => id));
  }
}

/** What must have been published of a process before its first event in a log that begins in the middle. */
function assumedBefore(topic: Topic): Mark[] {
  if (topic === 'exec-added') return [];
  return topic === 'exec-started' ? ['exec-added'] : ['exec-added', 'exec-started'];
}

function letterNamed(mark: Mark, isExec: boolean): Letter {
  const topic = (['create', 'start', 'exec-added', 'exec-started', 'exit', 'delete'] as const).find((each) =>
    isOf(each)(mark),
  );
  if (!topic) throw new RangeError(`a mark of no topic (got ${mark})`);
  return letterOf(topic, isExec);
}
