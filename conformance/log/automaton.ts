/**
 * An automaton of the events logs that a revision can publish. It computes a state only when somebody looks at it.
 *
 * A log is a path of the model, without the steps that publish nothing. Each state of the automaton is a set of the
 * model's states, as in the subset construction, so that walking a log costs one look-up an event.
 *
 * A container may have any number of execs. No rule speaks of two execs, so each exec is judged together with its init
 * and nothing else, in the model of one container with one exec.
 *
 * Not modelled: pids, exit statuses, times, and what two execs do to each other.
 */
import { StateGraph } from '../../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  type Event,
  isInit,
  noOptions,
  observedModelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';

/** An event as the automaton reads it: of the init, or of the one exec beside it. */
const letters = ['create', 'start', 'exec-added', 'exec-started', 'exec-exit', 'exit', 'delete'] as const;
export type Letter = (typeof letters)[number];

/** A state of the automaton; {@link rejected} where no behaviour has the log so far. */
export type LogState = number;
export const rejected: LogState = -1;

/** What the model may do while a log is judged. The other options of the environment allow no further logs. */
function logBound(sharedPidNamespace: boolean): Bound {
  return {
    ...noOptions,
    containers: 1,
    execs: 1,
    delete: true,
    runcFails: true,
    execOnCreated: true,
    sharedPidNamespace,
  };
}

export function letterOf({ topic, process }: Pick<Event, 'topic' | 'process'>): Letter {
  return topic === 'exit' && !isInit(process) ? 'exec-exit' : (topic as Letter);
}

/** More events than one step publishes. */
const eventsPerStepMax = 8;

export class LogAutomaton {
  /** The state before the first event. */
  readonly start: LogState;
  readonly #graph: StateGraph<Service, AnyAction>;
  readonly #eventsOf: (number: number) => readonly Event[];
  readonly #numbers = new Map<string, LogState>();
  readonly #cores: Int32Array[] = [];
  readonly #nexts: (ReadonlyMap<Letter, LogState> | undefined)[] = [];
  #anywhere: LogState | null = null;

  constructor(revision: Revision, sharedPidNamespace: boolean) {
    this.#graph = new StateGraph(observedModelOf(revision, logBound(sharedPidNamespace)));
    this.#eventsOf = this.#graph.reader(['events']) as (number: number) => readonly Event[];
    this.start = this.#stateFor([0]);
  }

  /** The state after one more event. */
  next(state: LogState, letter: Letter): LogState {
    return state === rejected ? rejected : (this.#nextsOf(state).get(letter) ?? rejected);
  }

  /** The events that a behaviour may publish next. */
  allowed(state: LogState): Letter[] {
    return state === rejected ? [] : letters.filter((letter) => this.#nextsOf(state).has(letter));
  }

  /** The state for an observer that came late: any log may have come before. */
  get anywhere(): LogState {
    if (this.#anywhere === null) {
      const all: number[] = [];
      for (let number = 0; number < this.#graph.size; number++) {
        this.#graph.edges(number);
        for (let k = 0; k <= this.#eventsOf(number).length; k++) all.push(number * eventsPerStepMax + k);
      }
      this.#anywhere = this.#stateFor(all);
    }
    return this.#anywhere;
  }

  /** @param core numbers that stand each for a state of the model and how many events of its step were seen */
  #stateFor(core: readonly number[]): LogState {
    const sorted = Int32Array.from(new Set(core)).sort();
    const key = sorted.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const state = this.#cores.push(sorted) - 1;
    this.#numbers.set(key, state);
    return state;
  }

  #nextsOf(state: LogState): ReadonlyMap<Letter, LogState> {
    this.#nexts[state] ??= this.#explore(this.#cores[state] ?? new Int32Array());
    return this.#nexts[state];
  }

  /** Takes every step that publishes nothing, as far as there are any, and collects the events that come next. */
  #explore(core: Int32Array): Map<Letter, LogState> {
    const seen = new Set(core);
    const todo = [...core];
    const after = new Map<Letter, number[]>();
    for (let point = todo.pop(); point !== undefined; point = todo.pop()) {
      const number = Math.floor(point / eventsPerStepMax);
      const event = this.#eventsOf(number)[point % eventsPerStepMax];
      if (event) {
        const letter = letterOf(event);
        after.set(letter, [...(after.get(letter) ?? []), point + 1]);
        continue;
      }
      for (const { to } of this.#graph.edges(number)) {
        const next = to * eventsPerStepMax;
        if (seen.has(next)) continue;
        seen.add(next);
        todo.push(next);
      }
    }
    return new Map([...after].map(([letter, points]) => [letter, this.#stateFor(points)]));
  }
}
