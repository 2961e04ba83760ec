import { type GraphProgress, type Model, StateGraph, type Watching } from '../../checker/index.ts';
import { type AnyAction, at, containerOf, isHolding, type Proposed, targetOf } from '../../spec/index.ts';

/** The handlers that hold nothing and cannot go on. */
export interface Kept {
  readonly states: number;
  /** In how many states one is kept, by what. */
  readonly by: Readonly<Record<'p.mu' | 'waitBlock', number>>;
  /** Handlers that something else keeps. */
  readonly strays: ReadonlySet<string>;
}

/**
 * What keeps a handler that holds nothing: `p.mu` of its process or of its init; and a Wait, the process that it waits
 * for. Nobody's number matters: a handler is kept or not, however many others there are.
 */
export function keptIn(
  model: Model<Proposed, AnyAction>,
  statesMax: number,
  watching: Watching<GraphProgress>,
): Kept {
  const graph = new StateGraph(model, statesMax, watching);
  const strays = new Set<string>();
  const by = { 'p.mu': 0, waitBlock: 0 };
  for (let number = 0; number < graph.size; number++) {
    const going = new Set(
      graph
        .edges(number)
        .map(({ action }) => model.actions[action] as AnyAction)
        .filter(({ type }) => type.startsWith('Shim'))
        .map(({ call }) => call),
    );
    graph.forget(number);
    const s = graph.state(number);
    for (const [call, { pc }] of Object.entries(s.calls)) {
      if (['idle', 'answered', 'refused'].includes(pc) || isHolding(pc) || going.has(call)) continue;
      const keeper = keeperOf(s, call, pc);
      if (keeper === null) strays.add(`${call} at ${pc} is kept by neither p.mu nor waitBlock`);
      else by[keeper]++;
    }
  }
  return { states: graph.size, by, strays };
}

function keeperOf(s: Proposed, call: string, pc: string): keyof Kept['by'] | null {
  const process = targetOf(call);
  if (pc === 'p.Wait') return at(s.processes, process).waitBlock === 'open' ? 'waitBlock' : null;
  const owners = [process, containerOf(process)];
  return owners.some((p) => s.processes[p]?.mu != null) ? 'p.mu' : null;
}
