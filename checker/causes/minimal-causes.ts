import { KnownVerdicts, type RuleFinding } from './known-verdicts.ts';
import { hittingSetsOf, isWithin, type OptionSet, singlesOf, subsetsOf } from './option-sets.ts';

/** What a search of one set says of each rule. */
export interface SetFindings<T> {
  readonly rules: ReadonlyMap<string, RuleFinding<T>>;
  /** `limit`: the set has too many states, and so has every larger one. */
  readonly end: 'whole' | 'limit' | 'interrupt';
}

/** What is known of the sets before any search. */
export interface CauseQuestion {
  /** Every option that may be in a set. */
  readonly universe: OptionSet;
  /** Options that change no verdict on a rule: a set is judged without them. Default: none. */
  readonly passive?: (rule: string) => OptionSet;
  /** Asked before each search. Default: never. */
  readonly isCancelled?: () => boolean;
}

/** How minimal causes are looked for. */
export interface CauseSearch<T> extends CauseQuestion {
  /** Judges every rule under one set; called once for a set. */
  readonly search: (set: OptionSet) => SetFindings<T>;
}

/**
 * Yields the sets that are to be searched, the next one first and behind it those that are likely to come; takes what the search
 * of the first one says. So the searches of the others may run beside it, and the outcome does not depend on who was faster.
 */
export type CauseSteps<T> = Generator<readonly OptionSet[], Causes<T>, SetFindings<T>>;

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
 * Where a candidate is too large to search, the border between small sets and those that are too large is found within it in
 * the same way, and the largest small sets are judged. So every set that can be searched is judged. For it ends after a pass
 * that has searched nothing. Take a small set without a known cause: it lies within a candidate that holds; or within a largest
 * small set of a candidate, which holds, too, for it is judged and a candidate contains no known cause.
 *
 * A search that is cut off may break a rule as well, and with fewer options it comes deeper. So each set of at most
 * {@link probedMax} options that is unknown is searched by itself, though it is too large. Of other sets that are too large,
 * some counterexamples are missed.
 */
export function findCauses<T>(request: CauseSearch<T>): Causes<T> {
  const steps = new CauseFinder<T>(request).run();
  let step = steps.next();
  while (!step.done) step = steps.next(request.search(step.value[0] as OptionSet));
  return step.value;
}

/** So many options a set has at most that is searched though it is known to be too large. */
const probedMax = 2;

/** What is known of a rule, or of what is too large to search; a set is judged without the passive options. */
interface Asked<T> {
  readonly known: KnownVerdicts<T>;
  readonly passive: OptionSet;
}

/**
 * What became of a set: it was searched, or its verdicts follow from others, or it is too large and some of its verdicts are
 * unknown, or nobody can tell yet.
 */
export type Cell = 'searched' | 'pruned' | 'unknown' | 'open';

/** {@link findCauses}, for a caller that searches the sets by itself and looks on. */
export class CauseFinder<T> {
  readonly #question: CauseQuestion;
  readonly #rules = new Map<string, Asked<T>>();
  /** Which sets are too large to search. More options are more states, so this is found as a rule's causes are. */
  readonly #tooLarge: Asked<null> = { known: new KnownVerdicts<null>(), passive: 0 };
  readonly #searched = new Set<OptionSet>();

  constructor(question: CauseQuestion) {
    this.#question = question;
  }

