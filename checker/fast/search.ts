import { BoundWatch } from '../bounds.ts';
import { ClaimLearner } from '../learning/claim-learner.ts';
import { EffectTable } from '../learning/effects.ts';
import { Recorder } from '../learning/recorder.ts';
import { StepLearner } from '../learning/step-learner.ts';
import { Ledger } from '../ledger.ts';
import type { Progress } from '../limits.ts';
import type { Exploration } from '../options.ts';
import type { SearchPlan } from '../plan.ts';
import { Canonicalizer } from '../reductions/canonicalizer.ts';
import type { Snapshot } from '../snapshot.ts';
import { Ancestry } from '../store/ancestry.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import { Store } from '../store/store.ts';
import { ownWords } from '../store/words.ts';
import type { Stop } from '../verdict.ts';
import type { WholeModel } from '../whole-model.ts';
import { BlockRunner } from './block-runner.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { Judge } from './judge.ts';
import { PathFinder } from './path-finder.ts';
import { assertSearchable, restoreInto, type SavedParts, snapshotOf, statesMaxOf } from './resume.ts';
import type { Canonicalize } from './thread-parts.ts';

/**
 * The fast engine. It packs a state into a few words, learns what each action does from runs of its recipe, and takes
 * the same step again by table look-ups. README.md in this folder is the map. Exact: the recipes run on states of the
 * model, and states are compared whole, not by a hash.
 *
 * Not modelled: recipes that are not pure functions of what they read. The engine throws ModelError where two runs with
 * the same readings differ. It cannot notice a recipe that reads a clock, for example.
 */
export function exploreFast<S extends object, A>(
  model: WholeModel<S, A>,
  plan: SearchPlan,
): Exploration<S, A> {
  return new FastSearch(model, plan).run();
}

class FastSearch<S extends object, A> {
  readonly #model: WholeModel<S, A>;
  readonly #options: SearchPlan;
  readonly #watch: BoundWatch;
  readonly #slots: Slot[];
  readonly #steps: StepLearner<S, A>;
  readonly #ancestry = new Ancestry();
  readonly #blockRunner: BlockRunner<S, A>;
  readonly #store: Store;
  readonly #ledger: Ledger<S, A>;
  readonly #claims: ClaimLearner<S, A>;
  readonly #judge: Judge<S, A>;
  readonly #taken: Float64Array;
  #represented = 1;
  #transitions = 0;
  #quiescent = 0;
  /** Number of the next state to expand. */
  #head = 0;
  #depth = 0;
  /** Number behind the last state of the level that is being expanded. */
  #levelEnd = 1;

