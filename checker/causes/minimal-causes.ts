import { KnownVerdicts, type RuleFinding } from './known-verdicts.ts';
import { hittingSetsOf, isWithin, minimalOf, type OptionSet, singlesOf } from './option-sets.ts';

/** What a search of one set says of each rule. */
export interface SetFindings<T> {
  readonly rules: ReadonlyMap<string, RuleFinding<T>>;
  /** Whether it was cut off by a limit. Every larger set has more states, and is too large, too. */
  readonly isTooLarge: boolean;
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
 * Where a set is too large to search, smaller ones are grown option by option, so that something is known.
 */
export function findCauses<T>(request: CauseSearch<T>): Causes<T> {
  return new CauseFinder(request).run();
}

class CauseFinder<T> {
  readonly #request: CauseSearch<T>;
  readonly #known = new Map<string, KnownVerdicts<T>>();
  readonly #searched = new Set<OptionSet>();
  #tooLarge: OptionSet[] = [];

  constructor(request: CauseSearch<T>) {
    this.#request = request;
  }

  run(): Causes<T> {
    this.#search(this.#request.universe);
    // A search for one rule may tell something of a rule that was done before it.
    for (let before = -1; before !== this.#searched.size; ) {
      before = this.#searched.size;
      for (const known of this.#known.values()) this.#settle(known);
    }
    const rules = [...this.#known].map(([rule, known]) => [rule, causesFrom(known)] as const);
    return { rules: new Map(rules), searches: this.#searched.size };
  }

  /** Searches until every largest candidate holds, or cannot be judged. */
  #settle(known: KnownVerdicts<T>): void {
    for (let isNew = true; isNew && !this.#isCancelled(); ) {
      this.#shrinkAll(known);
      const count = known.breaches.length;
      const hitting = hittingSetsOf(known.breaches.map(({ set }) => set));
      const candidates = hitting.map((set) => this.#request.universe & ~set);
      isNew = candidates.some((set) => this.#judge(known, set) === 'violated');
      if (isNew) continue;
      for (const set of candidates) if (known.of(set) === 'unknown') this.#grow(known, set);
      isNew = known.breaches.length !== count;
    }
  }

  #shrinkAll(known: KnownVerdicts<T>): void {
    for (let isSmaller = true; isSmaller; ) {
      isSmaller = known.breaches.some(({ set }) =>
        singlesOf(set).some((single) => this.#judge(known, set & ~single) === 'violated'),
      );
    }
  }

  /** Adds option after option to a set that holds, from nothing and from each option alone. */
  #grow(known: KnownVerdicts<T>, within: OptionSet): void {
    for (const start of [0, ...singlesOf(within)]) {
      if (known.holding.some((set) => start !== 0 && isWithin(start, set & within))) continue;
      let set = start;
      if (this.#judgeSmall(known, set) !== 'holds') continue;
      for (const single of singlesOf(within & ~set))
        if (this.#judgeSmall(known, set | single) === 'holds') set |= single;
    }
  }

  #judgeSmall(known: KnownVerdicts<T>, set: OptionSet): string {
    const isTooLarge = this.#tooLarge.some((other) => isWithin(other, set));
    return known.of(set) ?? (isTooLarge ? 'unknown' : this.#judge(known, set));
  }

  #judge(known: KnownVerdicts<T>, set: OptionSet): string {
    const before = known.of(set);
    if (before !== null || this.#isCancelled()) return before ?? 'unknown';
    this.#search(set);
    return known.of(set) ?? 'unknown';
  }

  #search(set: OptionSet): void {
    if (this.#searched.has(set)) return;
    this.#searched.add(set);
    const { rules, isTooLarge } = this.#request.search(set);
    if (isTooLarge) this.#tooLarge = minimalOf([...this.#tooLarge, set]);
    for (const rule of rules.keys())
      if (!this.#known.has(rule)) this.#known.set(rule, new KnownVerdicts<T>());
    for (const [rule, known] of this.#known) {
      // Where nothing could break a rule it is not among the search's, and is not broken.
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
