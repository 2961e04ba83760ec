import { ModelError } from '../misuse.ts';
import type { StateGraph } from './state-graph.ts';

/** How the states of a large model are seen in a small one: equal texts are one state of the small one. */
export interface View<S> {
  /** How reports call it. */
  readonly name: string;
  /** What of a state of the large model is seen. */
  readonly of: (state: S) => string;
}

/** What was found of one view. */
export interface Refinement<A = unknown> {
  /** The view's name. */
  readonly view: string;
  /** Different pairs of what is seen before and after a step, those left out in which nothing changes. */
  readonly steps: number;
  /** States of the small model that are seen. */
  readonly seen: number;
  /** The first thing that the small model cannot do, and how the large one comes to do it; null where there is none. */
  readonly mismatch: Mismatch<A> | null;
}

/** What a small model cannot do and the large one can. */
export interface Mismatch<A = unknown> {
  /** It begins otherwise; a step has no counterpart; or it rests where the small one is bound to go on. */
  readonly kind: 'begin' | 'step' | 'rest';
  /** The large model's actions from its initial state; the last is the step without a counterpart. */
  readonly trace: readonly A[];
  /** What is seen where it happens, and after a step. */
  readonly seen: readonly string[];
}

/**
 * A small model, found where somebody looks, by what is seen of its states. The example stands at
 * {@link checkRefinement}.
 */
export class Abstract<T extends object, B> {
  readonly #graph: StateGraph<T, B>;
  readonly #of: (state: T) => string;
  readonly #views = new Map<number, string>();
  readonly #after = new Map<number, ReadonlyMap<string, number>>();
  readonly #mayRest = new Map<number, boolean>();

  /** @param of what of a state of the small model is seen; two of its states must not look the same */
  constructor(graph: StateGraph<T, B>, of: (state: T) => string) {
    this.#graph = graph;
    this.#of = of;
  }

  /** What is seen of state `number`. */
  view(number: number): string {
    const known = this.#views.get(number);
    if (known !== undefined) return known;
    const view = this.#of(this.#graph.state(number));
    this.#views.set(number, view);
    return view;
  }

  /** The states that a step leads to, by what is seen of them. */
  after(number: number): ReadonlyMap<string, number> {
    return this.#after.get(number) ?? this.#expand(number);
  }

  /** Whether nothing is bound to happen in state `number`. */
  mayRest(number: number): boolean {
    this.after(number);
    return this.#mayRest.get(number) ?? false;
  }

  #expand(number: number): ReadonlyMap<string, number> {
    const { actions, progress } = this.#graph.model;
    const after = new Map<string, number>();
    let mayRest = true;
    for (const { action, to } of this.#graph.edges(number)) {
      if (progress(actions[action] as B)) mayRest = false;
      const view = this.view(to);
      if ((after.get(view) ?? to) !== to)
        throw new ModelError(`two states of ${this.#graph.model.name} look the same: ${view}`);
      after.set(view, to);
    }
    this.#after.set(number, after);
    this.#mayRest.set(number, mayRest);
    return after;
  }
}

/**
 * Whether a small model can do everything that a large one does, seen through each of `views`: it begins alike, every
 * step of the large one is a step of the small one or changes nothing that is seen, and where the large one may rest,
 * so may the small one. Then what holds in the small model, in every state or in every state at rest, holds of
 * what is seen of the large one.
 *
 * @param large is explored whole
 * @example
 * ```ts
 * import { Abstract, checkRefinement, type Model, StateGraph } from 'shim-spec/checker';
 *
 * function clock(last: number): Model<{ minute: number }, 'tick'> {
 *   return {
 *     initial: { minute: 0 },
 *     actions: ['tick'],
 *     step: (s) => {
 *       s.minute = s.minute === last ? 0 : s.minute + 1;
 *       return true;
 *     },
 *     properties: [],
 *   };
 * }
 * // Seen by its quarters, a clock of minutes does what a clock of four steps does.
 * const quarters = new Abstract(new StateGraph(clock(3)), ({ minute }) => `${minute}`);
 * const view = { name: 'quarters', of: ({ minute }: { minute: number }) => `${Math.floor(minute / 15)}` };
 * const [found] = checkRefinement(new StateGraph(clock(59)), quarters, [view]);
 * console.log(found?.steps, found?.mismatch);
 * // 4 null
 * ```
 */
