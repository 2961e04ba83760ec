/** Where a search stops although there is more to see. Every bound is stated in the report. */
export interface Limits {
  /** Do not store states farther than this many steps from the initial one. Default: no limit. */
  readonly depthMax?: number;
  /** Stop after storing this many distinct states. Default: no limit but memory. */
  readonly statesMax?: number;
  /** Stop after this much time, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
  /** Stop before the stored states take more than this, in bytes. Default: 2 GiB. */
  readonly memoryMaxBytes?: number;
  /** Stop at the first violated property. Default: false, decide every property. */
  readonly stopAtViolation?: boolean;
}

/** How far a search is; given about once a second. */
export interface Progress {
  /** Distinct states stored. */
  readonly states: number;
  /** Enabled actions of the states that were expanded. */
  readonly transitions: number;
  /** States stored and not yet expanded. */
  readonly queue: number;
  /** Steps from the initial state to the states that are expanded now. */
  readonly depth: number;
  /** Since the search began, in milliseconds. */
  readonly elapsedMs: number;
  /** What the stored states take, in bytes. */
  readonly bytes: number;
  /** Nodes of decision diagrams, by the symbolic engine, which cannot tell states before its end. */
  readonly nodes?: number;
}

/** How a caller follows a search, and ends it. */
export interface Watching<P = Progress> {
  /** Told how far the search is, about once a second. */
  readonly onProgress?: (progress: P) => void;
  /** Asked some times a second; once it returns true, the search ends with what it has found. */
  readonly isCancelled?: () => boolean;
}

/**
 * How states are explored: `fast` lists them in little memory, `plain` lists them in the obvious way, against which the
 * others are tested, and `symbolic` writes sets of them as decision diagrams.
 */
export type Engine = 'fast' | 'plain' | 'symbolic';

/**
 * Ways to look at fewer states and to reach the same verdicts. The fast engine has `symmetry`, the symbolic one
 * `unread`, which drops variables that are never read.
 */
export type Reduction = 'symmetry' | 'unread';
