import { type Letter, letters } from './letters.ts';

/** A state of an automaton; {@link rejected} where no behaviour has the log so far. */
export type LogState = number;
export const rejected: LogState = -1;

/** The environment in which a revision writes a log. A log does not say in which it was written. */
export interface LogSetting {
  readonly sharedPidNamespace: boolean;
  /** Whether clients add execs to a task that is only created. */
  readonly execOnCreated: boolean;
}

/** For each state, the state after each letter. State 0 is the one before the first event. */
export interface LogTable {
  /** The state for an observer that came late: any log may have come before. */
  readonly anywhere: LogState;
  readonly next: readonly (readonly LogState[])[];
}

/** An automaton of the events logs that a revision can publish, each exec with its init alone. */
export class LogAutomaton {
  /** The state before the first event. */
  readonly start: LogState = 0;
  readonly anywhere: LogState;
  readonly #next: LogTable['next'];

  constructor({ anywhere, next }: LogTable) {
    this.anywhere = anywhere;
    this.#next = next;
  }

  /** The state after one more event. */
  next(state: LogState, letter: Letter): LogState {
    return this.#next[state]?.[letters.indexOf(letter)] ?? rejected;
  }

  /** The events that a behaviour may publish next. */
  allowed(state: LogState): Letter[] {
    return letters.filter((letter) => this.next(state, letter) !== rejected);
  }
}
