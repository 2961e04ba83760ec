import type { Verdict } from '../verdict.ts';
import { KnownVerdicts, type RuleFinding } from './known-verdicts.ts';
import { hittingSetsOf, type OptionSet, singlesOf } from './option-sets.ts';

/** What a search of one set says of each rule. */
export interface SetFindings<T> {
  readonly rules: ReadonlyMap<string, RuleFinding<T>>;
  /** `limit`: the set has too many states, and so has every larger one. */
  readonly end: 'whole' | 'limit' | 'interrupt';
}

/** How minimal causes are looked for. */
export interface CauseSearch<T> {
  /** Every option that may be in a set. */
  readonly universe: OptionSet;
  /** Judges every rule under one set; called once for a set. */
  readonly search: (set: OptionSet) => SetFindings<T>;
  /** Asked before each search. Default: never. */
  readonly isCancelled?: () => boolean;
}

/** A minimal cause: a set that breaks a rule. */
export interface Cause<T> {
  readonly set: OptionSet;
  readonly evidence: T;
  /** Whether the rule holds under each set with one option less; false where one of them is unknown. */
  readonly isMinimal: boolean;
}

/** What breaks a rule. A set that contains no cause and is within no holding set is unknown. */
export interface RuleCauses<T> {
  readonly causes: readonly Cause<T>[];
  /** The largest sets under which it holds. */
  readonly holding: readonly OptionSet[];
}

/** The causes of each rule, and how many sets were searched for them. */
export interface Causes<T> {
  readonly rules: ReadonlyMap<string, RuleCauses<T>>;
  readonly searches: number;
}

/**
 * The minimal sets of options that break each rule, and the maximal ones under which it holds.
 *
 * The largest set is searched first. Each counterexample names the options that it uses; they are shrunk to a minimal
 * cause. A set that contains no cause lies within the complement of a minimal hitting set of the causes, so these are searched
 * next. It ends when they all hold: then causes and holding sets cover every set. One search judges all rules.
 *
 * It is sound where an option only adds runs. Where that is argued for shims: docs/decisions/0012-more-options-are-more-runs.md
 *
 * Where a candidate is too large to search, the border between small sets and those that are too large is found in the
 * same way. Then every set that can be searched is judged, and the others are unknown unless they contain a cause.
 */
export function findCauses<T>(request: CauseSearch<T>): Causes<T> {
  return new CauseFinder(request).run();
}

class CauseFinder<T> {
  readonly #request: CauseSearch<T>;
  readonly #known = new Map<string, KnownVerdicts<T>>();
  /** Which sets are too large to search. More options are more states, so this is found as a rule's causes are. */
  readonly #tooLarge = new KnownVerdicts<null>();
  readonly #searched = new Set<OptionSet>();

  constructor(request: CauseSearch<T>) {
    this.#request = request;
  }

  run(): Causes<T> {
    this.#search(this.#request.universe);
    // A search for one rule may tell something of a rule that was settled before it.
    for (let before = -1; before !== this.#searched.size; ) {
      before = this.#searched.size;
      const isOpen = [...this.#known.values()].filter((known) => !this.#settle(known)).length > 0;
      if (isOpen) this.#settle(this.#tooLarge);
    }
    const rules = [...this.#known].map(([rule, known]) => [rule, causesFrom(known)] as const);
    return { rules: new Map(rules), searches: this.#searched.size };
  }

  /** Searches until every largest candidate is judged. @returns whether all hold, so that every set is judged */
  #settle(known: KnownVerdicts<T> | KnownVerdicts<null>): boolean {
    for (;;) {
      while (known.breaches.some(({ set }) => this.#hasSmaller(known, set)));
      const candidates = hittingSetsOf(known.breaches.map(({ set }) => set)).map(
        (set) => this.#request.universe & ~set,
      );
      const verdicts = candidates.map((set) => this.#judge(known, set));
      if (!verdicts.includes('violated')) return !verdicts.includes('unknown');
    }
  }

  /** Whether a set without one of its options is a breach, too. */
  #hasSmaller(known: KnownVerdicts<T> | KnownVerdicts<null>, set: OptionSet): boolean {
    return singlesOf(set).some((single) => this.#judge(known, set & ~single) === 'violated');
  }

  #judge(known: KnownVerdicts<T> | KnownVerdicts<null>, set: OptionSet): Verdict {
    if (known.of(set) === null && !this.#isCancelled()) this.#search(set);
    return known.of(set) ?? 'unknown';
  }

  #search(set: OptionSet): void {
    if (this.#searched.has(set)) return;
    this.#searched.add(set);
    const { rules, end } = this.#request.search(set);
    if (end === 'limit') this.#tooLarge.add(set, { verdict: 'violated', used: set, evidence: null });
    else this.#tooLarge.add(set, { verdict: end === 'whole' ? 'holds' : 'unknown' });
    for (const rule of rules.keys())
      if (!this.#known.has(rule)) this.#known.set(rule, new KnownVerdicts<T>());
    for (const [rule, known] of this.#known) {
      // A rule that the search did not have is one that nothing could break there.
      known.add(set, rules.get(rule) ?? { verdict: 'holds' });
    }
  }

  #isCancelled(): boolean {
    return this.#request.isCancelled?.() ?? false;
  }
}

function causesFrom<T>(known: KnownVerdicts<T>): RuleCauses<T> {
  const causes = known.breaches.map(({ set, evidence }) => ({
    set,
    evidence,
    isMinimal: singlesOf(set).every((single) => known.of(set & ~single) === 'holds'),
  }));
  return { causes, holding: known.holding };
}
