/**
 * Computes the automaton of the events logs that a revision can publish.
 *
 * A log is a path of the model, without the steps that publish nothing. Each state of the automaton is a set of the
 * model's states, as in the subset construction; states from which the same logs go on are then made one.
 *
 * A container may have any number of execs. No rule speaks of two execs, so each exec is judged together with its init
 * and nothing else, in the model of one container with one exec.
 *
 * Not modelled: pids, exit statuses, times, and what two execs do to each other.
 *
 * @module
 */
import { StateGraph } from '../../checker/index.ts';
import {
  type AnyAction,
  type Event,
  isInit,
  noOptions,
  observedModelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { type LogSetting, type LogState, type LogTable, rejected } from './automaton.ts';
import { letterOf, letters } from './letters.ts';

/** What the model may do while a log is judged. The other options of the environment allow no further logs. */
const bound = { ...noOptions, containers: 1, execs: 1, delete: true, runcFails: true };

/** More events than one step publishes. */
const eventsPerStepMax = 8;

/** The automaton of a revision in a setting; equal ones for equal sets of logs. */
export function determinise(revision: Revision, setting: LogSetting): LogTable {
  const graph = new StateGraph(observedModelOf(revision, { ...bound, ...setting }));
  return minimised(new Subsets(graph).table());
}

/**
 * The subset construction. A point is a state of the model and how many events of its step were seen, in one number.
 */
class Subsets {
  readonly #graph: StateGraph<Service, AnyAction>;
  readonly #eventsOf: (number: number) => readonly Event[];
  readonly #numbers = new Map<string, LogState>();
  readonly #cores: Int32Array[] = [];

  constructor(graph: StateGraph<Service, AnyAction>) {
    this.#graph = graph;
    this.#eventsOf = graph.reader(['events']) as (number: number) => readonly Event[];
  }

  table(): LogTable {
    this.#stateFor([0]);
    const anywhere = this.#stateFor(this.#everyPoint());
    const next: LogState[][] = [];
    for (let state = 0; state < this.#cores.length; state++)
      next.push(this.#nextOf(this.#cores[state] ?? new Int32Array()));
    return { anywhere, next };
  }

  #everyPoint(): number[] {
    const all: number[] = [];
    for (let number = 0; number < this.#graph.size; number++) {
      this.#graph.edges(number);
      for (let k = 0; k <= this.#eventsOf(number).length; k++) all.push(number * eventsPerStepMax + k);
    }
    return all;
  }

  #stateFor(core: readonly number[]): LogState {
    const sorted = Int32Array.from(new Set(core)).sort();
    const key = sorted.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const state = this.#cores.push(sorted) - 1;
    this.#numbers.set(key, state);
    return state;
  }

  /** Takes every step that publishes nothing, as far as there are any, and collects the events that come next. */
  #nextOf(core: Int32Array): LogState[] {
    const seen = new Set(core);
    const todo = [...core];
    const after: number[][] = letters.map(() => []);
    for (let point = todo.pop(); point !== undefined; point = todo.pop()) {
      const number = Math.floor(point / eventsPerStepMax);
      const event = this.#eventsOf(number)[point % eventsPerStepMax];
      if (event) {
        if (event.topic === 'oom') throw new RangeError('an automaton of logs has no letter for TaskOOM');
        after[letters.indexOf(letterOf(event.topic, !isInit(event.process)))]?.push(point + 1);
        continue;
      }
      for (const { to } of this.#graph.edges(number)) {
        const next = to * eventsPerStepMax;
        if (seen.has(next)) continue;
        seen.add(next);
        todo.push(next);
      }
    }
    return after.map((points) => (points.length === 0 ? rejected : this.#stateFor(points)));
  }
}

/** Makes states one that allow the same logs, and numbers them in the order in which a walk meets them. */
function minimised({ anywhere, next }: LogTable): LogTable {
  const classes = classesOf(next);
  const classOf = (state: LogState): number => (state === rejected ? rejected : (classes[state] ?? rejected));
  const order: LogState[] = [];
  const numbers = new Map<number, LogState>([[rejected, rejected]]);
  const numberOf = (state: LogState): LogState => {
    const known = numbers.get(classOf(state));
    if (known !== undefined) return known;
    const number = order.push(state) - 1;
    numbers.set(classOf(state), number);
    return number;
  };
  numberOf(0);
  const rows: LogState[][] = [];
  const walk = (): void => {
    for (let state = order[rows.length]; state !== undefined; state = order[rows.length])
      rows.push((next[state] ?? []).map(numberOf));
  };
  walk();
  const late = numberOf(anywhere);
  walk();
  return { anywhere: late, next: rows };
}

/** Splits the states until those of one class have, letter by letter, successors of one class. */
function classesOf(next: LogTable['next']): number[] {
  let classes = next.map(() => 0);
  for (let size = 1; ; ) {
    const numbers = new Map<string, number>();
    classes = next.map((row, state) => {
      const after = row.map((to) => (to === rejected ? rejected : classes[to]));
      const key = [classes[state], ...after].join();
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      return numbers.get(key) ?? 0;
    });
    if (numbers.size === size) return classes;
    size = numbers.size;
  }
}
