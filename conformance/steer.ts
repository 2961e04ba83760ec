/**
 * Finds violations that can be brought about from outside a real shim.
 *
 * A tester of a real shim decides when a client calls, when the OCI runtime does its work, returns or fails, and when
 * a process dies. It does not decide when the shim takes its own steps: those come at once. So the search gives the
 * shim's steps, and the reaping of zombies, precedence over the world's; what is left of the world's steps on a path
 * is a schedule.
 */
import { StateGraph } from '../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  observedModelOf,
  type Revision,
  type Service,
} from '../spec/index.ts';

/** What a tester does, one step after the other, and what the specification says will come of it. */
export interface Schedule {
  readonly revision: string;
  readonly bound: Bound;
  /** The rule of the specification that it is meant to break. */
  readonly property: string;
  readonly subject: string;
  /** The world's steps. */
  readonly steps: readonly AnyAction[];
  /** The whole path, the shim's own steps included, by label. */
  readonly trace: readonly string[];
  /**
   * Whether every way in which the shim can take its own steps breaks the rule; else it takes luck, and the schedule
   * is worth trying more than once.
   */
  readonly isForced: boolean;
}

/** Whether a tester decides when this happens; the rest happens by itself, at once. */
export function isSteered({ type }: AnyAction): boolean {
  return type.startsWith('Client') || type.startsWith('Runc') || type === 'ProcessExits';
}

const statesMax = 300_000;

/** A revision within a bound, whose shim takes its steps at once. */
export class SteeredGraph {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly #graph: StateGraph<Service, AnyAction>;

  constructor(revision: Revision, bound: Bound) {
    this.revision = revision;
    this.bound = bound;
    this.#graph = new StateGraph(observedModelOf(revision, bound));
  }

  /** The shortest schedule for each rule that can be broken, by its name. Stops looking after 300,000 states. */
  schedules(names: ReadonlySet<string>): Map<string, Schedule> {
    const rules = this.#graph.model.properties.filter(({ name }) => names.has(name));
    const found = new Map<string, Schedule>();
    const from = new Map<number, { before: number; action: number }>([[0, { before: -1, action: -1 }]]);
    for (const number of from.keys()) {
      if (from.size > statesMax) break;
      const edges = this.edges(number);
      const atRest = edges.every(({ action }) => !this.#isProgress(action));
      const state = this.#graph.state(number);
      for (const rule of rules) {
        if (found.get(rule.name)?.isForced || (rule.kind === 'quiescent' && !atRest)) continue;
        const subject = rule.subjects.find((each) => !rule.check(state, each, state));
        if (subject === undefined) continue;
        const schedule = this.#scheduleTo(number, from, rule.name, subject);
        if (!found.has(rule.name) || schedule.isForced) found.set(rule.name, schedule);
      }
      for (const { action, to } of edges) if (!from.has(to)) from.set(to, { before: number, action });
    }
    return found;
  }

  /** The steps that a state enables where the shim does not wait. */
  edges(number: number): readonly { action: number; to: number }[] {
    const all = this.#graph.edges(number);
    const own = all.filter(({ action }) => !isSteered(this.#actionOf(action)));
    return own.length > 0 ? own : all;
  }

  /**
   * Whether every path with these steps of the world breaks the rule in the end, however the shim takes its own.
   */
  isForced(steps: readonly AnyAction[], property: string): boolean {
    const rule = this.#graph.model.properties.find(({ name }) => name === property);
    if (!rule) return false;
    const breaks = (number: number): boolean => {
      const state = this.#graph.state(number);
      return rule.subjects.some((subject) => !rule.check(state, subject, state));
    };
    const isLasting = rule.kind === 'quiescent';
    let broken = 0;
    let states = new Set([0]);
    for (const step of [...steps, null]) {
      const settled = this.#settle(states, isLasting ? () => false : breaks);
      broken += settled.broken;
      if (step === null) {
        if (settled.states.size === 0) return broken > 0;
        return isLasting && [...settled.states].every(breaks);
      }
      const label = labelOf(step);
      states = new Set(
        [...settled.states].flatMap((number) =>
          this.edges(number).flatMap(({ action, to }) =>
            labelOf(this.#actionOf(action)) === label ? [to] : [],
          ),
        ),
      );
      if (states.size < settled.states.size && states.size === 0) return broken > 0;
    }
    return false;
  }

  /** Lets the shim take its steps; a path is left where `isBroken`. */
  #settle(
    states: ReadonlySet<number>,
    isBroken: (number: number) => boolean,
  ): { states: Set<number>; broken: number } {
    const seen = new Set(states);
    const settled = new Set<number>();
    let broken = 0;
    for (const number of seen) {
      if (isBroken(number)) {
        broken++;
        continue;
      }
      const own = this.edges(number).filter(({ action }) => !isSteered(this.#actionOf(action)));
      if (own.length === 0) settled.add(number);
      for (const { to } of own) seen.add(to);
    }
    return { states: settled, broken };
  }

  #scheduleTo(
    number: number,
    from: ReadonlyMap<number, { before: number; action: number }>,
    property: string,
    subject: string,
  ): Schedule {
    const path: AnyAction[] = [];
    for (let at = from.get(number); at && at.before >= 0; at = from.get(at.before))
      path.unshift(this.#actionOf(at.action));
    const steps = path.filter(isSteered);
    return {
      revision: this.revision.slug,
      bound: this.bound,
      property,
      subject,
      steps,
      trace: path.map(labelOf),
      isForced: this.isForced(steps, property),
    };
  }

  #actionOf(action: number): AnyAction {
    return this.#graph.model.actions[action] as AnyAction;
  }

  #isProgress(action: number): boolean {
    return this.#graph.model.progress(this.#actionOf(action));
  }
}
