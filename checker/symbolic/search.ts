import { memoryMaxBytesDefault } from '../bounds.ts';
import { Ledger } from '../ledger.ts';
import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import type { Exploration, SearchOptions } from '../options.ts';
import { stateOf } from '../store/slots.ts';
import type { Report, Stop } from '../verdict.ts';
import { Diagrams, none } from './diagrams.ts';
import { Frame } from './frame.ts';
import { Knowledge } from './knowledge.ts';
import { Lessons } from './lessons.ts';
import { nearest, wayTo } from './path-finder.ts';
import { Saturation } from './saturation.ts';
import { scout } from './scout.ts';
import { Steps } from './steps.ts';

const progressEveryMs = 1_000;

/** Thrown where a limit is reached. */
class Stopped extends Error {
  readonly by: Stop;

  constructor(by: Stop) {
    super(`stopped by ${by}`);
    this.by = by;
  }
}

/**
 * The engine for products of loosely coupled parts: sets of states are decision diagrams, and what the actions do to whole
 * sets is learnt, like what the fast engine learns, from what recipes read. Exact: the set is the one that the other engines
 * list. It takes as much memory as the diagrams have nodes, whatever the number of states.
 *
 * Not told: the depth, and shortest counterexamples. Rules about steps are `unknown`.
 *
 * @throws ModelError as the other engines do
 */
export function exploreSymbolic<S extends object, A>(
  model: Model<S, A>,
  options: SearchOptions = {},
): Exploration<S> {
  assertSymbolic(options);
  const search = new SymbolicSearch(model, options);
  return { report: search.run(), states: () => search.states(), coverage: null };
}

/** @throws ModelError for options that this engine cannot take */
function assertSymbolic({ limits = {}, reduction, onLevel, resume, crew }: SearchOptions): void {
  const { depthMax, statesMax, stopAtViolation } = limits;
  const others = [
    ...(reduction === 'symmetry' ? ['symmetry'] : []),
    ...(depthMax !== undefined || statesMax !== undefined || stopAtViolation
      ? ['a limit of depth, states or violations']
      : []),
    ...(onLevel || resume ? ['a checkpoint'] : []),
    ...(crew ? ['threads'] : []),
  ];
  if (others.length === 0) return;
  throw new ModelError(
    `the symbolic engine cannot have that (got ${others.join(', ')}, allowed the reduction unread, and limits of time and memory): use the fast one`,
  );
}

/** A closed set of states and what it was found with. */
interface Closed<S extends object, A> {
  readonly states: number;
  readonly initial: number;
  readonly sets: Diagrams;
  readonly frame: Frame;
  readonly known: Knowledge<S, A>;
  readonly steps: Steps;
}

class SymbolicSearch<S extends object, A> {
  readonly #model: Model<S, A>;
  readonly #options: SearchOptions;
  readonly #lessons: Lessons<S, A>;
  readonly #ledger: Ledger<S, A>;
  readonly #sets = new Diagrams((now) => this.#watch(now));
  readonly #startMs = performance.now();
  #toldMs = 0;
  #bytes = 0;
  #closed: Closed<S, A> | null = null;

  constructor(model: Model<S, A>, options: SearchOptions) {
    this.#model = model;
    this.#options = options;
    this.#lessons = new Lessons(model, options.reduction !== 'unread');
    this.#ledger = new Ledger(model);
  }

