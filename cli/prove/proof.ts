import { footprintsOf } from '../../checker/graph/footprints.ts';
import {
  Abstract,
  CancelledError,
  checkRefinement,
  explore,
  type GraphProgress,
  type Model,
  ModelError,
  type Refinement,
  type Report,
  StateGraph,
  type Watching,
} from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import {
  type AnyAction,
  aloneModel,
  type BeyondAction,
  type Bound,
  beyondModel,
  erased,
  fociOf,
  focus,
  modelOf,
  type Proposed,
  proposed,
  readsModelled,
  type Touched,
  touchedOf,
  viewFrom,
  writesModelled,
} from '../../spec/index.ts';

import { ghostsAreAlike } from './alike.ts';
import { askedIn } from './asked.ts';
import { proofBounds } from './bounds.ts';
import { keptIn } from './kept.ts';

/** One part of the argument, and whether the machine found it to hold. */
export interface Finding {
  /** A sentence in the present tense. */
  readonly claim: string;
  /** null where the search was cut short. */
  readonly holds: boolean | null;
  /** How much was checked. */
  readonly counts: Readonly<Record<string, number>>;
  /** Why it does not hold, or the single facts that do. */
  readonly lines: readonly string[];
}

/** The model beyond the bound; a test changes it to see that a part fails. */
type Beyond = ReturnType<typeof beyondModel>;

/** The parts of the argument for one kind of pid namespace, each checked when it is asked for. */
export function* proof(
  isShared: boolean,
  statesMax: number,
  watching: Watching<GraphProgress> = {},
): Generator<Finding> {
  const model = beyondModel(isShared);
  const limits = { limits: { statesMax }, ...watching };
  yield judged(
    'every rule holds of any exec and its init, whatever is beside them',
    explore(model, limits).report,
  );
  yield judged('every call in flight can go on by itself', explore(aloneModel(model), limits).report);
  const graph = new StateGraph(model, statesMax, watching);
  yield withinLimit(statesMax, 'the exec in focus does nothing that ghosts do not do', () => closed(graph));
  yield withinLimit(statesMax, 'a ghost does the same whichever exec is in focus', () => alike(graph));
  const { refined, learnt, asked } = proofBounds(isShared);
  for (const bound of refined)
    yield withinLimit(statesMax, claimOf(bound), () => refines(bound, statesMax, undefined, watching));
  yield touches(learnt);
  yield asks(asked);
  yield withinLimit(statesMax, 'a call that holds nothing waits for p.mu, or as a Wait for its process', () =>
    waits(refined, statesMax, watching),
  );
}

function alike(graph: StateGraph<Proposed, BeyondAction>): Omit<Finding, 'claim'> {
  const { states, steps, lines } = ghostsAreAlike(graph);
  return { holds: lines.length === 0, counts: { states, steps }, lines };
}

function claimOf(bound: Bound): string {
  const [extent] = boundText(bound).split(';');
  return `the model does all that proposed does: ${extent}`;
}

function withinLimit(statesMax: number, claim: string, make: () => Omit<Finding, 'claim'>): Finding {
  try {
    return { claim, ...make() };
  } catch (error) {
    if (error instanceof CancelledError)
      return { claim, holds: null, counts: {}, lines: ['stopped by Ctrl-C or SIGTERM'] };
    if (!(error instanceof ModelError) || !error.message.includes('too large')) throw error;
    return { claim, holds: null, counts: { states: statesMax }, lines: [`more than ${statesMax} states`] };
  }
}

function judged(claim: string, { results, ...report }: Report<Proposed>): Finding {
  const { states, transitions, depth, quiescent } = report;
  const bad = results.filter(({ verdict }) => verdict === 'violated');
  const isUnknown = results.some(({ verdict }) => verdict === 'unknown');
  return {
    claim,
    holds: bad.length > 0 ? false : isUnknown ? null : true,
    counts: { states, transitions, depth: depth ?? 0, 'at rest': quiescent },
    lines:
      bad.length > 0
        ? bad.map(({ property, subject }) => `not so: ${property.name} (${subject})`)
        : [...new Set(results.map(({ property }) => property.name))],
  };
}

/** Whether the model, seen by an exec or a container still to come, does only what it models. */
export function closed(graph: StateGraph<Proposed, BeyondAction>): Omit<Finding, 'claim'> {
  const { model } = graph;
  const views = ['c1', 'c9'].map((container) => ({
    name: container === 'c1' ? 'another exec' : 'another container',
    of: viewFrom(model.initial, { container, exec: `${container}/to come` }),
  }));
  const small = new Abstract(graph, viewFrom(model.initial, focus));
  const found = checkRefinement(graph, small, views);
  return refinement(found, graph.size, model.label);
}

