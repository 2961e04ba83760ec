import { StateGraph } from '../../checker/index.ts';
import { execOf, type ObservedEvent } from '../../conformance/log/observed.ts';
import {
  type AnyAction,
  type Bound,
  containerOf,
  type Event,
  logRules,
  observedModelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';

/** Random runs of a revision: its logs, and the rules about logs that they break. */
export class Runs {
  readonly #graph: StateGraph<Service, AnyAction>;
  readonly #eventsOf: (number: number) => unknown;

  constructor(revision: Revision, b: Bound) {
    this.#graph = new StateGraph(observedModelOf(revision, b));
    this.#eventsOf = this.#graph.reader(['events']);
  }

  /** The events of a run. */
  walk(choices: readonly number[]): Event[] {
    return this.#walk(choices).log;
  }

  run(choices: readonly number[]): { log: Event[]; broken: string[] } {
    const { log, at } = this.#walk(choices);
    const state = this.#graph.state(at);
    const rules = new Set(logRules.map(({ name }) => name));
    const broken = this.#graph.model.properties
      .filter((p) => rules.has(p.name) && p.subjects.some((subject) => !p.check(state, subject, state)))
      .map(({ name }) => name);
    return { log, broken };
  }

  #walk(choices: readonly number[]): { log: Event[]; at: number } {
    let at = 0;
    const log: Event[] = [];
    for (const choice of choices) {
      const edges = this.#graph.edges(at);
      const edge = edges[choice % Math.max(edges.length, 1)];
      if (!edge) break;
      at = edge.to;
      log.push(...(this.#eventsOf(at) as Event[]));
    }
    return { log, at };
  }
}

/** The event as a watcher would have it. */
export function observed({ topic, process, pid }: Event, i: number): ObservedEvent {
  const container = containerOf(process);
  return {
    namespace: 'n',
    topic,
    container,
    exec: execOf(process),
    pid,
    exitStatus: null,
    at: `event ${i + 1}`,
    timeUs: null,
  };
}