  run(): Report<S> {
    const rules = this.#model.actions.length + this.#lessons.claims.length;
    try {
      scout(this.#model, this.#lessons, () => this.#watchClock());
      for (;;) {
        this.#closed = this.#attempt(rules);
        if (this.#closed) return this.#report(this.#closed);
      }
    } catch (error) {
      if (error instanceof Stopped) return this.#stopped(error.by);
      throw error;
    }
  }

  /** Every state, where the search was complete; what nobody reads is as it was at first. */
  *states(): Iterable<S> {
    if (!this.#closed) return;
    const { sets, states, frame } = this.#closed;
    const { slots } = this.#lessons;
    for (const tuple of sets.tuples(states, frame.depth))
      yield stateOf(
        slots,
        slots.map((_, slot) => (frame.has(slot) ? (tuple[frame.level(slot)] as number) : 0)),
      ) as S;
  }

  /** Closes the set of the initial state and judges it; null where a slot turned out to matter that was left out. */
  #attempt(rules: number): Closed<S, A> | null {
    const { actions, symmetry } = this.#model;
    const frame = new Frame(this.#lessons.values, this.#lessons, symmetry);
    const sets = this.#sets;
    sets.clear();
    const known = new Knowledge(this.#lessons, rules, frame, sets);
    const initial = sets.single(new Int32Array(frame.depth));
    const states = new Saturation(sets, frame, known as never, actions.length).close(initial);
    if (known.isOutgrown) return null;
    const closed = { states, initial, sets, frame, known, steps: new Steps(sets, frame, known.relations) };
    const resting = this.#resting(closed);
    for (const { rule, property } of this.#lessons.claims)
      known.complete(rule, this.#model.properties[property]?.kind === 'quiescent' ? resting : states, 0);
    if (known.isOutgrown) return null;
    this.#assertClosed(closed);
    this.#judge(closed);
    return closed;
  }

  /** What the search rests on, looked at once more from the outside. */
  #assertClosed({ states, sets, known, steps }: Closed<S, A>): void {
    for (const [action] of this.#model.actions.entries()) {
      known.complete(action, states, 0);
      if (sets.minus(steps.image(states, known.effects[action] as number), states) !== none)
        throw new ModelError('a set of states is not closed: a bug of the checker, please report it');
    }
  }

  #judge(closed: Closed<S, A>): void {
    const { states, sets, known } = closed;
    const resting = this.#resting(closed);
    for (const claim of this.#lessons.claims) {
      const kind = this.#model.properties[claim.property]?.kind;
      if (!this.#ledger.isOpen(claim.property)) continue;
      const among = kind === 'quiescent' ? resting : states;
      const deciding = closed.steps.image(
        among,
        (kind === 'sometimes' ? known.yes : known.no)[claim.rule] as number,
      );
      if (deciding === none) continue;
      const at = { states: sets.size(states), transitions: 0 };
      this.#ledger.decide(claim, at, this.#wayInto(closed, deciding));
    }
  }

  /** The quiescent states. */
  #resting({ states, sets, known, steps }: Closed<S, A>): number {
    return this.#model.actions.reduce(
      (rest, action, i) =>
        this.#model.progress(action) ? sets.minus(rest, steps.image(rest, known.yes[i] as number)) : rest,
      states,
    );
  }

  /** A short way into a set of states. */
  #wayInto({ initial: from, sets, frame, known, steps, states: among }: Closed<S, A>, set: number): number[] {
    const to = sets.single(nearest(sets, set, frame.depth));
    const effects = known.effects.slice(0, this.#model.actions.length);
    return wayTo(sets, steps, { from, to, among, effects });
  }

  #report(closed: Closed<S, A>): Report<S> {
    const { states, sets, known, steps } = closed;
    const counted = new Map<number, number>();
    const size = (set: number): number => sets.size(set, counted);
    const taken = this.#model.actions.map((_, i) => size(steps.image(states, known.yes[i] as number)));
    const transitions = taken.reduce((sum, times) => sum + times, 0);
    const counts = { states: size(states), transitions, quiescent: size(this.#resting(closed)), taken };
    return { ...this.#told(null, counts), nodes: sets.nodesOf(states) };
  }

  #stopped(by: Stop): Report<S> {
    return this.#told(by, {
      states: 0,
      transitions: 0,
      quiescent: 0,
      taken: this.#model.actions.map(() => 0),
    });
  }

  #told(
    stoppedBy: Stop,
    counts: Pick<Report<S>, 'states' | 'transitions' | 'quiescent' | 'taken'>,
  ): Report<S> {
    const { limits = {}, reduction = null } = this.#options;
    const bytes = this.#bytes;
    const elapsedMs = performance.now() - this.#startMs;
    const end = { ...counts, depth: 0, queue: 0, bytes, elapsedMs };
    const results = this.#ledger.results(end, stoppedBy).map((result) => {
      const isUnjudged = result.property.kind === 'step' && result.verdict === 'holds';
      return isUnjudged ? { ...result, verdict: 'unknown' as const } : result;
    });
    const about = { model: this.#model.name, engine: 'symbolic' as const, limits, reduction, stoppedBy };
    return { ...about, ...counts, results, represented: counts.states, depth: null, bytes, elapsedMs };
  }

  /** @returns for how long the search has gone on */
  #watchClock(): number {
    const { timeoutMs = Infinity } = this.#options.limits ?? {};
    const elapsedMs = performance.now() - this.#startMs;
    if (elapsedMs >= timeoutMs) throw new Stopped('time');
    return elapsedMs;
  }

  /** Looks at the clock and at the memory, now and then. */
  #watch(sets: Diagrams): void {
    const { memoryMaxBytes = memoryMaxBytesDefault } = this.#options.limits ?? {};
    const elapsedMs = this.#watchClock();
    this.#bytes = Math.max(this.#bytes, sets.bytes);
    if (sets.bytes >= memoryMaxBytes) throw new Stopped('memory');
    if (elapsedMs - this.#toldMs < progressEveryMs) return;
    this.#toldMs = elapsedMs;
    const none = { states: 0, transitions: 0, queue: 0, depth: 0 };
    this.#options.onProgress?.({ ...none, elapsedMs, bytes: sets.bytes, nodes: sets.count });
  }
}
