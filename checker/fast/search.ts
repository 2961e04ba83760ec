import { BoundWatch } from '../bounds.ts';
import { type Claim, Claims } from '../learning/claims.ts';
import { Effects } from '../learning/effects.ts';
import { Recorder } from '../learning/recorder.ts';
import { Steps } from '../learning/steps.ts';
import { Ledger, type OpenClaim } from '../ledger.ts';
import type { Progress } from '../limits.ts';
import type { Model } from '../model.ts';
import type { Exploration, SearchOptions } from '../options.ts';
import { originalWay } from '../reductions/decanonicalize.ts';
import { Symmetry } from '../reductions/symmetry.ts';
import type { Snapshot } from '../snapshot.ts';
import { Ancestry } from '../store/ancestry.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import { Store } from '../store/store.ts';
import { ownWords } from '../store/words.ts';
import type { Stop } from '../verdict.ts';
import type { Found } from './block-reader.ts';
import { BlockRun } from './block-run.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import type { Represent } from './expander.ts';
import { Ways } from './path-finder.ts';
import { assertSearchable, type Parts, restoreInto, snapshotOf, statesMaxOf } from './resume.ts';

/**
 * The engine that is fast: a state is a vector of small integers packed into a few words, a step is a walk
 * through a trie learnt from earlier runs of the recipe, and the visited set is open addressing over typed
 * arrays. Exact: recipes run on the model's own states, and states are compared whole.
 *
 * Not modelled: recipes that are not pure functions of what they read. Some of those are found out and
 * thrown as ModelError; a recipe that reads a clock, say, is not.
 */
export function exploreFast<S extends object, A>(
  model: Model<S, A>,
  options: SearchOptions = {},
): Exploration<S> {
  return new FastSearch(model, options).run();
}

class FastSearch<S extends object, A> {
  readonly #model: Model<S, A>;
  readonly #options: SearchOptions;
  readonly #watch: BoundWatch;
  readonly #slots: Slot[];
  readonly #effects: Effects;
  readonly #steps: Steps<S, A>;
  readonly #ancestry = new Ancestry();
  readonly #blocks: BlockRun<S, A>;
  readonly #ways: Ways<S, A>;
  readonly #store: Store;
  readonly #ledger: Ledger<S, A>;
  readonly #claims: Claims<S, A>;
  readonly #progresses: Int32Array;
  readonly #taken: Float64Array;
  readonly #symmetry: Symmetry<S, A> | null;
  #represented = 1;
  #transitions = 0;
  #quiescent = 0;
  /** The states before it have been expanded. */
  #head = 0;
  #depth = 0;
  /** Where the level ends that is being expanded. */
  #levelEnd = 1;

