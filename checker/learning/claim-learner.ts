import type { Ledger, OpenClaim } from '../ledger.ts';
import type { Canonicalizer } from '../reductions/canonicalizer.ts';
import type { Layout } from '../store/layout.ts';
import { type Allocate, grown } from '../store/words.ts';
import type { WholeModel } from '../whole-model.ts';
import type { EffectTable } from './effects.ts';
import type { Recorder } from './recorder.ts';
import { leafNo, leafYes, type TrieArrays, Tries, walk } from './tries.ts';

/** What {@link ClaimLearner} knows about the claims in states, in arrays that threads share. */
export interface ClaimArrays {
  readonly tries: TrieArrays;
  /** For each trie: 1 where its claim is decided when the check is true, 0 where it is when the check is false. */
  readonly deciding: Int32Array;
  /** For leaf `n`, at `2n` and `2n + 1`: where its claims begin and end in `lists`, plus one; 0 where no list is made. */
  readonly ranges: Int32Array;
  /** Tries of the claims that have to be judged after a step. */
  readonly lists: Int32Array;
}

/** A claim about states, and what was learnt of its check. */
export interface LearntClaim extends OpenClaim {
  /** Which of the tries is that of the check. */
  readonly trie: number;
  /** The result of the check that decides the claim: false breaks `always`, true reaches `sometimes`. */
  readonly deciding: boolean;
  /** The slots that the check has read so far. */
  readonly footprint: Set<number>;
}

/**
 * Learns the checks of properties like the steps of actions, and says which claims to judge after a step. A check that
 * did not decide a claim in a state has the same result in its successor, unless the step wrote a slot that it reads.
 */
export class ClaimLearner<S extends object, A> implements ClaimArrays {
  readonly #model: WholeModel<S, A>;
  readonly #ledger: Ledger<S, A>;
  readonly #recorder: Recorder<S>;
  readonly #effects: EffectTable;
  readonly tries: Tries;
  readonly deciding: Int32Array;
  ranges: Int32Array;
  lists: Int32Array;
  readonly #allocate: Allocate;
  #listsEnd = 0;
  readonly #ofEveryState: readonly LearntClaim[];
  #ofQuiescentStates: LearntClaim[];
  readonly #ofSteps: readonly OpenClaim[];
  readonly #all: LearntClaim[] = [];
  #byLeaf: (readonly LearntClaim[])[] = [];
  /** Null where the search uses no symmetry. */
  canonicalizer: Canonicalizer<S, A> | null = null;

  constructor(
    model: WholeModel<S, A>,
    ledger: Ledger<S, A>,
    recorder: Recorder<S>,
    effects: EffectTable,
    allocate: Allocate,
  ) {
    this.#model = model;
    this.#ledger = ledger;
    this.#recorder = recorder;
    this.#effects = effects;
    this.#ofSteps = ledger.open('step');
    let trie = 0;
    for (const kind of ['always', 'sometimes', 'quiescent'] as const) {
      for (const claim of ledger.open(kind)) {
        const footprint = new Set<number>();
        this.#all.push({ ...claim, trie: trie++, deciding: kind === 'sometimes', footprint });
      }
    }
    this.#allocate = allocate;
    this.tries = new Tries(trie, allocate);
    this.deciding = allocate(trie);
    this.deciding.set(this.#all.map(({ deciding }) => (deciding ? 1 : 0)));
    this.ranges = allocate(2 * 64);
    this.lists = allocate(256);
    const isAtRest = (claim: LearntClaim): boolean => model.properties[claim.property]?.kind === 'quiescent';
    this.#ofEveryState = this.#all.filter((claim) => !isAtRest(claim));
    this.#ofQuiescentStates = this.#all.filter(isAtRest);
  }

  get bytes(): number {
    return this.tries.bytes;
  }

  /** The slots that each check has read so far. A resumed search needs them to know which claims a step may change. */
  get footprints(): number[][] {
    return this.#all.map(({ footprint }) => [...footprint]);
  }

  /** Continues with the reads of another search, after the ledger was restored. */
  restore(footprints: readonly (readonly number[])[]): void {
    for (const [i, slots] of footprints.entries())
      for (const slot of slots) this.#all[i]?.footprint.add(slot);
    this.dropDecided();
  }

  /**
   * The claims about steps that the step from `before` to `after` breaks. They are judged while the step is learnt, and
   * their reads become part of its path in the trie. So every step on the same path breaks the same claims.
   */
  brokenBy(before: S, after: S): OpenClaim[] {
    return this.#ofSteps.filter(
      ({ property, subject }) => !this.#model.properties[property]?.check(before, subject, after),
    );
  }

  /** The claims to judge in the initial state. */
  toJudgeInitially(): readonly LearntClaim[] {
    return this.#ofEveryState;
  }

  /** The claims to judge in a quiescent state. */
  toJudgeIfQuiescent(): readonly LearntClaim[] {
    return this.#ofQuiescentStates;
  }

  /** The open claims that a step with effect `leaf` may decide. */
  toJudgeAfter(leaf: number): readonly LearntClaim[] {
    const before = this.#byLeaf[leaf];
    if (before) return before;
    const written = this.#effects.writtenSlots(leaf);
    const claims = this.#ofEveryState.filter(
      (claim) => this.#ledger.isOpen(claim.property) && written.some((slot) => claim.footprint.has(slot)),
    );
    this.#byLeaf[leaf] = claims;
    this.#storeList(leaf, claims);
    return claims;
  }

  /** Writes the list of a leaf into the shared arrays. */
  #storeList(leaf: number, claims: readonly LearntClaim[]): void {
    const begin = this.#listsEnd;
    this.#listsEnd += claims.length;
    if (this.#listsEnd > this.lists.length) this.lists = grown(this.lists, this.#listsEnd, this.#allocate);
    if (2 * leaf >= this.ranges.length) this.ranges = grown(this.ranges, 2 * leaf + 2, this.#allocate);
    this.lists.set(
      claims.map(({ trie }) => trie),
      begin,
    );
    this.ranges.set([begin + 1, this.#listsEnd + 1], 2 * leaf);
  }

  #clearLists(): void {
    this.#byLeaf = [];
    this.#listsEnd = 0;
    this.ranges.fill(0);
  }

  /** Drops the claims whose properties are decided. */
  dropDecided(): void {
    this.#clearLists();
    this.#ofQuiescentStates = this.#ofQuiescentStates.filter((claim) => this.#ledger.isOpen(claim.property));
  }

  /** Whether the state that is packed at the beginning of `words` decides `claim`. */
  decides(claim: LearntClaim, words: Int32Array, layout: Layout): boolean {
    const leaf = walk(this.tries, claim.trie, words, layout) || this.#learn(claim, words, layout);
    return (leaf === leafYes) === claim.deciding;
  }

  #learn(claim: LearntClaim, words: Int32Array, layout: Layout): number {
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
    this.#addReads(claim, footprint.reads);
    const leaf = judged ? leafYes : leafNo;
    this.tries.learn(claim.trie, footprint, numbers, leaf);
    return leaf;
  }

  /** Adds reads of a claim, and the corresponding reads of the claims that are equal by symmetry. */
  #addReads(claim: LearntClaim, slots: readonly number[]): void {
    const before = claim.footprint.size;
    for (const slot of slots) claim.footprint.add(slot);
    if (claim.footprint.size === before) return;
    this.#clearLists();
    for (const { subject, slot } of this.canonicalizer?.counterpartsOf(claim.subject) ?? []) {
      const other = this.#all.find((each) => each.property === claim.property && each.subject === subject);
      if (other) this.#addReads(other, slots.map(slot));
    }
  }
}
