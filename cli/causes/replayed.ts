import { replay } from '../../checker/index.ts';
import { ReplayError, violationsOf } from '../../checker/replay.ts';
import { type AnyAction, type Bound, modelOf, type Revision } from '../../spec/index.ts';

/** By revision: what was replayed. Larger sets break a rule by the counterexample of a smaller one again and again. */
const replayed = new WeakMap<Revision, Map<string, boolean>>();
/** More answers than this are not kept: a worker may live for days. */
const keptMax = 2_000;

/** Whether a trace is a run under a set, and breaks the rule there: replayed, not assumed. */
export function breaks(revision: Revision, bound: Bound, trace: readonly AnyAction[], rule: string): boolean {
  const known = replayed.get(revision) ?? new Map<string, boolean>();
  replayed.set(revision, known);
  const key = JSON.stringify([bound, rule, trace]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = breaksAnew(revision, bound, trace, rule);
  if (known.size >= keptMax) known.clear();
  known.set(key, found);
  return found;
}

function breaksAnew(revision: Revision, bound: Bound, trace: readonly AnyAction[], rule: string): boolean {
  const model = modelOf(revision, bound);
  try {
    // A search's counterexample breaks its rule in its last step: the states before it need not be judged.
    const lastStep = replay(model, trace).slice(-1);
    return violationsOf(model, lastStep).some(({ property }) => property.name === rule);
  } catch (error) {
    if (error instanceof ReplayError) return false;
    throw error;
  }
}
