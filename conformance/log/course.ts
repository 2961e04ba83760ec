import { isExit, isOf, logRules, type Mark, send } from '../../spec/index.ts';
import { type LogAutomaton, type LogState, rejected } from './automaton.ts';
import { type Letter, letters } from './letters.ts';

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
}

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
  readonly #steps = new Map<Course, (CourseStep | undefined)[]>();
  readonly #forks = new Map<Course, Map<string, Course>>();

  constructor(automata: readonly LogAutomaton[]) {
    this.#automata = automata;
  }

  /** The course of an init before its first event. @param isWhole whether the log has it from its create on */
  begin(isWhole: boolean): Course {
    const states = this.#automata.map(({ start, anywhere }) => (isWhole ? start : anywhere));
    return this.#courseOf(false, isWhole ? [] : ['create'], [], states);
  }

  /** The course of an exec that begins. @param assumed what must have been published of it before */
  fork(from: Course, assumed: readonly Mark[]): Course {
    const key = assumed.join();
    const known = this.#forks.get(from)?.get(key);
    if (known) return known;
    const course = this.#courseOf(true, from.initMarks, assumed, from.states);
    if (!this.#forks.has(from)) this.#forks.set(from, new Map());
    this.#forks.get(from)?.set(key, course);
    return course;
  }

  step(from: Course, letter: Letter): CourseStep {
    const index = letters.indexOf(letter);
    const steps = this.#steps.get(from) ?? [];
    const known = steps[index];
    if (known) return known;
    const step = this.#stepOf(from, letter);
    steps[index] = step;
    this.#steps.set(from, steps);
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
    if (this.#known.size >= coursesMax)
      for (const each of [this.#known, this.#steps, this.#forks]) each.clear();
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
  };
}
