/**
 * Finds violations that a tester can bring about from outside a real shim.
 *
 * The tester decides when a client calls, when the OCI runtime does its work, returns or fails, and when a process
 * dies. It does not decide when the shim takes its own steps: those come at once. So the search lets the world take a
 * step only where the shim has none left, and no zombie is left to reap. The world's steps on a path are a schedule.
 */
import { StateGraph } from '../../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  containerOf,
  isInit,
  labelOf,
  observedModelOf,
  type Revision,
  type Service,
  targetOf,
} from '../../spec/index.ts';

/** The steps that a tester takes, and what the specification says will come of them. */
export interface Schedule {
  readonly revision: string;
  readonly bound: Bound;
  /** The rule of the specification that it is to break. */
  readonly property: string;
  readonly subject: string;
  /** The steps of the world: clients, OCI runtime, deaths. */
  readonly steps: readonly AnyAction[];
  /** The whole path, the shim's own steps included, by label. */
  readonly trace: readonly string[];
  /**
   * Whether the rule breaks in whichever order the shim takes its own steps. If not it takes luck, and the schedule is
   * worth trying more than once.
   */
  readonly isForced: boolean;
}

/** Whether a tester decides when this happens. All other actions happen at once, by themselves. */
export function isSteered({ type }: AnyAction): boolean {
  return type.startsWith('Client') || type.startsWith('Runc') || type === 'ProcessExits';
}

/** How many paths that take luck are looked at, in the hope of one that is forced. */
const luckyMax = 12;

/** The states of a revision within a bound, where the shim takes its steps at once. */
export class SteeredGraph {
  readonly revision: Revision;
  readonly bound: Bound;
  readonly #graph: StateGraph<Service, AnyAction>;
  readonly #initStatus = new Map<string, (number: number) => unknown>();

  constructor(revision: Revision, bound: Bound) {
    this.revision = revision;
    this.bound = bound;
    this.#graph = new StateGraph(observedModelOf(revision, bound));
  }

  /**
   * Finds a short schedule for each rule that can be broken: one that breaks it for an init, and one for an exec or a
   * call. Prefers forced schedules.
   *
   * @param statesMax how many states to look at, the nearest first
   */
  schedules(names: ReadonlySet<string>, statesMax: number): Schedule[] {
    const rules = this.#graph.model.properties.filter(({ name }) => names.has(name));
    const found = new Map<string, { best: Schedule; tries: number }>();
    const from = new Map<number, { before: number; action: number }>([[0, { before: -1, action: -1 }]]);
    for (const number of from.keys()) {
      if (from.size > statesMax) break;
      const edges = this.edges(number);
      const atRest = this.#graph.edges(number).every(({ action }) => !this.#isProgress(action));
      const state = this.#graph.state(number);
      for (const rule of rules) {
        if (rule.kind === 'quiescent' && !atRest) continue;
        for (const subject of rule.subjects.filter((each) => !rule.check(state, each, state))) {
          const key = `${rule.name} ${isInit(subject)}`;
          const { best, tries = 0 } = found.get(key) ?? {};
          if (best?.isForced || tries >= luckyMax) continue;
          const schedule = this.#scheduleTo(number, from, rule.name, subject);
          found.set(key, { best: best && !schedule.isForced ? best : schedule, tries: tries + 1 });
        }
      }
      for (const { action, to } of edges) if (!from.has(to)) from.set(to, { before: number, action });
    }
    return [...found.values()].map(({ best }) => best);
  }

  /** The steps that a state enables: the shim's own, or the world's where the shim has none. */
  edges(number: number): readonly { action: number; to: number }[] {
    const all = this.#graph
      .edges(number)
      .filter(({ action }) => this.#canBeSteered(this.#actionOf(action), number));
    const own = all.filter(({ action }) => !isSteered(this.#actionOf(action)));
    return own.length > 0 ? own : all;
  }

  /**
   * Walks a path: the shim takes its own steps until it is at rest, then the next choice picks one of the world's.
   *
   * @returns the world's steps
   */
  walk(choices: readonly number[]): AnyAction[] {
    let number = this.#restFrom(0);
    const steps: AnyAction[] = [];
    for (const choice of choices) {
      const edges = this.edges(number);
      const edge = edges[choice % Math.max(edges.length, 1)];
      if (!edge) break;
      steps.push(this.#actionOf(edge.action));
      number = this.#restFrom(edge.to);
    }
    return steps;
  }

  /**
   * A path with these steps of the world, on which the shim takes its own in the order of the table. It ends where a step
   * cannot be taken.
   */
  path(steps: readonly AnyAction[]): AnyAction[] {
    const path: AnyAction[] = [];
    let number = this.#restFrom(0, path);
    for (const step of steps) {
      const label = labelOf(step);
      const edge = this.edges(number).find(({ action }) => labelOf(this.#actionOf(action)) === label);
      if (!edge) break;
      path.push(step);
      number = this.#restFrom(edge.to, path);
    }
    return path;
  }

  /** Lets the shim take its steps until it is at rest, and adds them to a path. */
  #restFrom(number: number, path: AnyAction[] = []): number {
    let at = number;
    for (;;) {
      const own = this.edges(at).find(({ action }) => !isSteered(this.#actionOf(action)));
      if (!own) return at;
      path.push(this.#actionOf(own.action));
      at = own.to;
    }
  }

  /** Whether every path with these steps of the world breaks the rule, in whichever order the shim takes its own. */
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

  /**
   * Lets the shim take its steps until it is at rest. Counts the paths that reach a state where `isBroken`, and leaves
   * them.
   */
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

  /**
   * The gate holds the runtime before it looks whether the init is alive. So an exec of a dead container cannot be made
   * to fork.
   */
  #canBeSteered({ type, call = '' }: AnyAction, number: number): boolean {
    if (type !== 'RuncForks' || isInit(targetOf(call))) return true;
    const container = containerOf(targetOf(call));
    this.#initStatus.set(
      container,
      this.#initStatus.get(container) ?? this.#graph.reader(['kernel', container, 'status']),
    );
    return this.#initStatus.get(container)?.(number) === 'alive';
  }

  #actionOf(action: number): AnyAction {
    return this.#graph.model.actions[action] as AnyAction;
  }

  #isProgress(action: number): boolean {
    return this.#graph.model.progress(this.#actionOf(action));
  }
}
