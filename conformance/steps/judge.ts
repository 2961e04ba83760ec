import { Immer } from 'immer';
import {
  type AnyAction,
  erased,
  Impossible,
  type MainState,
  type Mirror,
  mainRevision,
  methodOf,
  mirror,
  type Service,
  type ThreadId,
} from '../../spec/index.ts';
import { actionOf, isOver, mayTake, type Play, placeIn, step } from './plays.ts';
import { endings, processOf, RecordError, type StepLine, type StepRecord } from './record.ts';
import { closeCall, closeOver, emptyState, initExitOf, openCall, openContainer } from './rows.ts';
import { RecordedTables } from './tables.ts';
import { playsOf, type Told } from './told.ts';

/** The first step of a record that the model has not. */
export interface Refusal {
  /** The line of the file, from 1. */
  readonly at: number;
  readonly line: StepLine;
  /** Who took it, in the model's words: `start c1/e1`. Null for a goroutine that runs nothing the model has. */
  readonly thread: ThreadId | null;
  readonly because: string;
  /** Where the thread stands in the model; null where that is not known. */
  readonly place: string | null;
  /** What the thread could have done instead, and at the end of a record, what is due of all threads. */
  readonly allowed: readonly Mirror[];
  /** What the thread did before it, the last ones. */
  readonly before: readonly StepLine[];
}

/** What became of a record. */
export interface Judgement {
  /** Null where every step is one of the model. */
  readonly refusal: Refusal | null;
  /** Lines that were accepted. */
  readonly steps: number;
  /** How many of each kind. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Containers that were made. */
  readonly containers: number;
  /** States that the model may have been in at one time, at most: what it hides is a set. */
  readonly statesMax: number;
}

const shownBefore = 4;
/** Rows of what is over are taken out now and then. */
const closeEvery = 64;
const statesMax = 4_096;
const immer = new Immer({ autoFreeze: false });
const revision = erased(mainRevision);

/** Takes a record through the reducer of `main`. */
export function judgeRecord(record: StepRecord, onStep?: (steps: number) => void): Judgement {
  return new Judge(record).run(onStep);
}

class Judge {
  readonly #record: StepRecord;
  readonly #ends: ReadonlyMap<StepLine, StepLine>;
  readonly #threads: Map<number, ThreadId> = new Map();
  readonly #tables: RecordedTables = new RecordedTables();
  readonly #kinds: Map<string, number> = new Map();
  /** Threads that have taken the step of their section before its end, with a count. */
  readonly #counted: Set<ThreadId> = new Set();
  #states: MainState[] = [emptyState()];
  #statesMax = 1;

  constructor(record: StepRecord) {
    this.#record = record;
    this.#ends = endings(record.lines);
  }

  run(onStep: (steps: number) => void = () => undefined): Judgement {
    let steps = 0;
    let refusal: Refusal | null = null;
    for (const line of this.#record.lines) {
      refusal = this.#take(line, steps);
      if (refusal) break;
      this.#kinds.set(line.k, (this.#kinds.get(line.k) ?? 0) + 1);
      steps++;
      if (steps % closeEvery === 0) this.#close();
      onStep(steps);
    }
    return {
      refusal,
      steps,
      kinds: this.#kinds,
      containers: this.#record.lines.slice(0, steps).filter(({ k, ok }) => k === 'create' && ok).length,
      statesMax: this.#statesMax,
    };
  }

  #take(line: StepLine, index: number): Refusal | null {
    const thread = this.#threadOf(line);
    const refuse = (because: string): Refusal => this.#refusal(line, index, thread, because);
    if (line.k === 'over' && line.how !== undefined) return this.#ended(line.how, refuse);
    if (this.#states.every(isOver)) return null;
    if (line.k === 'call') return this.#call(line, refuse);
    if (thread === null)
      return isOutside(line) ? null : refuse('no call of the model runs in this goroutine');
    const told: Told = {
      line,
      thread,
      end: this.#ends.get(line),
      hasCounted: this.#counted.has(thread),
      tables: this.#tables,
    };
    if (line.k === 'count') this.#counted.add(thread);
    if (line.k === 'lifecycleMu') this.#counted.delete(thread);
    if (line.changed) this.#tables.take(line.changed, thread);
    const reasons = this.#play(playsOf(told));
    if (reasons !== null) return refuse(reasons);
    this.#after(line, thread);
    return null;
  }

