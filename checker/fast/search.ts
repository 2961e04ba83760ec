import { BoundWatch } from '../bounds.ts';
import type { Model, Progress, SearchOptions } from '../model.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Exploration, Ledger, type OpenClaim, type Stop } from '../verdict.ts';
import { Batch, batchSize } from './batch.ts';
import { type Claim, Claims } from './claims.ts';
import { Effects } from './effects.ts';
import { originalWay } from './original.ts';
import { Recorder } from './recorder.ts';
import { assertSearchable, type Parts, restoreInto, snapshotOf } from './resume.ts';
import { type Slot, slotsOf } from './slots.ts';
import { Steps } from './steps.ts';
import { hashOf, Store } from './store.ts';
import { Stubborn } from './stubborn.ts';
import { Symmetry } from './symmetry.ts';

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
  readonly #effects = new Effects();
  readonly #steps: Steps<S, A>;
  #store: Store;
  #ledger: Ledger<S, A>;
  readonly #claims: Claims<S, A>;
  readonly #progresses: Uint8Array;
  readonly #taken: Float64Array;
  readonly #numbers: Int32Array;
  readonly #symmetry: Symmetry<S, A> | null;
  readonly #stubborn: Stubborn<S, A> | null;
  #represented = 0;
  #refutedAt: number | null = null;
  #current: Int32Array = new Int32Array(1);
  #batch: Batch = new Batch(1, false);
  #transitions = 0;
  #quiescent = 0;
  #head = 0;
  #depth = 0;
  /** The first state of the level that is being discovered. */
  #levelBegin = 1;

  constructor(model: Model<S, A>, options: SearchOptions) {
    assertSearchable(model, options);
    this.#model = model;
    this.#options = options;
    this.#watch = new BoundWatch(options);
    this.#slots = slotsOf(model.initial);
    const recorder = new Recorder<S>(this.#slots);
    this.#store = new Store(this.#slots);
    this.#ledger = new Ledger(model);
    this.#claims = new Claims(model, this.#ledger, recorder, this.#effects);
    this.#steps = new Steps(model, this.#slots, recorder, this.#claims, this.#effects, this.#store.layout);
    this.#progresses = Uint8Array.from(model.actions, (action) => (model.progress(action) ? 1 : 0));
    this.#taken = new Float64Array(model.actions.length);
    this.#numbers = new Int32Array(this.#slots.length);
    this.#symmetry = options.reductions?.includes('symmetry') ? new Symmetry(model, this.#slots) : null;
    this.#stubborn = options.reductions?.includes('partial-order')
      ? new Stubborn(this.#progresses, this.#slots.length, this.#steps.tries, this.#symmetry)
      : null;
    this.#claims.symmetry = this.#symmetry;
    this.#claims.onGrowth = ({ property, footprint }) => {
      const { kind, stable } = model.properties[property] ?? {};
      if (kind === 'always' && !stable) this.#stubborn?.see(footprint);
    };
    this.#steps.tell({
      symmetry: this.#symmetry,
      stubborn: this.#stubborn,
      repack: () => this.#repack(),
    });
  }

  run(): Exploration<S> {
    let stoppedBy = this.#search();
    while (this.#stubborn?.isRefuted && stoppedBy === null) {
      this.#beginAgain();
      stoppedBy = this.#search();
    }
    const end = this.#progress();
    const { reductions = [], limits = {} } = this.#options;
    return {
      report: {
        model: this.#model.name,
        engine: 'fast',
        results: this.#ledger.results(end, stoppedBy, reductions),
        stoppedBy,
        limits,
        reductions,
        states: end.states,
        represented: this.#represented,
        transitions: end.transitions,
        depth: end.depth,
        quiescent: this.#quiescent,
        bytes: end.bytes,
        elapsedMs: end.elapsedMs,
        taken: [...this.#taken],
      },
      states: () => this.#store.states() as Iterable<S>,
    };
  }

  /** Expands state after state in the order of discovery. */
  #search(): Stop {
    if (this.#options.resume) this.#restore(this.#options.resume);
    else this.#begin();
    const progress = (): Progress => this.#progress();
    for (; this.#mayGoOn(); this.#head++) {
      const stop = this.#watch.stop(this.#head, this.#store.count, this.#ledger.violated, progress);
      if (stop) return stop;
      this.#expand();
      if (this.#stubborn?.isRefuted && this.#head >= this.#givesUpAt()) return null;
    }
    return this.#watch.depthWasReached ? 'depth' : null;
  }

  #begin(): void {
    this.#resize();
    this.#head = 0;
    this.#store.add(this.#current, 0, hashOf(this.#current, 0, this.#store.layout.width), 0, 0);
    this.#represented = 1;
    this.#judge(this.#claims.atStart(), this.#current, 0, 0, 0);
  }

  /** Goes on where another search of the same model was. */
  #restore(saved: Snapshot): void {
    restoreInto(saved, this.#parts());
    this.#resize();
    this.#head = saved.head;
    this.#depth = saved.depth;
    this.#levelBegin = saved.store.count;
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
    const parts = { slots: this.#slots, store: this.#store, claims: this.#claims };
    return { ...parts, ledger: this.#ledger, taken: this.#taken };
  }

  /** Whether there is a state to expand; a batch is stored where its states may be needed. */
  #mayGoOn(): boolean {
    if (this.#head >= this.#store.count || this.#head === this.#levelBegin) this.#flush();
    if (this.#head === this.#levelBegin && this.#head < this.#store.count) {
      this.#levelBegin = this.#store.count;
      this.#depth++;
      this.#options.onLevel?.(() => this.#snapshot());
    }
    return this.#head < this.#store.count;
  }

  /** Takes the steps of state `#head`, and judges it where it is quiescent. */
  #expand(): void {
    this.#store.load(this.#head, this.#current);
    this.#steps.findEnabled();
    const { actions } = this.#steps;
    const some = this.#stubborn ? this.#choose(this.#stubborn) : null;
    if (some) for (const i of some) this.#carryOut(i);
    else for (let i = 0; i < actions.length; i++) this.#carryOut(i);
    if (actions.some((action) => this.#progresses[action] === 1)) return;
    this.#quiescent++;
    this.#judge(this.#claims.atRest(), this.#current, 0, this.#head, this.#transitions);
  }

  /** Takes the enabled action at position `i`. */
  #carryOut(i: number): void {
    const action = this.#steps.actions[i] as number;
    const leaf = this.#steps.leaves[i] as number;
    this.#transitions++;
    (this.#taken[action] as number)++;
    const broken = this.#effects.breaks[leaf];
    for (const claim of broken ?? [])
      if (this.#ledger.isOpen(claim.property)) this.#decide(claim, this.#progress(), this.#head, action);
    this.#take(leaf, action);
  }

  /** The positions of the actions that have to be taken, null for all; never such that all lead back. */
  #choose(stubborn: Stubborn<S, A>): readonly number[] | null {
    const some = stubborn.choose({
      actions: this.#steps.actions,
      leaves: this.#steps.leaves,
      value: (slot) => this.#steps.valueOf(slot),
      writesOf: (leaf) => this.#effects.writes(leaf),
    });
    return some?.some((i) => this.#leadsOn(i)) ? some : null;
  }

  /** Whether an enabled action leads to a state that has not been expanded. */
  #leadsOn(i: number): boolean {
    const numbers = this.#outcome(this.#head, this.#steps.actions[i] as number);
    this.#symmetry?.canonicalize(numbers);
    const number = this.#store.numberOf(numbers);
    return number < 0 || number > this.#head;
  }

  /** A search that left something out which it should not have is worth going on with while it is young: it learns. */
  #givesUpAt(): number {
    this.#refutedAt ??= this.#head;
    return 2 * this.#refutedAt + 1_000;
  }

  /** Begins the search from the initial state, with all that has been learnt. */
  #beginAgain(): void {
    this.#stubborn?.begin();
    this.#refutedAt = null;
    this.#store = new Store(this.#slots);
    this.#effects.compileAll(this.#store.layout);
    this.#ledger = new Ledger(this.#model);
    this.#claims.begin(this.#ledger);
    this.#taken.fill(0);
    this.#transitions = 0;
    this.#quiescent = 0;
    this.#depth = 0;
    this.#levelBegin = 1;
  }

  /** A slot has outgrown its bits: every state is laid out anew. */
  #repack(): void {
    this.#flush();
    this.#store.repack();
    this.#effects.compileAll(this.#store.layout);
    this.#resize();
    this.#store.load(this.#head, this.#current);
  }

  #resize(): void {
    this.#current = new Int32Array(this.#store.layout.width);
    this.#steps.moveTo(this.#current, this.#store.layout);
    this.#batch = new Batch(this.#store.layout.width, this.#symmetry !== null);
  }

  /** Puts the state after `leaf` into the batch, unless it is the current one again. */
  #take(leaf: number, action: number): void {
    const batch = this.#batch;
    const at = batch.count;
    const { width } = this.#store.layout;
    const from = at * width;
    if (!batch.write(this.#current, width, this.#effects, leaf)) return;
    if (this.#symmetry) batch.represent(this.#symmetry, this.#store.layout, this.#numbers);
    batch.hashes[at] = hashOf(batch.stored, from, width);
    batch.parents[at] = this.#head;
    batch.actions[at] = action;
    batch.leaves[at] = leaf;
    batch.ordinals[at] = this.#transitions;
    batch.count = at + 1;
    if (batch.count === batchSize) this.#flush();
  }

  /** Stores the batch's new states, and judges them. */
  #flush(): void {
    const batch = this.#batch;
    const { width } = this.#store.layout;
    const bounded = this.#options.limits?.depthMax !== undefined;
    this.#store.touch(batch);
    for (let i = 0; i < batch.count; i++) {
      const hash = batch.hashes[i] as number;
      const at = i * width;
      const isNew = bounded && this.#store.find(batch.stored, at, hash) < 0;
      if (isNew && !this.#watch.mayGoDeeper(this.#depth + 1)) continue;
      const parent = batch.parents[i] as number;
      const number = this.#store.add(batch.stored, at, hash, parent, batch.actions[i] as number);
      if (number < 0) continue;
      this.#represented += batch.orbits[i] as number;
      const claims = this.#claims.after(batch.leaves[i] as number);
      if (claims.length > 0) this.#judge(claims, batch.words, at, number, batch.ordinals[i] as number);
    }
    batch.count = 0;
  }

  /** @param number the state that is stored for the one that begins at `from` in `words` */
  #judge(
    claims: readonly Claim[],
    words: Int32Array,
    from: number,
    number: number,
    transitions: number,
  ): void {
    const { layout } = this.#store;
    for (const claim of claims) {
      if (!this.#claims.decides(claim, words, from, layout) || !this.#ledger.isOpen(claim.property)) continue;
      this.#decide(claim, { ...this.#progress(), transitions }, number);
      this.#claims.refresh();
    }
  }

  /** @param then the step from state `number` that decides a claim about steps */
  #decide(claim: OpenClaim, at: Progress, number: number, then?: number): void {
    const last = then === undefined ? [] : [then];
    if (!this.#symmetry) {
      this.#ledger.decide(claim, at, [...this.#store.trace(number), ...last]);
      return;
    }
    const outcome = (from: number, action: number): Int32Array => this.#outcome(from, action);
    const { kind = '' } = this.#model.properties[claim.property] ?? {};
    const way = originalWay(this.#store, this.#symmetry, outcome, {
      number,
      last,
      kind,
      subject: claim.subject,
    });
    this.#ledger.decide({ ...claim, subject: way.subject }, at, way.trace);
  }

  /** The value numbers after `action`, which has been learnt, in state `number`. */
  #outcome(number: number, action: number): Int32Array {
    const words = new Int32Array(this.#store.layout.width);
    this.#store.load(number, words);
    return this.#steps.outcome(words, action);
  }

  #progress(): Progress {
    const stored = this.#store.count;
    return {
      states: stored,
      transitions: this.#transitions,
      queue: stored - this.#head,
      depth: this.#head < this.#store.count && stored > this.#levelBegin ? this.#depth + 1 : this.#depth,
      elapsedMs: this.#watch.elapsedMs(),
      bytes: this.#store.bytes + this.#steps.tries.bytes + this.#claims.bytes,
    };
  }
}
