import type { ClaimLearner, LearntClaim } from '../learning/claim-learner.ts';
import type { EffectTable } from '../learning/effects.ts';
import type { Ledger, OpenClaim } from '../ledger.ts';
import type { Canonicalizer } from '../reductions/canonicalizer.ts';
import { originalTrace } from '../reductions/decanonicalize.ts';
import type { Store } from '../store/store.ts';
import type { WholeModel } from '../whole-model.ts';
import type { BlockResult, SearchPosition } from './block-reader.ts';
import type { PathFinder } from './path-finder.ts';

/** The parts of a search that the judge needs. */
export interface JudgeParts<S extends object, A> {
  readonly model: WholeModel<S, A>;
  readonly ledger: Ledger<S, A>;
  readonly claims: ClaimLearner<S, A>;
  readonly effects: EffectTable;
  readonly store: Store;
  readonly pathFinder: PathFinder<S, A>;
  readonly canonicalizer: Canonicalizer<S, A> | null;
}

/** Judges the claims in new states and on new steps, and writes what is decided into the ledger. */
export class Judge<S extends object, A> {
  readonly #parts: JudgeParts<S, A>;

  constructor(parts: JudgeParts<S, A>) {
    this.#parts = parts;
  }

  /** Judges the initial state, which the store has as state 0. */
  judgeInitial(): void {
    const { claims, store } = this.#parts;
    const nodes = store.newNodes();
    store.load(0, nodes);
    this.#judgeState(claims.toJudgeInitially(), nodes, { number: 0, states: 1, transitions: 0 });
  }

  /** Judges what a block has found. @param before transitions that the search took before the block */
  judgeBlock(result: BlockResult, before: number): void {
    const { claims, effects, store, canonicalizer, ledger } = this.#parts;
    const inSearch = ({ number, states, transitions }: SearchPosition): SearchPosition => ({
      number,
      states,
      transitions: before + transitions,
    });
    const nodes = store.newNodes();
    for (const found of result.toJudge()) {
      const toJudge = claims.toJudgeAfter(found.leaf);
      if (toJudge.length === 0) continue;
      // With symmetry the store has only the representative, so the step is taken once more.
      store.load(canonicalizer ? found.parent : found.number, nodes);
      if (canonicalizer) effects.apply(found.leaf, nodes);
      this.#judgeState(toJudge, nodes, inSearch(found));
    }
    for (const found of claims.toJudgeIfQuiescent().length > 0 ? result.quiescentStates() : []) {
      store.load(found.number, nodes);
      this.#judgeState(claims.toJudgeIfQuiescent(), nodes, inSearch(found));
    }
    for (const found of result.breaches()) {
      for (const claim of effects.brokenClaims[found.leaf] ?? []) {
        if (ledger.isOpen(claim.property)) this.#decide(claim, inSearch(found), [found.action]);
      }
    }
  }

  /** Judges the state that is packed in `nodes`; it, or its representative, is state `at.number`. */
  #judgeState(toJudge: readonly LearntClaim[], nodes: Int32Array, at: SearchPosition): void {
    const { claims, ledger, store } = this.#parts;
    for (const claim of toJudge) {
      if (!claims.decides(claim, nodes, store.layout) || !ledger.isOpen(claim.property)) continue;
      this.#decide(claim, at, []);
      claims.dropDecided();
    }
  }

  /** @param lastStep for a claim about steps: the action that breaks it */
  #decide(claim: OpenClaim, at: SearchPosition, lastStep: readonly number[]): void {
    const { model, ledger, effects, pathFinder, canonicalizer } = this.#parts;
    const path = pathFinder.pathTo(at.number);
    if (canonicalizer) {
      const { kind = '' } = model.properties[claim.property] ?? {};
      const valuesAfter = (from: number, action: number): Int32Array => pathFinder.valuesAfter(from, action);
      const decided = { lastStep, kind, subject: claim.subject };
      const { subject, trace } = originalTrace(path, canonicalizer, valuesAfter, decided);
      ledger.decide({ ...claim, subject }, at, trace);
    } else {
      ledger.decide(claim, at, [...path.actions, ...lastStep]);
    }
    effects.updateBreaksClaim((other) => ledger.isOpen(other.property));
  }
}
