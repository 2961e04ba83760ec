import type { ClaimArrays } from '../fast/tables.ts';
import type { Ledger, OpenClaim } from '../ledger.ts';
import type { Model } from '../model.ts';
import type { Symmetry } from '../reductions/symmetry.ts';
import type { Layout } from '../store/layout.ts';
import { type Allocate, grown } from '../store/words.ts';
import type { Effects } from './effects.ts';
import type { Recorder } from './recorder.ts';
import { leafNo, leafYes, Tries, walk } from './tries.ts';

export interface Claim extends OpenClaim {
  readonly rule: number;
  /** What the check says when it decides the property: false breaks `always`, true reaches `sometimes`. */
  readonly deciding: boolean;
  /** Every slot that the check has read so far. */
  readonly footprint: Set<number>;
}

/**
 * The properties, learnt like the actions, and looked at only where they can have changed: a check that did
 * not decide in a state says the same in its successor, unless the step wrote a slot that the check reads.
 */
export class Claims<S extends object, A> implements ClaimArrays {
  readonly #model: Model<S, A>;
  readonly #ledger: Ledger<S, A>;
  readonly #recorder: Recorder<S>;
  readonly #effects: Effects;
  readonly tries: Tries;
  readonly deciding: Int32Array;
  places: Int32Array;
  rules: Int32Array;
  readonly #allocate: Allocate;
  #rulesEnd = 0;
  readonly #everywhere: readonly Claim[];
  #atRest: Claim[];
  readonly #onSteps: readonly OpenClaim[];
  readonly #all: Claim[] = [];
  #afterLeaf: (readonly Claim[])[] = [];
  /** What the search takes for equal. */
  symmetry: Symmetry<S, A> | null = null;

  constructor(
    model: Model<S, A>,
    ledger: Ledger<S, A>,
    recorder: Recorder<S>,
    effects: Effects,
    allocate: Allocate,
  ) {
    this.#model = model;
    this.#ledger = ledger;
    this.#recorder = recorder;
    this.#effects = effects;
    this.#onSteps = ledger.open('step');
    let rule = 0;
    for (const kind of ['always', 'sometimes', 'quiescent'] as const) {
      for (const claim of ledger.open(kind)) {
        const footprint = new Set<number>();
        this.#all.push({ ...claim, rule: rule++, deciding: kind === 'sometimes', footprint });
      }
    }
    this.#allocate = allocate;
    this.tries = new Tries(rule, allocate);
    this.deciding = allocate(rule);
    this.deciding.set(this.#all.map(({ deciding }) => (deciding ? 1 : 0)));
    this.places = allocate(2 * 64);
    this.rules = allocate(256);
    const isAtRest = (claim: Claim): boolean => model.properties[claim.property]?.kind === 'quiescent';
    this.#everywhere = this.#all.filter((claim) => !isAtRest(claim));
    this.#atRest = this.#all.filter(isAtRest);
  }

  get bytes(): number {
    return this.tries.bytes;
  }

  /** What each claim has read so far: without it a claim would not be looked at where it may have changed. */
  get footprints(): number[][] {
    return this.#all.map(({ footprint }) => [...footprint]);
  }

  /** Takes up what the claims of another search have read and decided. */
  restore(footprints: readonly (readonly number[])[]): void {
    for (const [i, slots] of footprints.entries())
      for (const slot of slots) this.#all[i]?.footprint.add(slot);
    this.refresh();
  }

  /**
   * The claims about steps that the step from `before` to `after` breaks. They are judged while the step
   * is learnt, and what they read is part of its path: a step that is walked again breaks the same.
   */
  brokenBy(before: S, after: S): OpenClaim[] {
    return this.#onSteps.filter(
      ({ property, subject }) => !this.#model.properties[property]?.check(before, subject, after),
    );
  }

  /** The claims to look at in the initial state. */
  atStart(): readonly Claim[] {
    return this.#everywhere;
  }

  /** The claims to look at in a quiescent state. */
  atRest(): readonly Claim[] {
    return this.#atRest;
  }

  /** The claims that a step with effect `leaf` may have changed. */
  after(leaf: number): readonly Claim[] {
    const known = this.#afterLeaf[leaf];
    if (known) return known;
    const written = this.#effects.slots(leaf);
    const claims = this.#everywhere.filter(
      (claim) => this.#ledger.isOpen(claim.property) && written.some((slot) => claim.footprint.has(slot)),
    );
    this.#afterLeaf[leaf] = claims;
    this.#note(leaf, claims);
    return claims;
  }

  /** Tells other threads which rules to look at after `leaf`. */
  #note(leaf: number, claims: readonly Claim[]): void {
    const begin = this.#rulesEnd;
    this.#rulesEnd += claims.length;
    if (this.#rulesEnd > this.rules.length) this.rules = grown(this.rules, this.#rulesEnd, this.#allocate);
    if (2 * leaf >= this.places.length) this.places = grown(this.places, 2 * leaf + 2, this.#allocate);
    this.rules.set(
      claims.map(({ rule }) => rule),
      begin,
    );
    this.places.set([begin + 1, this.#rulesEnd + 1], 2 * leaf);
  }

  #forget(): void {
    this.#afterLeaf = [];
    this.#rulesEnd = 0;
    this.places.fill(0);
  }

  /** Forgets what is known of decided properties. */
  refresh(): void {
    this.#forget();
    this.#atRest = this.#atRest.filter((claim) => this.#ledger.isOpen(claim.property));
  }

  /** Whether `claim` decides its property in the state that is packed at the beginning of `words`. */
  decides(claim: Claim, words: Int32Array, layout: Layout): boolean {
    const leaf = walk(this.tries, claim.rule, words, layout) || this.#learn(claim, words, layout);
    return (leaf === leafYes) === claim.deciding;
  }

  #learn(claim: Claim, words: Int32Array, layout: Layout): number {
    const numbers = new Int32Array(layout.word.length);
    layout.unpack(words, 0, numbers);
    const property = this.#model.properties[claim.property];
    if (!property) throw new RangeError(`no property ${claim.property}`);
    const { judged, footprint } = this.#recorder.run(
      numbers,
      () => true,
      (_, state) => property.check(state, claim.subject, state),
      `property '${property.name}'`,
    );
    this.#widen(claim, footprint.reads);
    const leaf = judged ? leafYes : leafNo;
    this.tries.learn(claim.rule, footprint, numbers, leaf);
    return leaf;
  }

  /** Notes that `claim` may read `slots`, and so what its counterparts may read. */
  #widen(claim: Claim, slots: readonly number[]): void {
    const before = claim.footprint.size;
    for (const slot of slots) claim.footprint.add(slot);
    if (claim.footprint.size === before) return;
    this.#forget();
    for (const { subject, slot } of this.symmetry?.counterpartsOf(claim.subject) ?? []) {
      const other = this.#all.find((each) => each.property === claim.property && each.subject === subject);
      if (other) this.#widen(other, slots.map(slot));
    }
  }
}
