import type { Step } from '../fast/crew.ts';
import type { Task } from '../fast/tables.ts';

/** The integers by which threads tell each other how far they are. */
const place = {
  /** Grows by one for each step that is to be done. */
  turn: 0,
  /** Threads that have done their part of it. */
  done: 1,
  /** The next chunk that nobody has taken. */
  chunk: 2,
  /** Set once a thread has failed; nothing is to be expected then. */
  failed: 3,
  step: 4,
  first: 5,
  states: 6,
  stored: 7,
  isDeepest: 8,
  statesMax: 9,
  /** Threads that sleep, or are about to. */
  sleeping: 10,
} as const;

const steps: readonly Step[] = ['expand', 'look up', 'number', 'write back', 'fill', 'spread'];

/** How often a thread looks before it goes to sleep; a step of a block takes some milliseconds. */
const looks = 20_000;
/** A thread that has not done its part in this time will not do it, in milliseconds. */
const patienceMs = 600_000;

/** How threads agree on what to do, and wait for each other. */
export class Control {
  readonly integers: Int32Array;

  constructor(integers: Int32Array = new Int32Array(new SharedArrayBuffer(4 * 16))) {
    this.integers = integers;
  }

  /** Tells all threads to do a step. */
  begin(step: Step, task: Task): void {
    const i = this.integers;
    i[place.step] = steps.indexOf(step);
    i[place.first] = task.first;
    i[place.states] = task.states;
    i[place.stored] = task.stored;
    i[place.isDeepest] = task.isDeepest ? 1 : 0;
    i[place.statesMax] = task.statesMax;
    Atomics.store(i, place.chunk, 0);
    Atomics.store(i, place.done, 0);
    Atomics.add(i, place.turn, 1);
    if (Atomics.load(i, place.sleeping) > 0) Atomics.notify(i, place.turn);
  }

  /** Waits for the step after `turn`. @returns its turn */
  await(turn: number): number {
    this.#watch(place.turn, (value) => value !== turn, Infinity);
    return Atomics.load(this.integers, place.turn);
  }

  get step(): Step {
    return steps[this.integers[place.step] as number] ?? 'expand';
  }

  get task(): Task {
    const i = this.integers;
    return {
      first: i[place.first] as number,
      states: i[place.states] as number,
      stored: i[place.stored] as number,
      isDeepest: i[place.isDeepest] === 1,
      statesMax: i[place.statesMax] as number,
    };
  }

  readonly next = (): number => Atomics.add(this.integers, place.chunk, 1);

  /** Says that a thread has done its part, or cannot do it. */
  end(hasFailed: boolean): void {
    if (hasFailed) Atomics.store(this.integers, place.failed, 1);
    Atomics.add(this.integers, place.done, 1);
    if (Atomics.load(this.integers, place.sleeping) > 0) Atomics.notify(this.integers, place.done);
  }

  /** Waits until so many threads have done their parts. @returns false where one has failed */
  awaitAll(threads: number): boolean {
    const isDone = this.#watch(place.done, (done) => done >= threads, patienceMs);
    return isDone && Atomics.load(this.integers, place.failed) === 0;
  }

  /** @returns false where nothing has happened for too long */
  #watch(index: number, isThere: (value: number) => boolean, timeoutMs: number): boolean {
    const i = this.integers;
    for (let look = 0; look < looks; look++) if (isThere(Atomics.load(i, index))) return true;
    Atomics.add(i, place.sleeping, 1);
    let isTooLate = false;
    for (let value = Atomics.load(i, index); !isThere(value) && !isTooLate; value = Atomics.load(i, index)) {
      isTooLate = Atomics.wait(i, index, value, timeoutMs) === 'timed-out';
    }
    Atomics.sub(i, place.sleeping, 1);
    return !isTooLate;
  }
}
