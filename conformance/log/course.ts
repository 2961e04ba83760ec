import { isExit, isOf, logRules, type Mark, send } from '../../spec/index.ts';
import { type LogAutomaton, type LogState, rejected } from './automaton.ts';
import type { Letter } from './letters.ts';

/** How the log's fold names the container and the exec of a course. */
const init = 'c';
const exec = 'c/e';

/**
 * What a log has of an exec together with its init, or of an init alone. Equal courses are one object, so that a step
 * costs a look-up.
 */
export interface Course {
  readonly isExec: boolean;
  readonly initMarks: readonly Mark[];
  /** The exec's own; empty for an init. */
  readonly execMarks: readonly Mark[];
  /** Where it stands in each automaton. */
  readonly states: readonly LogState[];
  /** A bit for each automaton that has this course. */
  readonly possible: number;
  /** The rules about the log that it breaks. */
  readonly broken: readonly string[];
  /** Whether the exit of its process is still to come. */
  readonly awaitsExit: boolean;
  readonly isStarted: boolean;
  readonly hasExited: boolean;
  /** The steps from here that were taken, and the execs that began here, by how much was assumed of them. */
  readonly steps: Partial<Record<Letter, CourseStep>>;
  readonly forks: Course[];
}

/** What a course is made of. */
export type SavedCourse = Pick<Course, 'isExec' | 'initMarks' | 'execMarks' | 'states'>;

/** A course after one more event. */
export interface CourseStep {
  readonly course: Course;
  /** The rules that this event broke: each is reported once. */
  readonly broken: readonly string[];
}

/** So many different courses are remembered. Only logs that are all wrong have more. */
const coursesMax = 20_000;

/** Folds logs by the specification's own functions, and walks the automata beside that. */
export class Courses {
  readonly #automata: readonly LogAutomaton[];
  readonly #known = new Map<string, Course>();
  readonly #begun: Readonly<Record<'whole' | 'late', Course>>;

  constructor(automata: readonly LogAutomaton[]) {
    this.#automata = automata;
    const begun = (initMarks: readonly Mark[], stateIn: (automaton: LogAutomaton) => LogState): Course =>
      this.#courseOf(false, initMarks, [], automata.map(stateIn));
    this.#begun = {
      whole: begun([], ({ start }) => start),
      late: begun(['create'], ({ anywhere }) => anywhere),
    };
  }

  /** The course of an init before its first event. @param isWhole whether the log has it from its create on */
  begin(isWhole: boolean): Course {
    return isWhole ? this.#begun.whole : this.#begun.late;
  }

  /** The course of an exec that begins. @param assumed what must have been published of it before */
  fork(from: Course, assumed: readonly Mark[]): Course {
    const known = from.forks[assumed.length];
    if (known) return known;
    const course = this.#courseOf(true, from.initMarks, assumed, from.states);
    from.forks[assumed.length] = course;
    return course;
  }

  /** The course that was saved. */
  restore({ isExec, initMarks, execMarks, states }: SavedCourse): Course {
    return this.#courseOf(isExec, initMarks, execMarks, states);
  }

  step(from: Course, letter: Letter): CourseStep {
    const known = from.steps[letter];
    if (known) return known;
    const step = this.#stepOf(from, letter);
    from.steps[letter] = step;
    return step;
  }

  #stepOf(from: Course, letter: Letter): CourseStep {
    const published = { [init]: [...from.initMarks], [exec]: [...from.execMarks] };
    const process = letter.startsWith('exec') ? exec : init;
    const topic = letter === 'exec-exit' ? 'exit' : letter;
    send({ published, events: null }, { topic, process, pid: 0 });
    const states = from.states.map((state, i) =>
      state === rejected ? rejected : (this.#automata[i]?.next(state, letter) ?? rejected),
    );
    const course = this.#courseOf(from.isExec, published[init] ?? [], published[exec] ?? [], states);
    return { course, broken: course.broken.filter((rule) => !from.broken.includes(rule)) };
  }

  #courseOf(
    isExec: boolean,
    initMarks: readonly Mark[],
    execMarks: readonly Mark[],
    states: readonly LogState[],
  ): Course {
    const key = `${isExec}|${initMarks.join()}|${execMarks.join()}|${states.join()}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= coursesMax) this.#known.clear();
    const course = courseWith(isExec, initMarks, execMarks, states);
    this.#known.set(key, course);
    return course;
  }
}

function courseWith(
  isExec: boolean,
  initMarks: readonly Mark[],
  execMarks: readonly Mark[],
  states: readonly LogState[],
): Course {
  const marks = isExec ? execMarks : initMarks;
  const of = isExec ? 'execs' : 'inits';
  const rules = logRules.filter((rule) => rule.of === 'processes' || rule.of === of);
  const hasBegun = marks.some(isOf(isExec ? 'exec-started' : 'create'));
  const hasExited = marks.some(isExit);
  const isOver = hasExited || (!isExec && marks.some(isOf('delete')));
  return {
    isExec,
    initMarks,
    execMarks,
    states,
    possible: states.reduce((bits, state, i) => (state === rejected ? bits : bits | (1 << i)), 0),
    broken: rules.filter((rule) => marks.length > 0 && !rule.holds(!isExec, marks)).map(({ name }) => name),
    awaitsExit: hasBegun && !isOver,
    isStarted: marks.some(isOf(isExec ? 'exec-started' : 'start')),
    hasExited,
    steps: {},
    forks: [],
  };
}
