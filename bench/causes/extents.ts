/** How large the sweep of a revision is, and each search of it. */
export interface Extent {
  readonly containers: number;
  readonly execs: number;
  readonly statesMax: number;
}

/** What the page of causes has; the first one is measured. */
export const extents: readonly [Extent, ...Extent[]] = [
  { containers: 1, execs: 1, statesMax: 20_000 },
  { containers: 1, execs: 2, statesMax: 20_000 },
  { containers: 2, execs: 1, statesMax: 20_000 },
];
