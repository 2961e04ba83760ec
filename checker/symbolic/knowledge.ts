import { Covers } from './covers.ts';
import type { Diagrams } from './diagrams.ts';
import type { Frame } from './frame.ts';
import type { Lesson, Lessons } from './lessons.ts';
import { Relations } from './relations.ts';

/** What is known of each rule, as diagrams over the levels of a frame; learnt where it is asked for the first time. */
export class Knowledge<S extends object, A> {
  readonly relations: Relations = new Relations();
  /** What each action does. */
  readonly effects: number[];
  /** Where each action is enabled, or each claim true. */
  readonly yes: number[];
  /** Where each claim is false. */
  readonly no: number[];
  /** The first level that each rule looks at, or writes. */
  readonly top: number[];
  readonly #covers: Covers;
  readonly #covered: number[];
  readonly #lessons: Lessons<S, A>;
  readonly #frame: Frame;
  readonly #sets: Diagrams;
  readonly #tuple: Int32Array;
  readonly #isGivenUp: boolean[];
  #taught = 0;

  constructor(lessons: Lessons<S, A>, rules: number, frame: Frame, sets: Diagrams) {
    this.#lessons = lessons;
    this.#frame = frame;
    this.#sets = sets;
    this.#tuple = new Int32Array(frame.depth);
    this.#covers = new Covers(frame.headOf);
    const zeros = (): number[] => new Array<number>(rules).fill(0);
    this.effects = zeros();
    this.yes = zeros();
    this.no = zeros();
    this.#covered = zeros();
    this.#isGivenUp = new Array<boolean>(rules).fill(false);
    this.top = new Array<number>(rules).fill(frame.depth);
    this.#teach();
  }

  /** Whether a slot without a level turned out to matter. The rules that need it are given up; what is found is not whole. */
  get isOutgrown(): boolean {
    return this.#isGivenUp.includes(true);
  }

  /**
   * Sees to it that all is known of what `rule` does to the tuples whose levels from `level` on are in `set`; or, where an
   * earlier level matters, that `top` says so.
   */
  complete(rule: number, set: number, level: number): void {
    const covered = (): number => this.#covered[rule] as number;
    const isWanting = (): boolean =>
      !this.#isGivenUp[rule] && this.#covers.findOutside(this.#sets, set, covered(), level, this.#tuple);
    while (isWanting()) {
      const lesson = this.#lessons.learn(this.#frame.numbers(this.#tuple, level), rule);
      if (typeof lesson === 'number') {
        this.#raise(rule, lesson);
        return;
      }
      this.#isGivenUp[rule] = !this.#fits(lesson);
      this.#teach();
      if ((this.top[rule] as number) < level) return;
    }
  }

  /** Notes that `rule` looks at `slot`. */
  #raise(rule: number, slot: number): void {
    this.#lessons.look(slot);
    if (this.#frame.has(slot)) this.top[rule] = this.#frame.level(slot);
    else this.#isGivenUp[rule] = true;
  }

  #fits({ seen, written }: Lesson): boolean {
    const slots = [...seen.keys(), ...written.keys()];
    return slots.every((slot) => this.#frame.has(slot) || !this.#lessons.isLive(slot));
  }

  #teach(): void {
    for (; this.#taught < this.#lessons.all.length; this.#taught++) {
      const { rule, seen, result, written } = this.#lessons.all[this.#taught] as Lesson;
      const read = this.#frame.seen(seen);
      if (read === null) continue;
      const add = (to: number[], relation: number): void => {
        to[rule] = this.relations.union(to[rule] as number, relation);
      };
      this.#covered[rule] = this.#covers.union(this.#covered[rule] as number, this.#covers.cube(read));
      add(result ? this.yes : this.no, this.relations.cube(read, new Map()));
      if (result) add(this.effects, this.relations.cube(read, this.#frame.written(written)));
      const levels = [...read.keys(), ...(result ? this.#frame.written(written).keys() : [])];
      this.top[rule] = Math.min(this.top[rule] as number, ...levels);
    }
  }
}
