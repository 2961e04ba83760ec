import type { RuleFinding } from '../../checker/causes/known-verdicts.ts';
import {
  CauseFinder,
  type CauseSteps,
  type Causes,
  type Cell,
  type SetFindings,
} from '../../checker/causes/minimal-causes.ts';
import type { AnyAction } from '../../spec/index.ts';
import { type JobResult, jobText, type SearchJob } from './search-job.ts';
import type { Searchers } from './searchers.ts';
import { jobOfSet, passiveIn, type SweepPart, setOfNames } from './sweep-part.ts';

/** A counterexample, and whom it is about. */
export interface Evidence {
  readonly subject: string;
  readonly trace: readonly AnyAction[];
}

/** The causes of each rule in a part, and how many searches a limit has cut off. */
export interface PartCauses extends Causes<Evidence> {
  readonly cutOff: number;
}

/** How a sweep is watched, and ended. */
export interface SweepWatch {
  /** Told before each search. */
  readonly onSearch: (job: SearchJob) => void;
  /** Told when something was found or is begun. */
  readonly onChange: (parts: readonly RunningPart[], underWay: number) => void;
  readonly isCancelled: () => boolean;
  /** Settles when {@link isCancelled} becomes true. */
  readonly cancelled: Promise<unknown>;
}

/** A part of a sweep on its way. */
export interface RunningPart {
  readonly part: SweepPart;
  /** Of each set. */
  readonly cells: () => Cell[];
}

/**
 * Finds the causes in each part. The parts say which sets they need; searchers work on several of these at once, the next
 * one of each part first. Each part takes results in its own order, so that the outcome is the same with any searchers.
 */
export async function sweep(
  parts: readonly SweepPart[],
  searchers: Searchers,
  watch: SweepWatch,
): Promise<PartCauses[]> {
  const courses = parts.map((part) => new Course(part, watch.isCancelled));
  const under = new Map<string, { readonly job: SearchJob; readonly done: Promise<unknown> }>();
  let failure: { readonly error: unknown } | null = null;
  try {
    for (;;) {
      for (const course of courses) course.advance();
      const wanted = inTurns(courses);
      if (wanted.length === 0) return courses.map((course) => course.found());
      withdraw(wanted);
      for (const { course, set, job } of wanted) {
        if (under.size >= searchers.room) break;
        const key = jobText(job);
        if (under.has(key)) continue;
        watch.onSearch(job);
        const done = searchers
          .search(job)
          .then((result) => {
            // A set that was given up says nothing: it may be wanted again.
            if (result.end !== 'interrupt') course.take(set, result);
          })
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .finally(() => under.delete(key));
        under.set(key, { job, done });
      }
      watch.onChange(courses, under.size);
      await Promise.race([watch.cancelled, ...[...under.values()].map(({ done }) => done)]);
      if (failure) throw (failure as { error: unknown }).error;
    }
  } finally {
    withdraw([]);
  }

  function withdraw(wanted: readonly Wanted[]): void {
    const needed = new Set(wanted.map(({ job }) => jobText(job)));
    for (const [key, { job }] of under) if (!needed.has(key)) searchers.withdraw?.(job);
  }
}

interface Wanted {
  readonly course: Course;
  readonly set: number;
  readonly job: SearchJob;
}

/** What all courses want: the next set of each, then what is likely to come. */
function inTurns(courses: readonly Course[]): Wanted[] {
  const lists = courses.map((course) => course.wanted());
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

/** The way through one part: which sets it needs, and what was found. */
class Course implements RunningPart {
  readonly part: SweepPart;
  readonly #finder: CauseFinder<Evidence>;
  readonly #isCancelled: () => boolean;
  readonly #steps: CauseSteps<Evidence>;
  readonly #results = new Map<number, JobResult>();
  #step: IteratorResult<readonly number[], Causes<Evidence>>;
  #searches = 0;
  #cutOff = 0;

  constructor(part: SweepPart, isCancelled: () => boolean) {
    this.part = part;
    this.#isCancelled = isCancelled;
    const universe = 2 ** part.options.length - 1;
    this.#finder = new CauseFinder({ universe, passive: (rule) => passiveIn(part, rule), isCancelled });
    this.#steps = this.#finder.run();
    this.#step = this.#steps.next();
  }

  cells(): Cell[] {
    return Array.from({ length: 2 ** this.part.options.length }, (_, set) => this.#finder.cellOf(set));
  }

  /** The sets whose search is wanted and not there. */
  wanted(): Wanted[] {
    if (this.#step.done) return [];
    return this.#step.value
      .filter((set) => !this.#results.has(set))
      .map((set) => ({ course: this, set, job: jobOfSet(this.part, set) }));
  }

  take(set: number, result: JobResult): void {
    this.#results.set(set, result);
  }

  /** Goes on as far as the results lead. */
  advance(): void {
    while (!this.#step.done) {
      const [set = 0] = this.#step.value;
      const result = this.#results.get(set);
      if (!result && !this.#isCancelled()) return;
      if (result) this.#searches++;
      if (result && ['states', 'time', 'memory'].includes(result.end)) this.#cutOff++;
      this.#step = this.#steps.next(findingsOf(this.part, result ?? interrupted));
    }
  }

  found(): PartCauses {
    if (!this.#step.done) throw new RangeError('this part has not come to its end');
    return { ...this.#step.value, searches: this.#searches, cutOff: this.#cutOff };
  }
}

const interrupted: JobResult = { end: 'interrupt', states: 0, rules: [] };

function findingsOf(part: SweepPart, { end, rules }: JobResult): SetFindings<Evidence> {
  const found = rules.map((each): readonly [string, RuleFinding<Evidence>] => {
    if (each.verdict !== 'violated') return [each.rule, { verdict: each.verdict }];
    const { subject, trace } = each;
    return [
      each.rule,
      { verdict: 'violated', used: setOfNames(part, each.used), evidence: { subject, trace } },
    ];
  });
  return { rules: new Map(found), end: end === 'whole' || end === 'interrupt' ? end : 'limit' };
}
