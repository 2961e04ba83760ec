import { BoundWatch } from '../bounds.ts';
import { ModelError } from '../misuse.ts';
import type { Model, Progress, SearchOptions } from '../model.ts';
import { type Exploration, Ledger, type OpenClaim, type Stop } from '../verdict.ts';
import { Batch, batchSize } from './batch.ts';
import { Candidates } from './candidates.ts';
import { type Claim, Claims } from './claims.ts';
import { Effects } from './effects.ts';
import { type Footprint, Recorder } from './recorder.ts';
import { type Slot, slotsOf, stateOf } from './slots.ts';
import { hashOf, Store } from './store.ts';
import { leafNo, Tries } from './tries.ts';

const actionsMax = 0xffff;

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
  readonly #recorder: Recorder<S>;
  readonly #tries: Tries;
  readonly #effects = new Effects();
  readonly #candidates: Candidates;
  readonly #store: Store;
  readonly #ledger: Ledger<S, A>;
  readonly #claims: Claims<S, A>;
  readonly #progresses: Uint8Array;
  readonly #taken: Float64Array;
  readonly #numbers: Int32Array;
  #current: Int32Array = new Int32Array(1);
  #batch: Batch = new Batch(1);
  #transitions = 0;
  #quiescent = 0;
  #head = 0;
  #depth = 0;
  /** The number of the first state of the level that is being discovered. */
  #levelBegin = 1;

  constructor(model: Model<S, A>, options: SearchOptions) {
    if (model.actions.length > actionsMax) {
      throw new ModelError(
        `model ${model.name} has too many actions (got ${model.actions.length}, allowed ${actionsMax}): lower the bound`,
      );
    }
    this.#model = model;
    this.#options = options;
    this.#watch = new BoundWatch(options);
    this.#slots = slotsOf(model.initial);
    this.#recorder = new Recorder(this.#slots);
    this.#tries = new Tries(model.actions.length);
    this.#store = new Store(this.#slots);
    this.#ledger = new Ledger(model);
    this.#claims = new Claims(model, this.#ledger, this.#recorder, this.#effects);
    this.#progresses = Uint8Array.from(model.actions, (action) => (model.progress(action) ? 1 : 0));
    this.#taken = new Float64Array(model.actions.length);
    this.#numbers = new Int32Array(this.#slots.length);
    this.#candidates = new Candidates(this.#guards());
  }

  run(): Exploration<S> {
    const stoppedBy = this.#search();
    const end = this.#progress();
    return {
      report: {
        model: this.#model.name,
        engine: 'fast',
        results: this.#ledger.results(end, stoppedBy),
        stoppedBy,
        limits: this.#options.limits ?? {},
        states: end.states,
        transitions: end.transitions,
        depth: end.depth,
        quiescent: this.#quiescent,
        bytes: end.bytes,
        elapsedMs: end.elapsedMs,
        taken: [...this.#taken],
      },
      states: () => this.#states(),
    };
  }

  /** Expands state after state in the order of discovery. */
  #search(): Stop {
    this.#resize();
    this.#store.add(this.#current, 0, hashOf(this.#current, 0, this.#store.layout.width), 0, 0);
    this.#judge(this.#claims.atStart(), 0, 0);
    const progress = (): Progress => this.#progress();
    for (this.#head = 0; this.#mayGoOn(); this.#head++) {
      const stop = this.#watch.stop(this.#head, this.#store.count, this.#ledger.violated, progress);
      if (stop) return stop;
      this.#expand();
    }
    return this.#watch.depthWasReached ? 'depth' : null;
  }

  /** Whether there is a state to expand; a batch is stored where its states may be needed. */
  #mayGoOn(): boolean {
    if (this.#head >= this.#store.count || this.#head === this.#levelBegin) this.#flush();
    if (this.#head === this.#levelBegin && this.#head < this.#store.count) {
      this.#levelBegin = this.#store.count;
      this.#depth++;
    }
    return this.#head < this.#store.count;
  }

  /** The slot that each action reads first, found by running it once on the initial state. */
  #guards(): number[] {
    return this.#model.actions.map((action) => this.#run(action).footprint.reads[0] ?? -1);
  }

  /** Runs the recipe of `action` on the state in `#numbers`. */
  #run(action: A): { result: boolean; judged: readonly OpenClaim[]; footprint: Footprint } {
    return this.#recorder.run(
      this.#numbers,
      (draft) => this.#model.step(draft, action),
      (before, after, enabled) => (enabled ? this.#claims.brokenBy(before, after) : []),
      'a property of steps',
    );
  }

  #expand(): void {
    this.#store.load(this.#head, this.#current);
    let mayRest = true;
    const { guards, lists } = this.#candidates;
    for (let g = 0; g < guards.length; g++) {
      const slot = guards[g] as number;
      const value = slot < 0 ? 0 : this.#valueOf(slot);
      const list = lists[g]?.[value] ?? this.#candidates.begin(g, value);
      for (let k = 0; k < list.length; k++) {
        const action = list[k] as number;
        const leaf = this.#walk(action) || this.#learn(action, g, value);
        if (leaf === leafNo) continue;
        this.#transitions++;
        (this.#taken[action] as number)++;
        if (this.#progresses[action] === 1) mayRest = false;
        const broken = this.#effects.breaks[leaf];
        if (broken !== undefined) this.#decideStep(broken, action);
        this.#take(leaf, action);
      }
    }
    if (mayRest) {
      this.#quiescent++;
      this.#judge(this.#claims.atRest(), this.#head, this.#transitions);
    }
  }

  #decideStep(broken: readonly OpenClaim[], action: number): void {
    for (const claim of broken) {
      if (!this.#ledger.isOpen(claim.property)) continue;
      this.#ledger.decide(claim, this.#progress(), [...this.#store.trace(this.#head), action]);
    }
  }

  #valueOf(slot: number): number {
    const { word, shift, mask } = this.#store.layout;
    return (
      ((this.#current[word[slot] as number] as number) >>> (shift[slot] as number)) & (mask[slot] as number)
    );
  }

  /** @returns the leaf that `action` ends in on the current state, 0 where that has not been learnt */
  #walk(action: number): number {
    const { nodes, edges } = this.#tries;
    const { word, shift, mask } = this.#store.layout;
    const current = this.#current;
    let ref = this.#tries.roots[action] as number;
    while (ref > 0) {
      const slot = nodes[3 * ref] as number;
      const value =
        ((current[word[slot] as number] as number) >>> (shift[slot] as number)) & (mask[slot] as number);
      ref =
        value < (nodes[3 * ref + 2] as number)
          ? (edges[(nodes[3 * ref + 1] as number) + value] as number)
          : 0;
    }
    return -ref;
  }

  /** Runs the recipe of `action` on the current state and notes what it does. */
  #learn(action: number, guard: number, guardValue: number): number {
    const recipe = this.#model.actions[action] as A;
    this.#store.unpack(this.#head, this.#numbers);
    const { result, judged, footprint } = this.#run(recipe);
    if (!result && footprint.writes.length > 0) {
      throw new ModelError(
        `${this.#model.label(recipe)} is not enabled and yet writes (got a write and false, allowed one of them): check before writing`,
      );
    }
    const { leaf, isNew } = result
      ? this.#effects.leafFor(footprint.writes, judged)
      : { leaf: leafNo, isNew: false };
    this.#tries.learn(action, footprint, this.#numbers, leaf);
    if (!result && footprint.reads.length <= 1) this.#candidates.ruleOut(guard, guardValue, action);
    if (footprint.writes.some(([slot, value]) => !this.#store.layout.holds(slot, value))) {
      this.#repack();
    } else if (isNew) {
      this.#effects.compile(leaf, this.#store.layout);
    }
    return leaf;
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
    this.#batch = new Batch(this.#store.layout.width);
  }

  /** Puts the state after `leaf` into the batch, unless it is the current one again. */
  #take(leaf: number, action: number): void {
    const { begin, end, ops } = this.#effects;
    const batch = this.#batch;
    const { width } = this.#store.layout;
    const at = batch.count;
    const from = at * width;
    const { words } = batch;
    for (let k = 0; k < width; k++) words[from + k] = this.#current[k] as number;
    let changed = 0;
    for (let i = begin[leaf] as number; i < (end[leaf] as number); i += 3) {
      const word = from + (ops[i] as number);
      const before = words[word] as number;
      const after = (before & (ops[i + 1] as number)) | (ops[i + 2] as number);
      words[word] = after;
      changed |= before ^ after;
    }
    if (changed === 0) return;
    batch.hashes[at] = hashOf(words, from, width);
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
      if (bounded && !this.#mayStore(batch.words, i * width, hash)) continue;
      const parent = batch.parents[i] as number;
      const number = this.#store.add(batch.words, i * width, hash, parent, batch.actions[i] as number);
      if (number < 0) continue;
      const claims = this.#claims.after(batch.leaves[i] as number);
      if (claims.length > 0) this.#judge(claims, number, batch.ordinals[i] as number);
    }
    batch.count = 0;
  }

  #mayStore(words: Int32Array, from: number, hash: number): boolean {
    return this.#store.has(words, from, hash) || this.#watch.mayGoDeeper(this.#depth + 1);
  }

  #judge(claims: readonly Claim[], number: number, transitions: number): void {
    const { layout } = this.#store;
    const { words, from } = this.#store.locate(number);
    for (const claim of claims) {
      if (!this.#claims.decides(claim, words, from, layout) || !this.#ledger.isOpen(claim.property)) continue;
      this.#ledger.decide(claim, { ...this.#progress(), transitions }, this.#store.trace(number));
      this.#claims.refresh();
    }
  }

  #progress(): Progress {
    const stored = this.#store.count;
    return {
      states: stored,
      transitions: this.#transitions,
      queue: stored - this.#head,
      depth: this.#head < this.#store.count && stored > this.#levelBegin ? this.#depth + 1 : this.#depth,
      elapsedMs: this.#watch.elapsedMs(),
      bytes: this.#store.bytes + this.#tries.bytes + this.#claims.bytes,
    };
  }

  *#states(): Generator<S> {
    const numbers = new Int32Array(this.#slots.length);
    for (let number = 0; number < this.#store.count; number++) {
      this.#store.unpack(number, numbers);
      yield stateOf(this.#slots, numbers) as S;
    }
  }
}
