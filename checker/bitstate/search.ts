import { BoundWatch, memoryMaxBytesDefault } from '../bounds.ts';
import { type Claim, Claims } from '../fast/claims.ts';
import { Effects } from '../fast/effects.ts';
import { Recorder } from '../fast/recorder.ts';
import { slotsOf } from '../fast/slots.ts';
import { Steps } from '../fast/steps.ts';
import { Store } from '../fast/store.ts';
import { ownWords } from '../fast/words.ts';
import type { Limits, Model, Progress, SearchOptions } from '../model.ts';
import { type Exploration, Ledger, type OpenClaim, type Report, type Stop } from '../verdict.ts';
import { Bits, bitsPerState } from './bits.ts';
import { confirm } from './confirm.ts';
import { Fingerprints } from './fingerprints.ts';
import { shortened } from './shorten.ts';
import { Stack } from './stack.ts';

/** How a bitstate search is to be made. */
export interface BitstateOptions extends Pick<SearchOptions, 'limits' | 'onProgress'> {
  /** Of the table of bits; `memoryMaxBytes` is for what the search takes besides. */
  readonly bytes: number;
  /** Of the hashes, and of the order in which steps are taken: another one leaves out other states. */
  readonly seed: number;
}

/** How deep a search goes when nobody says: as deep as SPIN's. */
const depthMaxDefault = 10_000;

/**
 * Explores a model depth first and keeps of each state a few bits only ({@link Bits}), for bounds that are out of reach.
 *
 * Unsound by choice: it may leave states out, so it never says that a rule holds. What it finds violated is: steps are
 * taken from whole states, and each trace is confirmed by a replay. Traces are {@link shortened},
 * and need not be shortest ones. No state is kept.
 */
export function exploreBitstate<S extends object, A>(
  model: Model<S, A>,
  options: BitstateOptions,
): Exploration<S> {
  return new BitstateSearch(model, options).run();
}

class BitstateSearch<S extends object, A> {
  readonly #model: Model<S, A>;
  readonly #options: BitstateOptions;
  readonly #limits: Limits;
  readonly #watch: BoundWatch;
  readonly #ledger: Ledger<S, A>;
  readonly #effects = new Effects(ownWords);
  readonly #claims: Claims<S, A>;
  readonly #steps: Steps<S, A>;
  /** Holds no state, but how states are laid out. */
  readonly #store: Store;
  readonly #bits: Bits;
  readonly #fingerprints: Fingerprints;
  readonly #stack: Stack;
  readonly #isProgress: readonly boolean[];
  readonly #taken: number[];
  /** The state that was entered last, packed. */
  #words: Int32Array;
  #states = 1;
  #expanded = 0;
  #transitions = 0;
  #quiescent = 0;
  #depth = 0;