  constructor(model: WholeModel<S, A>, options: SearchPlan) {
    assertSearchable(model);
    const { reduction, crew = null, limits } = options;
    const allocate = crew?.allocate ?? ownWords;
    this.#model = model;
    this.#options = options;
    this.#watch = new BoundWatch(options);
    const slots = slotsOf(model.initial);
    const recorder = new Recorder<S>(slots);
    const effects = new EffectTable(allocate);
    const statesMax = statesMaxOf(limits);
    const store = new Store(slots, crew ? { allocate, shards: crew.size, statesMax } : { statesMax });
    const ledger = new Ledger(model);
    const claims = new ClaimLearner(model, ledger, recorder, effects, allocate);
    const steps = new StepLearner({ slots, effects, store, model, recorder, claims }, allocate);
    const canonicalizer = reduction === 'symmetry' ? new Canonicalizer(model, slots) : null;
    claims.canonicalizer = canonicalizer;
    steps.canonicalizer = canonicalizer;
    const ancestry = this.#ancestry;
    const pathFinder = new PathFinder(ancestry, steps, canonicalizer, store);
    const isProgress = allocate(model.actions.length);
    isProgress.set(model.actions.map((action) => (model.progress(action) ? 1 : 0)));
    const canonicalize = canonicalizer && canonicalizeWith(canonicalizer, store, slots.length);
    const shared = { effects, claims, store };
    this.#blockRunner = new BlockRunner<S, A>({
      ...shared,
      ...{ steps, isProgress, ancestry, canonicalize, crew, allocate },
    });
    this.#judge = new Judge<S, A>({ ...shared, model, ledger, pathFinder, canonicalizer });
    this.#slots = slots;
    this.#store = store;
    this.#ledger = ledger;
    this.#claims = claims;
    this.#steps = steps;
    this.#taken = new Float64Array(model.actions.length);
  }

  run(): Exploration<S, A> {
    const stoppedBy = this.#search();
    const end = this.#progress();
    const { limits = {}, reduction = null, resume } = this.#options;
    return {
      report: {
        model: this.#model,
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
      // After a resume the earlier steps have not been learnt; with symmetry some steps are never taken.
      coverage: reduction || resume ? null : () => this.#coverage(),
    };
  }

  #coverage(): Coverage {
    const { tries } = this.#steps;
    return coverageOf({ tries, slots: this.#slots, store: this.#store, states: this.#head });
  }

  /** Expands block after block, in the order of discovery. */
  #search(): Stop {
    if (this.#options.resume) this.#restore(this.#options.resume);
    else this.#begin();
    const progress = (): Progress => this.#progress();
    while (this.#hasStateToExpand()) {
      const stop = this.#watch.stop(0, this.#store.count, this.#ledger.violated, progress);
      if (stop) return this.#stopped(stop);
      this.#expandBlock();
    }
    return this.#watch.depthWasReached ? 'depth' : null;
  }

  /** Lets what was found be saved where a limit on the search, not on its states, has ended it. */
  #stopped(by: Stop): Stop {
    if (by === 'time' || by === 'memory' || by === 'interrupt') this.#offerSnapshot(true);
    return by;
  }

  #offerSnapshot(isLast: boolean): void {
    // A level that statesMax has cut off is no place to resume from: its missing states would never be found.
    const { statesMax = Infinity } = this.#options.limits ?? {};
    if (this.#store.count < statesMax) this.#options.onLevel?.(() => this.#snapshot(), isLast);
  }

  #begin(): void {
    this.#blockRunner.rebuildPhaseRunners();
    // All slots have the value 0.
    this.#store.add(this.#store.newNodes());
    this.#judge.judgeInitial();
  }

  #restore(saved: Snapshot): void {
    restoreInto(saved, this.#savedParts());
    this.#blockRunner.rebuildPhaseRunners();
    this.#head = saved.head;
    this.#depth = saved.depth;
    this.#levelEnd = saved.levelEnd;
    this.#represented = saved.store.count;
    this.#transitions = saved.transitions;
    this.#quiescent = saved.quiescent;
  }

  #snapshot(): Snapshot {
    const counts = {
      head: this.#head,
      levelEnd: this.#levelEnd,
      depth: this.#depth,
      transitions: this.#transitions,
      quiescent: this.#quiescent,
    };
    return snapshotOf(this.#savedParts(), counts, this.#watch);
  }

  #savedParts(): SavedParts {
    const parts = { slots: this.#slots, store: this.#store, claims: this.#claims, ancestry: this.#ancestry };
    return { ...parts, ledger: this.#ledger, taken: this.#taken };
  }

  /** Whether a state is left to expand; begins the next level where one is finished. */
  #hasStateToExpand(): boolean {
    if (this.#head === this.#levelEnd && this.#head < this.#store.count) {
      this.#levelEnd = this.#store.count;
      this.#depth++;
      this.#offerSnapshot(false);
    }
    return this.#head < this.#store.count;
  }

  /** Expands the next states of the level, stores the new ones, and judges them. */
  #expandBlock(): void {
    const { depthMax = Infinity, statesMax = Infinity } = this.#options.limits ?? {};
    const isDeepest = this.#depth + 1 > depthMax;
    const result = this.#blockRunner.run(this.#head, this.#levelEnd - this.#head, isDeepest, statesMax);
    if (result.isTooDeep) this.#watch.mayGoDeeper(this.#depth + 1);
    this.#represented += result.represented;
    this.#quiescent += result.quiescent;
    for (const [action, times] of result.taken.entries()) (this.#taken[action] as number) += times;
    const before = this.#transitions;
    this.#transitions += result.transitions;
    this.#head += result.states;
    this.#judge.judgeBlock(result, before);
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

/** Replaces packed states by their representatives. */
function canonicalizeWith<S extends object, A>(
  canonicalizer: Canonicalizer<S, A>,
  store: Store,
  slots: number,
): Canonicalize {
  const numbers = new Int32Array(slots);
  return (nodes) => {
    const { layout, tree, pairs } = store;
    layout.unpack(nodes, 0, numbers);
    canonicalizer.canonicalize(numbers);
    layout.pack(numbers, nodes, 0);
    tree.fold(nodes, pairs);
    return canonicalizer.orbit;
  };
}
