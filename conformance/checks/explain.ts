/**
 * Trace validation: has the specification a behaviour with the calls, answers and events that an observer saw?
 *
 * The observer sees an answer or an event some time after it happened: calls overlap, and events come on a channel of
 * their own. Three things are certain. A call begins when it is sent. Everything seen before that had happened. Events
 * keep their order. The search keeps every state of the model that agrees with what was seen so far, each with how many
 * of the events it has published.
 */
import { type Edge, ModelError, StateGraph } from '../../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  type CallId,
  type Event,
  observedModelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';

/** One thing that the observer saw. */
export type Sighting =
  | { readonly kind: 'call'; readonly call: CallId }
  | { readonly kind: 'reply'; readonly call: CallId; readonly isError: boolean }
  | { readonly kind: 'event'; readonly event: Pick<Event, 'topic' | 'process'> };

/** What the search found. `unknown`: it was given up, or the model has no such call. */
export type Explanation =
  | { readonly verdict: 'explained'; readonly states: number; readonly violated: readonly string[] }
  | { readonly verdict: 'unknown'; readonly why: string }
  | {
      readonly verdict: 'rejected';
      /** The index of the first sighting that no behaviour has. */
      readonly at: number;
      /** The events that a behaviour could have published there instead. */
      readonly allowed: readonly string[];
    };

const statesMax = 400_000;

/** A state of the model that agrees with what was seen, and how many of the events it has published. */
interface Belief {
  readonly number: number;
  readonly published: number;
}

/** Searches for behaviours of `revision` that agree with what was seen, and judges their invariants. */
export function explain(revision: Revision, bound: Bound, seen: readonly Sighting[]): Explanation {
  const search = new Search(revision, bound, seen);
  try {
    return search.run();
  } catch (error) {
    if (error instanceof ModelError) return { verdict: 'unknown', why: error.message };
    throw error;
  }
}

class Search {
  readonly #graph: StateGraph<Service, AnyAction>;
  readonly #eventsOf: (number: number) => readonly Event[];
  readonly #seen: readonly Sighting[];
  readonly #events: readonly string[];
  readonly #pcs = new Map<CallId, (number: number) => unknown>();

  constructor(revision: Revision, bound: Bound, seen: readonly Sighting[]) {
    this.#graph = new StateGraph(observedModelOf(revision, bound), statesMax);
    this.#eventsOf = this.#graph.reader(['events']) as (number: number) => readonly Event[];
    this.#seen = seen;
    this.#events = seen.flatMap((each) => (each.kind === 'event' ? [nameOf(each.event)] : []));
  }

  run(): Explanation {
    let beliefs = this.#close([{ number: 0, published: 0 }]);
    let events = 0;
    for (const [at, sighting] of this.#seen.entries()) {
      if (sighting.kind === 'event') events++;
      else if (!this.#hasCall(sighting.call))
        return { verdict: 'unknown', why: `the model has no call ${sighting.call}` };
      const before = beliefs;
      beliefs = this.#after(beliefs, sighting, events);
      if (beliefs.length === 0 && sighting.kind === 'call')
        return {
          verdict: 'unknown',
          why: `the specification's clients do not send ${sighting.call} there`,
        };
      if (beliefs.length === 0) return { verdict: 'rejected', at, allowed: this.#allowed(before, events) };
    }
    return { verdict: 'explained', states: this.#graph.size, violated: this.#violated(beliefs) };
  }

  #after(beliefs: readonly Belief[], sighting: Sighting, events: number): Belief[] {
    if (sighting.kind === 'event') return beliefs.filter(({ published }) => published >= events);
    if (sighting.kind === 'reply') {
      const { call, isError } = sighting;
      const ends = isError ? ['refused', 'idle'] : ['answered', 'idle'];
      return beliefs.filter(({ number }) => ends.includes(String(this.#pcOf(call)(number))));
    }
    const begun = beliefs.flatMap(({ number, published }) =>
      this.#graph
        .edges(number)
        .filter((edge) => this.#isClients(edge) && this.#actionOf(edge).call === sighting.call)
        .map(({ to }) => ({ number: to, published })),
    );
    return this.#close(begun);
  }

  /** Adds every state that the steps of shim and world lead to, while they agree with the events. */
  #close(beliefs: readonly Belief[]): Belief[] {
    const found = new Map<number, Belief>();
    const visit = (belief: Belief): void => {
      found.set(belief.number * (this.#events.length + 1) + belief.published, belief);
    };
    beliefs.forEach(visit);
    for (const { number, published } of found.values()) {
      if (found.size > statesMax)
        throw new ModelError(`more than ${statesMax} states agree with what was seen`);
      for (const edge of this.#graph.edges(number)) {
        if (this.#isClients(edge)) continue;
        const next = this.#eventsOf(edge.to);
        const agrees = next.every((event, i) => this.#events[published + i] === nameOf(event));
        const key = edge.to * (this.#events.length + 1) + published + next.length;
        if (agrees && !found.has(key)) visit({ number: edge.to, published: published + next.length });
      }
    }
    return [...found.values()];
  }

  /** The events that a behaviour could have published in place of the last one that was seen. */
  #allowed(beliefs: readonly Belief[], events: number): string[] {
    const names = beliefs
      .filter(({ published }) => published === events - 1)
      .flatMap(({ number }) => this.#graph.edges(number))
      .filter((edge) => !this.#isClients(edge))
      .flatMap(({ to }) => this.#eventsOf(to).slice(0, 1).map(nameOf));
    return [...new Set(names)].toSorted();
  }

  /** The invariants that are broken in the end by every behaviour which agrees with what was seen. */
  #violated(beliefs: readonly Belief[]): string[] {
    let broken = this.#graph.model.properties.filter(({ kind }) => kind === 'always');
    for (const { number } of beliefs) {
      if (broken.length === 0) break;
      const state = this.#graph.state(number);
      broken = broken.filter((rule) => rule.subjects.some((subject) => !rule.check(state, subject, state)));
    }
    return broken.map(({ name }) => name);
  }

  #hasCall(call: CallId): boolean {
    return this.#graph.model.actions.some((action) => action.call === call);
  }

  #pcOf(call: CallId): (number: number) => unknown {
    const known = this.#pcs.get(call) ?? this.#graph.reader(['calls', call, 'pc']);
    this.#pcs.set(call, known);
    return known;
  }

  #isClients(edge: Edge): boolean {
    return this.#actionOf(edge).type.startsWith('Client');
  }

  #actionOf({ action }: Edge): AnyAction {
    return this.#graph.model.actions[action] as AnyAction;
  }
}

function nameOf({ topic, process }: Pick<Event, 'topic' | 'process'>): string {
  return `${topic} ${process}`;
}