export function checkRefinement<S extends object, A, T extends object, B>(
  large: StateGraph<S, A>,
  small: Abstract<T, B>,
  views: readonly View<S>[],
): Refinement<A>[] {
  const seen = views.map((view) => new Seen<T, B, A>(view.name, small));
  const parents: number[] = [-1];
  const by: number[] = [-1];
  const { actions, progress } = large.model;
  const traceTo = (at: number): A[] => {
    const trace: A[] = [];
    for (let n = at; (parents[n] ?? -1) >= 0; n = parents[n] as number)
      trace.unshift(actions[by[n] as number] as A);
    return trace;
  };
  const look = (number: number): void => {
    const state = large.state(number);
    for (const [i, view] of views.entries()) seen[i]?.see(number, view.of(state));
  };
  look(0);
  for (const s of seen) s.begin();
  for (let from = 0; from < large.size; from++) {
    let mayRest = true;
    for (const { action, to } of large.edges(from)) {
      if (progress(actions[action] as A)) mayRest = false;
      if (to === parents.length) {
        parents.push(from);
        by.push(action);
        look(to);
      }
      for (const s of seen) s.step(from, to, () => [...traceTo(from), actions[action] as A]);
    }
    if (mayRest) for (const s of seen) s.rest(from, () => traceTo(from));
    large.forget(from);
  }
  return seen.map((s) => s.result());
}

/** One view of a large model. */
class Seen<T extends object, B, A> {
  readonly #name: string;
  readonly #small: Abstract<T, B>;
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** By the large model's state, the number of what is seen. */
  readonly #of: number[] = [];
  /** By the number of what is seen, the small model's state. */
  readonly #counterparts = new Map<number, number>();
  readonly #steps = new Set<number>();
  #mismatch: Mismatch<A> | null = null;

  constructor(name: string, small: Abstract<T, B>) {
    this.#name = name;
    this.#small = small;
  }

  see(number: number, text: string): void {
    const known = this.#numbers.get(text);
    this.#of[number] = known ?? this.#texts.push(text) - 1;
    if (known === undefined) this.#numbers.set(text, this.#texts.length - 1);
  }

  begin(): void {
    const text = this.#texts[0] ?? '';
    this.#counterparts.set(0, 0);
    if (this.#small.view(0) !== text)
      this.#mismatch = { kind: 'begin', trace: [], seen: [text, this.#small.view(0)] };
  }

  step(from: number, to: number, trace: () => A[]): void {
    const [before, after] = [this.#of[from] as number, this.#of[to] as number];
    const key = before * 2 ** 26 + after;
    if (before === after || this.#mismatch !== null || this.#steps.has(key)) return;
    this.#steps.add(key);
    const text = this.#texts[after] as string;
    const counterpart = this.#small.after(this.#counterparts.get(before) as number).get(text);
    if (counterpart === undefined)
      this.#mismatch = { kind: 'step', trace: trace(), seen: [this.#texts[before] as string, text] };
    else this.#counterparts.set(after, counterpart);
  }

  rest(number: number, trace: () => A[]): void {
    const at = this.#of[number] as number;
    if (this.#mismatch !== null || this.#small.mayRest(this.#counterparts.get(at) as number)) return;
    this.#mismatch = { kind: 'rest', trace: trace(), seen: [this.#texts[at] as string] };
  }

  result(): Refinement<A> {
    const seen = this.#counterparts.size;
    return { view: this.#name, steps: this.#steps.size, seen, mismatch: this.#mismatch };
  }
}
