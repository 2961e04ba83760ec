import type { Coverage } from './fast/coverage.ts';
import type { Crew } from './fast/crew.ts';
import type { Engine, Limits, Reduction, Watching } from './limits.ts';
import type { Snapshot } from './snapshot.ts';
import type { Report } from './verdict.ts';

/** How a search is to be made. */
export interface SearchOptions extends Watching {
  /** Default: fast. */
  readonly engine?: Engine;
  /** Default: none but the memory's. */
  readonly limits?: Limits;
  /** Default: none. */
  readonly reduction?: Reduction;
  /** Whether the symbolic engine finds shortest counterexamples, which takes longer; those of the others are. Default: no. */
  readonly shortest?: boolean;
  /**
   * Asked at the end of each level by the fast engine, and once more where time, memory or `isCancelled` ends the search:
   * `snapshot` gives what the search can go on from. It shares its arrays with the search, so it has to be written down
   * before this returns.
   */
  readonly onLevel?: (snapshot: () => Snapshot, isLast: boolean) => void;
  /** Where to go on; of the same model, bound, depth limit and code. Not with a reduction. */
  readonly resume?: Snapshot;
  /** Threads for the fast engine, as startCrew of shim-spec/checker/threads makes them. Not with a reduction. Default: this one alone. */
  readonly crew?: Crew;
}

/** What a search can tell besides its report. */
export interface Exploration<S extends object = object, A = unknown> {
  /** What the search has found. */
  readonly report: Report<S, A>;
  /** Every distinct state that was stored, in the order of discovery. */
  readonly states: () => Iterable<S>;
  /** What became of each action in the states that were expanded; null where the search cannot tell. */
  readonly coverage: (() => Coverage) | null;
  /** The set of every state, where the engine has it as a decision diagram. */
  readonly diagram?: () => StateDiagram;
}

/** A part of the state that varies. */
export interface DiagramLevel {
  /** The keys that lead to it. */
  readonly path: readonly string[];
  /** Its values, by the numbers that the nodes have. */
  readonly values: readonly unknown[];
}

/** A set of states as a list decision diagram with a level for each part of the state that varies. */
export interface StateDiagram {
  /** The parts, in the order in which the nodes have them. */
  readonly levels: readonly DiagramLevel[];
  /** Paths of parts that vary and are left out, since nothing reads them. Other parts are as in the initial state. */
  readonly leftOut: readonly (readonly string[])[];
  /** From number 2 on, the root last: a value, the node of the rest, and the node with larger values. 0 has none, 1 ends. */
  readonly nodes: Iterable<readonly [value: number, down: number, right: number]>;
}