  constructor(model: Model<S, A>, options: SearchOptions) {
    assertSearchable(model, options);
    const { reduction, crew, limits } = options;
    const allocate = crew?.allocate ?? ownWords;
    this.#model = model;
    this.#options = options;
    this.#watch = new BoundWatch(options);
    this.#slots = slotsOf(model.initial);
    const recorder = new Recorder<S>(this.#slots);
    this.#effects = new Effects(allocate);
    const statesMax = statesMaxOf(limits);
    this.#store = new Store(this.#slots, crew ? { allocate, shares: crew.size, statesMax } : { statesMax });
    this.#ledger = new Ledger(model);
    this.#claims = new Claims(model, this.#ledger, recorder, this.#effects, allocate);
    const lessons = { slots: this.#slots, effects: this.#effects, store: this.#store };
    this.#steps = new Steps({ ...lessons, model, recorder, claims: this.#claims }, allocate);
    this.#progresses = allocate(model.actions.length);
    this.#progresses.set(model.actions.map((action) => (model.progress(action) ? 1 : 0)));
    this.#taken = new Float64Array(model.actions.length);
    this.#symmetry = reduction === 'symmetry' ? new Symmetry(model, this.#slots) : null;
    this.#claims.symmetry = this.#symmetry;
    this.#steps.symmetry = this.#symmetry;
    this.#ways = new Ways(this.#ancestry, this.#steps, this.#symmetry, this.#store);
    const parts = { steps: this.#steps, effects: this.#effects, claims: this.#claims, crew: crew ?? null };
    const more = { progresses: this.#progresses, ancestry: this.#ancestry, represent: this.#represent() };
    this.#blocks = new BlockRun<S, A>({ ...parts, ...more, allocate, store: this.#store });
  }

  run(): Exploration<S> {
    const stoppedBy = this.#search();
    const end = this.#progress();
    const { limits = {}, reduction = null, resume } = this.#options;
    return {
      report: {
        model: this.#model.name,
        engine: 'fast',
        results: this.#ledger.results(end, stoppedBy),
        stoppedBy,
        limits,
        reduction,
        states: end.states,
        represented: this.#represented,
        transitions: end.transitions,
        depth: end.depth,
        quiescent: this.#quiescent,
        bytes: end.bytes,
        elapsedMs: end.elapsedMs,
        taken: [...this.#taken],
      },
      states: () => this.#store.all() as Iterable<S>,
      // A search that went on from a checkpoint has not learnt the steps before; one with symmetry leaves steps out.
      coverage: reduction || resume ? null : () => this.#coverage(),
    };
  }

  #coverage(): Coverage {
    const { tries } = this.#steps;
    return coverageOf({ tries, slots: this.#slots, store: this.#store, states: this.#head });
  }

  /** Replaces states by their representatives; null where each stands for itself. */
  #represent(): Represent | null {
    const symmetry = this.#symmetry;
    if (!symmetry) return null;
    const numbers = new Int32Array(this.#slots.length);
    return (nodes) => {
      const { layout, tree, pairs } = this.#store;
      layout.unpack(nodes, 0, numbers);
      symmetry.canonicalize(numbers);
      layout.pack(numbers, nodes, 0);
      tree.fold(nodes, pairs);
      return symmetry.orbit;
    };
  }

  /** Expands block after block, in the order of discovery. */
  #search(): Stop {
    if (this.#options.resume) this.#restore(this.#options.resume);
    else this.#begin();
    const progress = (): Progress => this.#progress();
    while (this.#mayGoOn()) {
      const stop = this.#watch.stop(0, this.#store.count, this.#ledger.violated, progress);
      if (stop) return stop;
      this.#expand();
    }
    return this.#watch.depthWasReached ? 'depth' : null;
  }

  #begin(): void {
    this.#blocks.retool();
    const nodes = this.#store.nodes();
    this.#store.add(nodes);
    this.#judge(this.#claims.atStart(), nodes, { number: 0, states: 1, transitions: 0 });
  }

  /** Goes on where another search of the same model was. */
  #restore(saved: Snapshot): void {
    restoreInto(saved, this.#parts());
    this.#blocks.retool();
    this.#head = saved.head;
    this.#depth = saved.depth;
    this.#levelEnd = saved.store.count;
    this.#represented = saved.store.count;
    this.#transitions = saved.transitions;
    this.#quiescent = saved.quiescent;
  }

  #snapshot(): Snapshot {
    const counts = {
      head: this.#head,
      depth: this.#depth,
      transitions: this.#transitions,
      quiescent: this.#quiescent,
    };
    return snapshotOf(this.#parts(), counts, this.#watch);
  }

  #parts(): Parts {
    const parts = { slots: this.#slots, store: this.#store, claims: this.#claims, ancestry: this.#ancestry };
    return { ...parts, ledger: this.#ledger, taken: this.#taken };
  }

  /** Whether there is a state to expand. */
  #mayGoOn(): boolean {
    if (this.#head === this.#levelEnd && this.#head < this.#store.count) {
      this.#levelEnd = this.#store.count;
      this.#depth++;
      // Of a level that was cut off at so many states, the rest would never be found again.
      const { statesMax = Infinity } = this.#options.limits ?? {};
      if (this.#store.count < statesMax) this.#options.onLevel?.(() => this.#snapshot());
    }
    return this.#head < this.#store.count;
  }

  /** Expands the next states of the level, stores what is new, and judges it. */
  #expand(): void {
    const { depthMax = Infinity, statesMax = Infinity } = this.#options.limits ?? {};
    const isDeepest = this.#depth + 1 > depthMax;
    const found = this.#blocks.run(this.#head, this.#levelEnd - this.#head, isDeepest, statesMax);
    if (found.isTooDeep) this.#watch.mayGoDeeper(this.#depth + 1);
    this.#represented += found.represented;
    this.#quiescent += found.quiescent;
    for (const [action, times] of found.taken.entries()) (this.#taken[action] as number) += times;
    const before = this.#transitions;
    this.#transitions += found.transitions;
    this.#head += found.states;
    this.#judgeAll(found, before);
  }

  #judgeAll(found: Found, before: number): void {
    const nodes = this.#store.nodes();
    for (const { parent, leaf, number, transitions } of found.noted()) {
      const claims = this.#claims.after(leaf);
      if (claims.length === 0) continue;
      this.#store.load(this.#symmetry ? parent : number, nodes);
      if (this.#symmetry) this.#effects.carryOut(leaf, nodes);
      this.#judge(claims, nodes, { number, states: number + 1, transitions: before + transitions });
    }
    for (const { number, states, transitions } of this.#claims.atRest().length > 0 ? found.resting() : []) {
      this.#store.load(number, nodes);
      this.#judge(this.#claims.atRest(), nodes, { number, states, transitions: before + transitions });
    }
    for (const { number, states, transitions, action, leaf } of found.breaches()) {
      for (const claim of this.#effects.breaks[leaf] ?? []) {
        const at = { number, states, transitions: before + transitions };
        if (this.#ledger.isOpen(claim.property)) this.#decide(claim, at, action);
      }
    }
  }

  /** Judges the state that is packed in `nodes`, for which state `at.number` is stored. */
  #judge(claims: readonly Claim[], nodes: Int32Array, at: At): void {
    const { layout } = this.#store;
    for (const claim of claims) {
      if (!this.#claims.decides(claim, nodes, layout) || !this.#ledger.isOpen(claim.property)) continue;
      this.#decide(claim, at);
      this.#claims.refresh();
    }
  }

  /** @param then the step from the state that decides a claim about steps */
  #decide(claim: OpenClaim, at: At, then?: number): void {
    const last = then === undefined ? [] : [then];
    const way = this.#ways.to(at.number);
    if (this.#symmetry) {
      const { kind = '' } = this.#model.properties[claim.property] ?? {};
      const outcome = (from: number, action: number): Int32Array => this.#ways.outcome(from, action);
      const found = { last, kind, subject: claim.subject };
      const { subject, trace } = originalWay(way, this.#symmetry, outcome, found);
      this.#ledger.decide({ ...claim, subject }, at, trace);
    } else {
      this.#ledger.decide(claim, at, [...way.actions, ...last]);
    }
    this.#effects.settle((other) => this.#ledger.isOpen(other.property));
  }

  #progress(): Progress {
    const stored = this.#store.count;
    return {
      states: stored,
      transitions: this.#transitions,
      queue: stored - this.#head,
      depth: stored > this.#levelEnd ? this.#depth + 1 : this.#depth,
      elapsedMs: this.#watch.elapsedMs(),
      bytes: this.#store.bytes + this.#ancestry.bytes + this.#steps.tries.bytes + this.#claims.bytes,
    };
  }
}

/** Where something was decided, and how far the search was. */
interface At {
  readonly number: number;
  readonly states: number;
  readonly transitions: number;
}
