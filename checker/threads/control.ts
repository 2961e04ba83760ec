import type { Phase } from '../fast/crew.ts';
import type { BlockTask } from '../fast/shared-tables.ts';

/** The integers that the threads share to agree on a phase. */
const field = {
  /** Grows by one for each phase. */
  phaseCount: 0,
  /** Threads that have done their part of the phase. */
  done: 1,
  /** The next chunk that no thread has taken. */
  chunk: 2,
  /** 1 once a thread has failed: then no result of the phase is valid. */
  failed: 3,
  phase: 4,
  first: 5,
  states: 6,
  stored: 7,
  isDeepest: 8,
  statesMax: 9,
  /** Threads that sleep, or are about to. */
  sleeping: 10,
} as const;

const phases: readonly Phase[] = [
  'expand',
  'look up',
  'number',
  'write back',
  'rebuild index',
  'rehash index',
];

/** How often a thread checks an integer before it sleeps; a phase takes some milliseconds. */
const spinsMax = 20_000;
/** A thread that needs longer than this for a phase counts as failed, in milliseconds. */
const phaseTimeoutMs = 600_000;

/** Starts phases on all threads, and lets threads wait for each other. */
export class Control {
  readonly integers: Int32Array;

  constructor(integers: Int32Array = new Int32Array(new SharedArrayBuffer(4 * 16))) {
    this.integers = integers;
  }

  /** Starts a phase on all threads. */
  beginPhase(phase: Phase, task: BlockTask): void {
    const i = this.integers;
    i[field.phase] = phases.indexOf(phase);
    i[field.first] = task.first;
    i[field.states] = task.states;
    i[field.stored] = task.stored;
    i[field.isDeepest] = task.isDeepest ? 1 : 0;
    i[field.statesMax] = task.statesMax;
    Atomics.store(i, field.chunk, 0);
    Atomics.store(i, field.done, 0);
    Atomics.add(i, field.phaseCount, 1);
    if (Atomics.load(i, field.sleeping) > 0) Atomics.notify(i, field.phaseCount);
  }

  /** Waits until more than `phaseCount` phases have begun. @returns how many have */
  awaitPhase(phaseCount: number): number {
    this.#waitUntil(field.phaseCount, (value) => value !== phaseCount, Infinity);
    return Atomics.load(this.integers, field.phaseCount);
  }

  get phase(): Phase {
    return phases[this.integers[field.phase] as number] ?? 'expand';
  }

  get task(): BlockTask {
    const i = this.integers;
    return {
      first: i[field.first] as number,
      states: i[field.states] as number,
      stored: i[field.stored] as number,
      isDeepest: i[field.isDeepest] === 1,
      statesMax: i[field.statesMax] as number,
    };
  }

  /** The next chunk of the phase that no thread has taken. */
  readonly takeChunk = (): number => Atomics.add(this.integers, field.chunk, 1);

  /** Says that a thread has done its part of the phase, or that it has failed. */
  endPart(hasFailed: boolean): void {
    if (hasFailed) Atomics.store(this.integers, field.failed, 1);
    Atomics.add(this.integers, field.done, 1);
    if (Atomics.load(this.integers, field.sleeping) > 0) Atomics.notify(this.integers, field.done);
  }

  /** Waits until so many threads have done their parts. @returns false where one has failed */
  awaitThreads(threads: number): boolean {
    const isDone = this.#waitUntil(field.done, (done) => done >= threads, phaseTimeoutMs);
    return isDone && Atomics.load(this.integers, field.failed) === 0;
  }

  /** Waits until an integer has a value that `isReached` accepts. @returns false after a sleep of `timeoutMs` */
  #waitUntil(index: number, isReached: (value: number) => boolean, timeoutMs: number): boolean {
    const i = this.integers;
    for (let spin = 0; spin < spinsMax; spin++) if (isReached(Atomics.load(i, index))) return true;
    Atomics.add(i, field.sleeping, 1);
    let isTooLate = false;
    for (
      let value = Atomics.load(i, index);
      !isReached(value) && !isTooLate;
      value = Atomics.load(i, index)
    ) {
      isTooLate = Atomics.wait(i, index, value, timeoutMs) === 'timed-out';
    }
    Atomics.sub(i, field.sleeping, 1);
    return !isTooLate;
  }
}
