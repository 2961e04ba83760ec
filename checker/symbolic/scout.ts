import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Model } from '../model.ts';
import type { Lesson, Lessons } from './lessons.ts';
import { anArray, type Values } from './values.ts';

/** Walks that show no new live slot before it is enough, and steps of a walk at most. */
const quietMax = 100;
const stepsMax = 300;
/** Always the same walks: they decide how fast the search is, and nothing else. */
const seed = 1;

/**
 * Learns on random walks what rules look at, so that the diagrams begin with most of the levels that they need. Each level
 * that is found to be missing later makes the search begin again.
 *
 * As in swarm verification, a walk leaves out some of the actions that need not happen.
 *
 * @param lessons where it is noted
 * @param watch throws where it is time to end
 */
export function scout<S extends object, A>(
  model: Model<S, A>,
  lessons: Lessons<S, A>,
  watch: () => void,
): void {
  const walker = new Walker(model, lessons);
  let live = -1;
  for (let quiet = 0; quiet < quietMax; quiet++) {
    watch();
    walker.walk();
    const now = lessons.slots.filter((_, slot) => lessons.isLive(slot)).length;
    if (now > live) quiet = 0;
    live = now;
  }
}

class Walker<S extends object, A> {
  readonly #model: Model<S, A>;
  readonly #lessons: Lessons<S, A>;
  readonly #known: Known;
  readonly #random = xoroshiro128plus(seed);
  readonly #atRest: readonly number[];
  readonly #always: readonly number[];

  constructor(model: Model<S, A>, lessons: Lessons<S, A>) {
    this.#model = model;
    this.#lessons = lessons;
    this.#known = new Known(lessons.values);
    const isAtRest = (property: number): boolean => model.properties[property]?.kind === 'quiescent';
    const { claims } = lessons;
    this.#atRest = claims.filter(({ property }) => isAtRest(property)).map(({ rule }) => rule);
    this.#always = claims.filter(({ property }) => !isAtRest(property)).map(({ rule }) => rule);
  }

  walk(): void {
    const { actions, progress } = this.#model;
    const leftOut = new Set(actions.filter((action) => !progress(action) && this.#choose(2) === 1));
    const numbers = new Int32Array(this.#lessons.slots.length);
    for (let step = 0; step < stepsMax; step++) {
      const enabled = actions.map((_, i) => this.#lesson(numbers, i)).filter(({ result }) => result);
      for (const rule of this.#always) this.#lesson(numbers, rule);
      if (!enabled.some(({ rule }) => progress(actions[rule] as A)))
        for (const rule of this.#atRest) this.#lesson(numbers, rule);
      const open = enabled.filter(({ rule }) => !leftOut.has(actions[rule] as A));
      const taken = open[this.#choose(open.length)];
      if (!taken) return;
      for (const [slot, write] of taken.written)
        numbers[slot] = this.#lessons.values.written(slot, numbers[slot] as number, write);
    }
  }

  /** A number below `choices`. */
  #choose(choices: number): number {
    return choices > 1 ? uniformInt(this.#random, 0, choices - 1) : 0;
  }

  #lesson(numbers: Int32Array, rule: number): Lesson {
    const known = this.#known.find(numbers, rule);
    if (known) return known;
    const lesson = this.#lessons.learn(numbers, rule);
    if (typeof lesson === 'number') throw new RangeError(`slot ${lesson} is unknown on a walk`);
    this.#known.add(lesson);
    return lesson;
  }
}

interface Branch {
  /** By slot and what is seen of it, in the order in which it was looked at. */
  readonly next: Map<number, Map<number, Branch>>;
  lesson: Lesson | null;
}

const branch = (): Branch => ({ next: new Map(), lesson: null });

/** Lessons, to be found again. */
class Known {
  readonly #values: Values;
  readonly #roots: Branch[] = [];

  constructor(values: Values) {
    this.#values = values;
  }

  add(lesson: Lesson): void {
    this.#roots[lesson.rule] ??= branch();
    let at = this.#roots[lesson.rule] as Branch;
    for (const [slot, seen] of lesson.seen) {
      const bySeen = at.next.get(slot) ?? new Map<number, Branch>();
      at.next.set(slot, bySeen);
      const next = bySeen.get(seen) ?? branch();
      bySeen.set(seen, next);
      at = next;
    }
    at.lesson = lesson;
  }

  find(numbers: Int32Array, rule: number): Lesson | null {
    const root = this.#roots[rule];
    return root ? this.#below(root, numbers) : null;
  }

  #below({ next, lesson }: Branch, numbers: Int32Array): Lesson | null {
    if (lesson) return lesson;
    for (const [slot, bySeen] of next) {
      const value = numbers[slot] as number;
      // All of a value was seen, or its head, or that it is an array.
      for (const seen of [value, this.#values.headOf(slot, value), anArray]) {
        const after = bySeen.get(seen);
        const found = after && this.#values.matches(slot, value, seen) ? this.#below(after, numbers) : null;
        if (found) return found;
      }
    }
    return null;
  }
}
