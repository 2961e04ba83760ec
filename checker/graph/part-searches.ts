import { memoryMaxBytesDefault } from '../bounds.ts';
import type { Limits, Watching } from '../limits.ts';
import type { Model } from '../model.ts';
import { grown, ownWords } from '../store/words.ts';
import { edgeSize, JudgedGraph } from './judged-graph.ts';

/** A part of a model: a model with some of its actions, and with claims about some of its subjects. */
export interface Part<A> {
  readonly has: (action: A) => boolean;
  /** The properties that are judged, and whom they are about there. */
  readonly claims: ReadonlyMap<string, readonly string[]>;
}

/** A property that a part breaks, by a shortest counterexample. */
export interface PartBreach<A> {
  readonly subject: string;
  readonly trace: readonly A[];
}

/** What the search of a part has found. */
export interface PartReport<A> {
  /** Why it did not see everything; null where it did. */
  readonly stoppedBy: 'states' | 'time' | 'memory' | 'interrupt' | null;
  /** Distinct states. */
  readonly states: number;
  readonly breaches: ReadonlyMap<string, PartBreach<A>>;
}

/** The limits that a search of a part knows. */
export type PartLimits = Pick<Limits, 'statesMax' | 'timeoutMs' | 'memoryMaxBytes'>;

/** More states than this are not kept from one search to the next. */
const keptMax = 1_000_000;

/** How many states are looked at between two looks at the clock. */
const clockEvery = 512;

/**
 * Searches parts of a model, breadth first, one after the other. What one has learnt and met serves the next: a state is
 * expanded and judged once for all of them.
 *
 * Why: `explore` learns each step anew, which takes most of the time of a small search.
 *
 * The result of a search is a function of the part and the limits, unless time, memory or `isCancelled` ended it.
 */
export class PartSearches<S extends object, A> {
  readonly #model: Model<S, A>;
  #graph: JudgedGraph<S, A>;
  /** For each state the last search that found it, the state from which, and by which of its steps. */
  #found: Int32Array = new Int32Array(4096);
  #parents: Int32Array = new Int32Array(4096);
  #by: Int32Array = new Int32Array(4096);
  #search = 0;

  constructor(model: Model<S, A>) {
    this.#model = model;
    this.#graph = new JudgedGraph(model);
  }

  get #bytes(): number {
    return this.#graph.bytes + 12 * this.#found.length;
  }

  /** @throws ModelError for a bug in the model */
  search(part: Part<A>, limits: PartLimits, isCancelled: Watching['isCancelled']): PartReport<A> {
    const { memoryMaxBytes = memoryMaxBytesDefault } = limits;
    // What others have left must not end this search.
    if (this.#graph.size > keptMax || this.#bytes > memoryMaxBytes / 2) this.#forget();
    this.#search++;
    const { model } = this.#graph;
    const has = Uint8Array.from(model.actions, (action) => (part.has(action) ? 1 : 0));
    const progress = Uint8Array.from(model.actions, (action) => (model.progress(action) ? 1 : 0));
    const verdicts = new Verdicts(this.#graph, part.claims);
    const queue = [0];
    this.#mark(0, 0, 0);
    verdicts.take(this.#graph.brokenIn(0), 0, null);
    const stoppedBy = this.#expandAll(queue, { has, progress, verdicts }, limits, isCancelled);
    const trace = (at: number, last: number | null): A[] => this.#traceTo(at, last);
    return { stoppedBy, states: queue.length, breaches: verdicts.breaches(trace) };
  }

  #expandAll(
    queue: number[],
    { has, progress, verdicts }: { has: Uint8Array; progress: Uint8Array; verdicts: Verdicts<S, A> },
    { statesMax = Infinity, timeoutMs = Infinity, memoryMaxBytes = memoryMaxBytesDefault }: PartLimits,
    isCancelled: Watching['isCancelled'],
  ): PartReport<A>['stoppedBy'] {
    const graph = this.#graph;
    const end = performance.now() + timeoutMs;
    let levelEnd = 1;
    for (let head = 0; head < queue.length; head++) {
      const isFull = queue.length >= statesMax;
      // The rest of a level is looked at: what rests there, and which steps break a claim.
      if (head === levelEnd && isFull) break;
      if (head === levelEnd) levelEnd = queue.length;
      if (head % clockEvery === 0) {
        if (isCancelled?.()) return 'interrupt';
        if (performance.now() >= end) return 'time';
        if (this.#bytes >= memoryMaxBytes) return 'memory';
      }
      const number = queue[head] as number;
      const [from, to] = graph.stepsOf(number);
      let isResting = true;
      for (let edge = from; edge < to; edge += edgeSize) {
        const action = graph.edges[edge] as number;
        if (has[action] === 0) continue;
        if (progress[action] === 1) isResting = false;
        verdicts.take(graph.brokenBy(edge), number, edge);
        if (queue.length >= statesMax) continue;
        const after = graph.after(number, edge);
        if (this.#found[after] === this.#search) continue;
        this.#mark(after, number, edge);
        queue.push(after);
        verdicts.take(graph.brokenIn(after), after, null);
      }
      if (isResting) verdicts.take(graph.brokenAtRest(number), number, null);
    }
    return queue.length >= statesMax ? 'states' : null;
  }

  #mark(number: number, from: number, edge: number): void {
    if (number >= this.#found.length) {
      this.#found = grown(this.#found, number + 1, ownWords);
      this.#parents = grown(this.#parents, number + 1, ownWords);
      this.#by = grown(this.#by, number + 1, ownWords);
    }
    this.#found[number] = this.#search;
    this.#parents[number] = from;
    this.#by[number] = edge;
  }

  /** The way of this search to a state, and a last step where one is given. */
  #traceTo(number: number, last: number | null): A[] {
    const edges = last === null ? [] : [last];
    for (let at = number; at > 0; at = this.#parents[at] as number) edges.push(this.#by[at] as number);
    const { model, edges: words } = this.#graph;
    return edges.reverse().map((edge) => model.actions[words[edge] as number] as A);
  }

  #forget(): void {
    this.#graph = new JudgedGraph(this.#model);
    this.#found = new Int32Array(4096);
    this.#parents = new Int32Array(4096);
    this.#by = new Int32Array(4096);
    this.#search = 0;
  }
}

/** What is decided of a part's properties. */
class Verdicts<S extends object, A> {
  readonly #graph: JudgedGraph<S, A>;
  /** By a property's index: whom it is about, or null where it is decided, or not judged. */
  readonly #open: (ReadonlySet<string> | null)[];
  readonly #decided = new Map<string, { subject: string; at: number; last: number | null }>();

  constructor(graph: JudgedGraph<S, A>, claims: Part<A>['claims']) {
    this.#graph = graph;
    this.#open = graph.model.properties.map(({ name }) => {
      const subjects = claims.get(name);
      return subjects ? new Set(subjects) : null;
    });
  }

  /** @param last the step that breaks them, for claims about steps */
  take(broken: ReturnType<JudgedGraph<S, A>['brokenIn']>, at: number, last: number | null): void {
    for (const { property, subject } of broken) {
      if (!this.#open[property]?.has(subject)) continue;
      this.#open[property] = null;
      this.#decided.set(this.#graph.model.properties[property]?.name ?? '', { subject, at, last });
    }
  }

  breaches(traceTo: (at: number, last: number | null) => A[]): Map<string, PartBreach<A>> {
    return new Map(
      [...this.#decided].map(([name, { subject, at, last }]) => [
        name,
        { subject, trace: traceTo(at, last) },
      ]),
    );
  }
}