  /** What became of a set so far. */
  cellOf(set: OptionSet): Cell {
    if (this.#searched.has(set)) return 'searched';
    const asked = [...this.#rules.values()];
    const isKnown = ({ known, passive }: Asked<T>): boolean => known.of(set & ~passive) !== null;
    if (asked.length > 0 && asked.every(isKnown)) return 'pruned';
    const passive = asked.reduce((common, each) => common & each.passive, -1);
    return this.#tooLarge.known.of(set & ~passive) === 'violated' ? 'unknown' : 'open';
  }

  /** The steps of the search, from its first one. */
  *run(): CauseSteps<T> {
    const { universe } = this.#question;
    yield* this.#search([universe]);
    // A search for one rule may tell something of a rule that was settled before it.
    for (let before = -1; before !== this.#searched.size; ) {
      before = this.#searched.size;
      for (const asked of this.#rules.values())
        for (const open of yield* this.#settle(asked, universe & ~asked.passive))
          yield* this.#judgeSmallIn(asked, open);
      for (const asked of this.#rules.values())
        yield* this.#judgeAll(asked, subsetsOf(universe & ~asked.passive, probedMax));
    }
    const rules = [...this.#rules].map(([rule, asked]) => [rule, causesFrom(asked)] as const);
    return { rules: new Map(rules), searches: this.#searched.size };
  }

  /** Searches until every largest candidate within `whole` is judged. @returns those that could not be judged */
  *#settle(asked: Asked<T> | Asked<null>, whole: OptionSet): Steps<T, OptionSet[]> {
    for (;;) {
      yield* this.#shrink(asked);
      const candidates = candidatesIn(asked, whole);
      yield* this.#judgeAll(asked, candidates);
      if (!candidates.some((set) => asked.known.of(set) === 'violated'))
        return candidates.filter((set) => asked.known.of(set) === null);
    }
  }

  /** Judges the largest sets within `whole` that can be searched. */
  *#judgeSmallIn(asked: Asked<T>, whole: OptionSet): Steps<T, void> {
    if (asked.known.of(whole) === 'violated') return;
    yield* this.#settle(this.#tooLarge, whole);
    yield* this.#judgeAll(asked, candidatesIn(this.#tooLarge, whole));
  }

  /** Judges each breach without one of its options, until no smaller one is a breach. */
  *#shrink(asked: Asked<T> | Asked<null>): Steps<T, void> {
    for (;;) {
      const { breaches } = asked.known;
      const smaller = breaches.flatMap(({ set }) => singlesOf(set).map((single) => set & ~single));
      const open = this.#openOf(asked, smaller);
      if (open.length === 0) return;
      yield* this.#search(open);
    }
  }

  /** Searches some sets until each is judged, or was searched in vain. */
  *#judgeAll(asked: Asked<T> | Asked<null>, sets: readonly OptionSet[]): Steps<T, void> {
    for (;;) {
      const open = this.#openOf(asked, sets);
      if (open.length === 0) return;
      yield* this.#search(open);
    }
  }

  /** Those that are to be searched yet; none once it is cancelled. */
  #openOf({ known }: Asked<T> | Asked<null>, sets: readonly OptionSet[]): OptionSet[] {
    if (this.#isCancelled()) return [];
    return sets.filter((set) => known.of(set) === null && !this.#searched.has(set));
  }

  /** Has the first of some sets searched. */
  *#search(sets: readonly OptionSet[]): Steps<T, void> {
    const [set = 0] = sets;
    this.#searched.add(set);
    const { rules, end } = yield sets;
    if (end === 'limit') this.#tooLarge.known.add(set, { verdict: 'violated', used: set, evidence: null });
    else this.#tooLarge.known.add(set, { verdict: end === 'whole' ? 'holds' : 'unknown' });
    for (const rule of rules.keys())
      if (!this.#rules.has(rule))
        this.#rules.set(rule, {
          known: new KnownVerdicts<T>(),
          passive: this.#question.passive?.(rule) ?? 0,
        });
    for (const [rule, { known, passive }] of this.#rules) {
      // A rule that the search did not have is one that nothing could break there.
      const finding = rules.get(rule) ?? { verdict: end === 'interrupt' ? 'unknown' : 'holds' };
      known.add(set & ~passive, withoutOptions(finding, passive));
    }
  }

  #isCancelled(): boolean {
    return this.#question.isCancelled?.() ?? false;
  }
}

/** The largest sets within `whole` that contain no known breach. */
function candidatesIn({ known }: Asked<unknown>, whole: OptionSet): OptionSet[] {
  const causes = known.breaches.map(({ set }) => set).filter((set) => isWithin(set, whole));
  return hittingSetsOf(causes).map((set) => whole & ~set);
}

function withoutOptions<T>(finding: RuleFinding<T>, options: OptionSet): RuleFinding<T> {
  return finding.verdict === 'violated' ? { ...finding, used: finding.used & ~options } : finding;
}

type Steps<T, R> = Generator<readonly OptionSet[], R, SetFindings<T>>;

function causesFrom<T>({ known, passive }: Asked<T>): RuleCauses<T> {
  const causes = known.breaches.map(({ set, evidence }) => ({
    set,
    evidence,
    isMinimal: singlesOf(set).every((single) => known.of(set & ~single) === 'holds'),
  }));
  return { causes, holding: known.holding.map((set) => set | passive) };
}
