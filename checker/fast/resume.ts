import type { BoundWatch } from '../bounds.ts';
import { memoryMaxBytesDefault } from '../bounds.ts';
import type { Ledger } from '../ledger.ts';
import type { Limits } from '../limits.ts';
import { ModelError } from '../misuse.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Ancestry } from '../store/ancestry.ts';
import type { Slot } from '../store/slots.ts';
import type { Store } from '../store/store.ts';
import type { WholeModel } from '../whole-model.ts';

const actionsMax = 0xffff;

/** @throws ModelError for a model that the fast engine cannot take */
export function assertSearchable<S extends object, A>({ name, actions }: WholeModel<S, A>): void {
  if (actions.length > actionsMax) {
    throw new ModelError(
      `model ${name} has too many actions (got ${actions.length}, allowed ${actionsMax}): lower the bound`,
    );
  }
}

/** More states than a search can store: one of its limits ends it before. */
export function statesMaxOf({
  memoryMaxBytes = memoryMaxBytesDefault,
  statesMax = Infinity,
}: Limits = {}): number {
  return Math.min(2 ** 30, statesMax, Math.ceil(memoryMaxBytes / 8) + 2 ** 20);
}

/** The parts of a search that a snapshot saves. */
export interface SavedParts {
  readonly slots: readonly Slot[];
  readonly store: Store;
  readonly ledger: Pick<Ledger<object, unknown>, 'decisions' | 'restore'>;
  readonly claims: {
    readonly footprints: number[][];
    restore: (footprints: readonly (readonly number[])[]) => void;
  };
  readonly taken: Float64Array;
  readonly ancestry: Ancestry;
}

export function snapshotOf(
  { slots, store, ledger, claims, taken, ancestry }: SavedParts,
  counts: Pick<Snapshot, 'head' | 'levelEnd' | 'depth' | 'transitions' | 'quiescent'>,
  watch: BoundWatch,
): Snapshot {
  return {
    ...counts,
    values: slots.map(({ texts }) => texts),
    store: store.saved,
    ancestry: ancestry.saved,
    taken: [...taken],
    decisions: ledger.decisions,
    footprints: claims.footprints,
    depthWasReached: watch.depthWasReached,
    elapsedMs: watch.elapsedMs(),
  };
}

export function restoreInto(
  saved: Snapshot,
  { slots, store, ledger, claims, taken, ancestry }: SavedParts,
): void {
  for (const [i, texts] of saved.values.entries()) slots[i]?.restore(texts);
  store.restore(saved.store);
  ancestry.restore(saved.ancestry);
  ledger.restore(saved.decisions);
  claims.restore(saved.footprints);
  taken.set(saved.taken);
}