/** Whether the model does whatever `proposed` does within a bound, whichever exec is in focus. */
export function refines(
  bound: Bound,
  statesMax: number,
  model: Beyond = beyondModel(bound.sharedPidNamespace),
  watching: Watching<GraphProgress> = {},
): Omit<Finding, 'claim'> {
  const whole = modelOf(erased(proposed), bound) as unknown as Model<Proposed, AnyAction>;
  const views = fociOf(whole.initial).map((of) => ({ name: of.exec, of: viewFrom(whole.initial, of) }));
  const small = new Abstract(new StateGraph(model, statesMax, watching), viewFrom(model.initial, focus));
  const large = new StateGraph(whole, statesMax, watching);
  const found = checkRefinement(large, small, views);
  return refinement(found, large.size, large.model.label);
}

function refinement<A>(
  found: readonly Refinement<A>[],
  states: number,
  label: (action: A) => string,
): Omit<Finding, 'claim'> {
  const lines = found.flatMap(({ view, mismatch }) =>
    mismatch
      ? [`seen by ${view}: no counterpart (${mismatch.kind})`, ...mismatch.trace.map(label), ...mismatch.seen]
      : [],
  );
  const steps = found.reduce((sum, { steps }) => sum + steps, 0);
  return { holds: lines.length === 0, counts: { states, views: found.length, steps }, lines };
}

/** Whether a step touches of others only what the model has of them. */
export function touches(bounds: readonly Bound[]): Finding {
  const reads = { besides: new Set<string>(), elsewhere: new Set<string>() };
  const writes = { besides: new Set<string>(), elsewhere: new Set<string>() };
  let actions = 0;
  for (const bound of bounds) {
    const model = modelOf(erased(proposed), bound);
    for (const [i, footprint] of footprintsOf(model).entries()) {
      const action = model.actions[i] as AnyAction;
      addTouched(reads, touchedOf(action, footprint.reads));
      addTouched(writes, touchedOf(action, footprint.writes));
      actions++;
    }
  }
  const stray = [...strays('reads', reads, readsModelled), ...strays('writes', writes, writesModelled)];
  const list = (set: Set<string>): string => [...set].toSorted().join(', ') || 'nothing';
  return {
    claim: 'a step touches of others only what the model has of them',
    holds: stray.length === 0,
    counts: { bounds: bounds.length, actions },
    lines:
      stray.length > 0
        ? stray
        : [
            `reads of other execs ${list(reads.besides)}; of other containers ${list(reads.elsewhere)}`,
            `writes of other execs ${list(writes.besides)}; of other containers ${list(writes.elsewhere)}`,
          ],
  };
}

/** Whether a step asks of others only whether there is one, and knows pids as names. */
export function asks(bounds: readonly Bound[]): Finding {
  const found = bounds.map((bound) => askedIn(modelOf(erased(proposed), bound)));
  const strays = new Set(found.flatMap(({ strays }) => [...strays]));
  const questions = new Set(found.flatMap(({ questions }) => [...questions]));
  return {
    claim: 'a step asks of others only whether there is one, and of a pid only whose it is',
    holds: strays.size === 0,
    counts: { bounds: bounds.length, questions: questions.size },
    lines: [...(strays.size > 0 ? strays : questions)].toSorted(),
  };
}

/** What keeps handlers that hold nothing from going on. */
export function waits(
  bounds: readonly Bound[],
  statesMax: number,
  watching: Watching<GraphProgress> = {},
): Omit<Finding, 'claim'> {
  const found = bounds.map((bound) => {
    const model = modelOf(erased(proposed), bound) as unknown as Model<Proposed, AnyAction>;
    return keptIn(model, statesMax, watching);
  });
  const sum = (of: (kept: (typeof found)[number]) => number): number =>
    found.reduce((total, kept) => total + of(kept), 0);
  const lines = [...new Set(found.flatMap(({ strays }) => [...strays]))];
  return {
    holds: lines.length === 0,
    counts: {
      bounds: bounds.length,
      states: sum(({ states }) => states),
      'calls kept by p.mu': sum(({ by }) => by['p.mu']),
      'Waits that wait': sum(({ by }) => by.waitBlock),
    },
    lines,
  };
}

function addTouched(
  sets: { besides: Set<string>; elsewhere: Set<string> },
  { besides, elsewhere }: Touched,
): void {
  for (const name of besides) sets.besides.add(name);
  for (const name of elsewhere) sets.elsewhere.add(name);
}

function strays(
  what: string,
  found: { besides: Set<string>; elsewhere: Set<string> },
  { besides, elsewhere }: Touched,
): string[] {
  return [
    ...[...found.besides].filter((name) => !besides.includes(name)),
    ...[...found.elsewhere].filter((name) => !elsewhere.includes(name)),
  ].map((name) => `${what} ${name} of others`);
}
