/** What `npm run matrix` found, as docs/matrix.json has it. */
import type { Moment } from '../../conformance/shim/timeline.ts';

/** One run of the matrix. */
export interface MatrixRecord {
  /** The rules that were broken, by name. */
  readonly rules: Readonly<Record<string, RuleRecord>>;
  readonly shims: readonly ShimRecord[];
}

export interface RuleRecord {
  readonly level: string;
  readonly sentence: string;
  readonly source: string;
}

/** One column: a shim with an OCI runtime. */
export interface ShimRecord {
  readonly slug: string;
  readonly title: string;
  /** Of the shim, and of the OCI runtime. */
  readonly languages: readonly [string, string];
  /** What is special about how it was run; empty where nothing is. */
  readonly note: string;
  /** The commands that bring the shim and the runtime here. */
  readonly installs: readonly string[];
  /** The day of the run, as `2026-11-30`. */
  readonly day: string;
  /** Kernel and runtime. */
  readonly machine: string;
  /** Why there are no results: the words of the client or of the tester; null where there are. */
  readonly failure: string | null;
  /** What the shim said of itself; empty where it did not run. */
  readonly profile: string;
  readonly results: readonly ResultRecord[];
}

/** A check on a shim. What conforms has no more than its verdict. */
export interface ResultRecord {
  readonly name: string;
  readonly group: string;
  readonly verdict: 'conforms' | 'violates' | 'could not judge';
  readonly breaches?: readonly BreachRecord[];
  readonly notes?: readonly string[];
  readonly moments?: readonly Moment[];
  /** The flags of `npm run matrix -- SLUG` that repeat it. */
  readonly repeat?: string;
}

export interface BreachRecord {
  readonly rule: string;
  readonly subject: string;
  readonly what: string;
  readonly stack: readonly string[];
}
