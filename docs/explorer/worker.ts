/** Runs the checker beside the page: the same code that the command line runs. */
import { explore } from '../../checker/index.ts';
import { type Bound, labelOf, modelOf, revisions } from '../../spec/index.ts';

/** What the page asks for. */
export interface Order {
  readonly revision: string;
  readonly bound: Bound;
  readonly statesMax: number;
}

/** What the page is told: how far the search is, and what it found. */
export type Told =
  | { readonly kind: 'progress'; readonly revision: string; readonly states: number; readonly depth: number }
  | { readonly kind: 'result'; readonly column: Column }
  | { readonly kind: 'failed'; readonly revision: string; readonly message: string };

/** A revision's column of the matrix. */
export interface Column {
  readonly revision: string;
  readonly states: number;
  readonly depth: number;
  readonly elapsedMs: number;
  readonly stoppedBy: string | null;
  readonly cells: readonly {
    readonly property: string;
    readonly verdict: 'holds' | 'violated' | 'unknown';
    readonly labels: readonly string[] | null;
  }[];
}

const scope = globalThis as unknown as {
  onmessage: (message: { data: Order }) => void;
  postMessage: (told: Told) => void;
};

scope.onmessage = ({ data: { revision: slug, bound, statesMax } }) => {
  const revision = revisions.find((each) => each.slug === slug);
  if (!revision) return;
  try {
    const model = modelOf(revision, bound);
    const { report } = explore(model, {
      limits: { statesMax, memoryMaxBytes: 512 * 2 ** 20 },
      onProgress: ({ states, depth }) =>
        scope.postMessage({ kind: 'progress', revision: slug, states, depth }),
    });
    const cells = report.results
      .filter(({ property }) => property.kind !== 'sometimes')
      .map(({ property, verdict, trace }) => ({
        property: property.name,
        verdict,
        labels: trace?.map(labelOf) ?? null,
      }));
    const { states, elapsedMs, stoppedBy } = report;
    scope.postMessage({
      kind: 'result',
      column: { revision: slug, states, depth: report.depth ?? 0, elapsedMs, stoppedBy, cells },
    });
  } catch (error) {
    scope.postMessage({ kind: 'failed', revision: slug, message: (error as Error).message });
  }
};
