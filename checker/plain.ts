import { freeze } from 'immer';
import { BoundWatch } from './bounds.ts';
import { canonicalJson } from './canonical.ts';
import { Ledger, type OpenClaim } from './ledger.ts';
import type { Progress } from './limits.ts';
import type { Exploration } from './options.ts';
import type { SearchPlan } from './plan.ts';
import { next } from './step.ts';
import type { Stop } from './verdict.ts';
import type { WholeModel } from './whole-model.ts';

/** A rough price of one stored state of this engine: its objects, its key and its map entry. */
const bytesPerState = 2_000;

interface Node<S> {
  readonly state: S;
  readonly parent: number;
  readonly action: number;
  readonly depth: number;
}

/**
 * The engine that is obviously right: immer's `produce` for every step, a map from canonical JSON to the
 * state, properties called on plain objects. Slow; the fast engine is tested against it.
 */
export function explorePlain<S extends object, A>(
  model: WholeModel<S, A>,
  plan: SearchPlan,
): Exploration<S, A> {
  const { limits } = plan;
  const ledger = new Ledger(model);
  const watch = new BoundWatch(plan);
  const nodes: Node<S>[] = [];
  const index = new Map<string, number>();
  const taken = model.actions.map(() => 0);
  let transitions = 0;
  let quiescent = 0;
  let stoppedBy: Stop = null;

  const store = (state: S, parent: number, action: number): void => {
    const key = canonicalJson(state);
    if (index.has(key)) return;
    const depth = parent < 0 ? 0 : (nodes[parent]?.depth ?? 0) + 1;
    if (!watch.mayGoDeeper(depth)) return;
    index.set(key, nodes.length);
    nodes.push({ state, parent, action, depth });
    judge(ledger.open('always'), nodes.length - 1, false);
    judge(ledger.open('sometimes'), nodes.length - 1, true);
  };
  const traceTo = (at: number): number[] => {
    const trace: number[] = [];
    for (let node = nodes[at]; node && node.parent >= 0; node = nodes[node.parent]) {
      trace.unshift(node.action);
    }
    return trace;
  };
  const judge = (claims: readonly OpenClaim[], at: number, wanted: boolean): void => {
    const node = nodes[at];
    if (!node) return;
    for (const claim of claims) {
      const property = model.properties[claim.property];
      if (!property || !ledger.isOpen(claim.property)) continue;
      if (property.check(node.state, claim.subject, node.state) === wanted) {
        ledger.decide(claim, progress(head), traceTo(at));
      }
    }
  };
  const judgeStep = (before: S, after: S, head: number, action: number): void => {
    for (const claim of ledger.open('step')) {
      const property = model.properties[claim.property];
      if (!property || !ledger.isOpen(claim.property) || property.check(before, claim.subject, after))
        continue;
      ledger.decide(claim, progress(head), [...traceTo(head), action]);
    }
  };
  const progress = (head: number): Progress => ({
    states: nodes.length,
    transitions,
    queue: nodes.length - head,
    depth: nodes.at(-1)?.depth ?? 0,
    elapsedMs: watch.elapsedMs(),
    bytes: nodes.length * bytesPerState,
  });

  let head = 0;
  store(freeze(model.initial, true), -1, -1);
  for (; head < nodes.length; head++) {
    const node = nodes[head];
    if (!node) break;
    stoppedBy = watch.stop(head, nodes.length, ledger.violated, () => progress(head));
    if (stoppedBy) break;
    let mayRest = true;
    for (const [number, action] of model.actions.entries()) {
      const after = next(model, node.state, action);
      if (after === null) continue;
      transitions++;
      taken[number] = (taken[number] ?? 0) + 1;
      if (model.progress(action)) mayRest = false;
      judgeStep(node.state, after, head, number);
      store(after, head, number);
    }
    if (mayRest) {
      quiescent++;
      judge(ledger.open('quiescent'), head, false);
    }
  }
  stoppedBy ??= watch.depthWasReached ? 'depth' : null;
  const end = progress(head);
  return {
    report: {
      model,
      engine: 'plain',
      results: ledger.results(end, stoppedBy),
      stoppedBy,
      limits,
      reduction: null,
      states: end.states,
      represented: end.states,
      transitions,
      depth: end.depth,
      quiescent,
      bytes: 0,
      elapsedMs: end.elapsedMs,
      taken,
    },
    states: () => nodes.map((node) => node.state),
    coverage: null,
  };
}
