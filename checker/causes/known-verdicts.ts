import { isWithin, maximalOf, minimalOf, type OptionSet } from './option-sets.ts';

/** What one search says of one rule. */
export type RuleFinding<T> =
  | { readonly verdict: 'holds' | 'unknown' }
  /** `used`: the options that the counterexample uses; it is a counterexample with no others, too. */
  | { readonly verdict: 'violated'; readonly used: OptionSet; readonly evidence: T };

/** A set of options that breaks a rule, with the evidence for it. */
export interface Breach<T> {
  readonly set: OptionSet;
  readonly evidence: T;
}

/**
 * What is known of one rule: the sets that break it, and those under which it holds.
 * More options are more runs, so what breaks a rule breaks it under every larger set, and what holds, under every smaller one.
 */
export class KnownVerdicts<T> {
  #breaches: Breach<T>[] = [];
  #holding: OptionSet[] = [];

  /** The smallest sets known to break it. */
  get breaches(): readonly Breach<T>[] {
    return this.#breaches;
  }

  /** The largest sets known to keep it. */
  get holding(): readonly OptionSet[] {
    return this.#holding;
  }

  /** A set's verdict on the rule; null where it follows from no search. */
  of(set: OptionSet): 'holds' | 'violated' | null {
    if (this.#breaches.some((breach) => isWithin(breach.set, set))) return 'violated';
    if (this.#holding.some((holding) => isWithin(set, holding))) return 'holds';
    return null;
  }

  /** Takes in what the search of `set` says. */
  add(set: OptionSet, finding: RuleFinding<T>): void {
    if (finding.verdict === 'violated') {
      const { used, evidence } = finding;
      if (this.#breaches.some((breach) => breach.set === used)) return;
      const all = [...this.#breaches, { set: used, evidence }];
      const minimal = new Set(minimalOf(all.map((breach) => breach.set)));
      this.#breaches = all.filter((breach) => minimal.has(breach.set));
    } else if (finding.verdict === 'holds') this.#holding = maximalOf([...this.#holding, set]);
  }
}