  constructor(model: Model<S, A>, options: BitstateOptions) {
    const { bytes, seed, limits = {} } = options;
    const { memoryMaxBytes = memoryMaxBytesDefault, depthMax = depthMaxDefault } = limits;
    const slots = slotsOf(model.initial);
    const recorder = new Recorder<S>(slots);
    this.#model = model;
    this.#options = options;
    this.#limits = { ...limits, depthMax };
    this.#bits = new Bits(bytes);
    const inAll = { ...this.#limits, memoryMaxBytes: memoryMaxBytes + this.#bits.bytes };
    this.#watch = new BoundWatch({ ...options, limits: inAll });
    this.#ledger = new Ledger(model);
    this.#claims = new Claims(model, this.#ledger, recorder, this.#effects, ownWords);
    this.#store = new Store(slots);
    const lessons = { model, slots, recorder, claims: this.#claims, effects: this.#effects };
    this.#steps = new Steps({ ...lessons, store: () => this.#store }, ownWords);
    this.#fingerprints = new Fingerprints(this.#effects, seed);
    this.#stack = new Stack(this.#store.layout);
    this.#isProgress = model.actions.map(model.progress);
    this.#taken = model.actions.map(() => 0);
    this.#words = this.#store.nodes();
  }

  run(): Exploration<S> {
    return { report: this.#report(), states: () => [], coverage: null };
  }

  #report(): Report<S> {
    const stoppedBy = this.#search() ?? (this.#watch.depthWasReached ? 'depth' : 'bitstate');
    const end = this.#progress();
    const { bytes, fill, omitted } = this.#bits;
    return {
      model: this.#model.name,
      engine: 'bitstate',
      results: this.#ledger.results(end, stoppedBy).map((result) => shortened(this.#model, result)),
      stoppedBy,
      limits: this.#limits,
      reductions: [],
      states: end.states,
      represented: end.states,
      transitions: end.transitions,
      depth: this.#depth,
      quiescent: this.#quiescent,
      bytes: end.bytes,
      elapsedMs: end.elapsedMs,
      taken: this.#taken,
      bitstate: {
        bytes,
        bitsPerState,
        seed: this.#options.seed,
        fill,
        omitted: omitted / (omitted + this.#states),
      },
    };
  }

  #search(): Stop {
    const progress = (): Progress => this.#progress();
    this.#bits.add(0, 0);
    this.#stack.push(this.#words, 0, 0);
    this.#judge(this.#claims.atStart());
    for (let isNew = true; this.#stack.depth >= 0; isNew = this.#advance()) {
      if (!isNew) continue;
      const stop = this.#watch.stop(this.#expanded++, this.#states, this.#ledger.violated, progress);
      if (stop) return stop;
      this.#expand();
    }
    return null;
  }

  /** Finds the steps of the last level's state, which stands in `#words`. */
  #expand(): void {
    while (!this.#steps.findEnabled(this.#words)) this.#layOutAnew();
    const { actions, leaves, count } = this.#steps.found;
    let isAtRest = true;
    for (let i = 0; i < count; i++) {
      const action = actions[i] as number;
      (this.#taken[action] as number)++;
      if (this.#isProgress[action]) isAtRest = false;
    }
    this.#transitions += count;
    // By the fingerprint, so that each state begins elsewhere, and another seed elsewhere again.
    this.#stack.offer(actions, leaves, count, count === 0 ? 0 : (this.#stack.first >>> 0) % count);
    if (!isAtRest) return;
    this.#quiescent++;
    this.#judge(this.#claims.atRest());
  }

  /** Takes the next step of the last level, or goes back where there is none. @returns whether to a new state */
  #advance(): boolean {
    const stack = this.#stack;
    const next = stack.next();
    if (next < 0) {
      stack.pop();
      return false;
    }
    const action = stack.choice(next);
    const leaf = stack.choice(next + 1);
    if (this.#effects.breaking[leaf] === 1) this.#breach(leaf, action);
    this.#fingerprints.follow(stack.first, stack.second, leaf, stack.words, stack.from, this.#store.layout);
    const { first, second } = this.#fingerprints;
    if (this.#bits.has(first, second) || !this.#watch.mayGoDeeper(stack.depth + 1)) return false;
    this.#bits.add(first, second);
    stack.load(this.#words);
    this.#effects.carryOut(leaf, this.#words);
    stack.push(this.#words, first, second);
    this.#states++;
    this.#depth = Math.max(this.#depth, stack.depth);
    this.#judge(this.#claims.after(leaf));
    return true;
  }

  #layOutAnew(): void {
    this.#steps.isOutgrown = false;
    this.#store.repack();
    this.#effects.compileAll(this.#store.layout, this.#store.tree);
    this.#stack.repack(this.#store.layout);
    this.#words = this.#store.nodes();
    this.#stack.load(this.#words);
  }

  #judge(claims: readonly Claim[]): void {
    for (const claim of claims) {
      if (!this.#claims.decides(claim, this.#words, this.#store.layout)) continue;
      if (!this.#ledger.isOpen(claim.property)) continue;
      this.#decide(claim, this.#stack.way());
      this.#claims.refresh();
    }
  }

  #breach(leaf: number, action: number): void {
    for (const claim of this.#effects.breaks[leaf] ?? [])
      if (this.#ledger.isOpen(claim.property)) this.#decide(claim, [...this.#stack.way(), action]);
  }

  #decide(claim: OpenClaim, trace: readonly number[]): void {
    const property = this.#model.properties[claim.property];
    if (property) confirm(this.#model, property, claim.subject, trace);
    this.#ledger.decide(claim, { states: this.#states, transitions: this.#transitions }, trace);
    this.#effects.settle((other) => this.#ledger.isOpen(other.property));
  }

  #progress(): Progress {
    return {
      states: this.#states,
      transitions: this.#transitions,
      queue: this.#stack.depth + 1,
      depth: Math.max(0, this.#stack.depth),
      elapsedMs: this.#watch.elapsedMs(),
      bytes: this.#bits.bytes + this.#stack.bytes + this.#steps.tries.bytes + this.#claims.bytes,
    };
  }
}