  /** The thread of a line: its goroutine runs a call, the exit loop, or waits for a container's execs. */
  #threadOf(line: StepLine): ThreadId | null {
    if (line.k === 'wait4') return 'kernel';
    if (line.k === 'publish') return 'forward';
    if (line.k === 'receive') this.#threads.set(line.g, 'processExits');
    if (line.k === 'receive count') this.#threads.set(line.g, initExitOf(line.c ?? ''));
    return this.#threads.get(line.g) ?? null;
  }

  #call(line: StepLine, refuse: (because: string) => Refusal): Refusal | null {
    const { n, g, m, signal, all, shared } = line;
    if (m === 'kill' && (signal !== 9 || all === true))
      throw new RecordError(
        `line ${this.#record.at + n + 1} is a call that the model has not (got Kill with signal ${signal}${all ? ' to all' : ''}, allowed signal 9 to one process): record calls that it has`,
      );
    const call = `${m} ${m === 'shutdown' ? 'shim' : processOf(line)} #${n}`;
    this.#threads.set(g, call);
    if (m === 'shutdown' && this.#states.every((s) => isEmpty(s) && dueOf(s).length > 0))
      return refuse('the shim is at rest, and the model has steps that are due');
    this.#change((s) => {
      if (m === 'create') openContainer(s, processOf(line), shared);
      openCall(s, call);
    });
    return null;
  }

  /** Takes every play from every state. @returns why there is none; null where there is a state */
  #play(plays: readonly Play[]): string | null {
    const after = new Map<string, MainState>();
    let reason: string | null = null;
    const isAlone = this.#states.length === 1 && plays.length === 1;
    for (const state of this.#states)
      for (const play of plays) {
        const draft = immer.createDraft(state) as MainState;
        const isTaken = attempted(play, draft);
        if (isTaken !== true) reason ??= isTaken === false ? 'the model has no such step here' : isTaken;
        else {
          const next = immer.finishDraft(draft) as MainState;
          after.set(isAlone ? '' : JSON.stringify(next), next);
        }
      }
    if (after.size === 0) return reason ?? 'the model has no such step here';
    if (after.size > statesMax) throw new RecordError(`the record hides too much (got ${after.size} states)`);
    this.#states = [...after.values()];
    this.#statesMax = Math.max(this.#statesMax, after.size);
    return null;
  }

  #after(line: StepLine, thread: ThreadId): void {
    if (line.k !== 'return') return;
    this.#threads.delete(line.g);
    if (isOver(this.#states[0] as MainState)) return;
    this.#change((s) => closeCall(s, thread));
  }

  #close(): void {
    this.#change(closeOver);
  }

  #change(change: (s: MainState) => void): void {
    this.#states = this.#states.map((state) => immer.produce(state, (s) => change(s as MainState)));
  }

  #ended(how: NonNullable<StepLine['how']>, refuse: (because: string) => Refusal): Refusal | null {
    // A shim may end before its Shutdown has let the lock go.
    if (how === 'ended') this.#play([shutsDown, (state) => isOver(state)]);
    const [s] = this.#states as [MainState];
    if (how === 'ended') return isOver(s) ? null : refuse('the shim ended, and no Shutdown ended it');
    if (how === 'died') return isOver(s) ? null : refuse('the shim died, and the model does not');
    if (s.events?.length) return refuse(`${s.events.length} events were sent and not published`);
    return dueOf(s).length === 0
      ? null
      : refuse('the shim did nothing more, and the model has steps that are due');
  }

  #refusal(line: StepLine, index: number, thread: ThreadId | null, because: string): Refusal {
    const [s] = this.#states as [MainState];
    const own = this.#record.lines.slice(0, index).filter(({ g }) => g === line.g);
    const isKnown = thread !== null && placeIn(s, thread) !== 'gone';
    const threads = line.k === 'over' || line.m === 'shutdown' ? threadsOf(s) : isKnown ? [thread] : [];
    return {
      at: this.#record.at + index + 1,
      line,
      thread,
      because,
      place: isKnown ? placeIn(s, thread) : null,
      allowed: threads.flatMap((each) => enabledOf(s, each)),
      before: own.slice(-shownBefore),
    };
  }
}

/** A record may name what it never made. */
function attempted(play: Play, s: MainState): boolean | string {
  try {
    return play(s);
  } catch (error) {
    if (error instanceof Impossible) return `the record names what it has not made: ${error.message}`;
    throw error;
  }
}

/** Whether a line is of a call that the model has not: such a call only looks a container up. */
function isOutside({ k, f, changed }: StepLine): boolean {
  const isLookUp = k === 'mu' && f === 'getContainer' && Object.keys(changed ?? {}).length === 0;
  return isLookUp || k === 'find';
}

function threadsOf(s: MainState): ThreadId[] {
  return ['processExits', ...Object.keys(s.goroutines), ...Object.keys(s.calls)];
}

/** The step of a Shutdown that was called. */
function shutsDown(s: MainState): boolean {
  const call = Object.keys(s.calls).find((each) => methodOf(each) === 'shutdown');
  return call !== undefined && step(s, actionOf('ShimShutsDown', call)) && isOver(s);
}

/** Whether the shim serves no container: then Shutdown ends it. */
function isEmpty({ containers }: MainState): boolean {
  return !Object.values(containers).some(Boolean);
}

/** What is due of the shim by itself: its exit loop and its goroutines rest, and no handler but that of a Wait goes on. */
function dueOf(s: MainState): Mirror[] {
  const isCalled = (thread: ThreadId): boolean => s.calls[thread]?.pc === 'called';
  return threadsOf(s)
    .filter((thread) => !isCalled(thread))
    .flatMap((thread) => enabledOf(s, thread));
}

/** The steps that a thread may take in a state. */
function enabledOf(s: MainState, thread: ThreadId): Mirror[] {
  const actions = Object.keys(mainRevision.steps)
    .filter((type) => mayTake(type, thread))
    .map((type) => actionOf(type, thread));
  return actions
    .filter((action) => isEnabled(s, action))
    .map((action) => mirror(revision, s as Service, action));
}

function isEnabled(s: MainState, action: AnyAction): boolean {
  return step(immer.createDraft(s) as MainState, action);
}
