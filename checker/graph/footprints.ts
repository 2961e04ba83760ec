import { Recorder } from '../learning/recorder.ts';
import type { Model } from '../model.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import { StateGraph } from './state-graph.ts';

/** What an action read and wrote where it was enabled, as paths into the state. */
export interface ActionFootprint {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/**
 * What each action was seen to read and write, over every reachable state that enables it.
 *
 * @param pathOf what is told of an end of the state's tree: its whole path, or the table that it belongs to
 * @returns by the action's index; an action that is never enabled has empty sets
 */
export function footprintsOf<S extends object, A>(
  model: Model<S, A>,
  pathOf: (path: readonly string[]) => string = (path) => path.join('.'),
): ActionFootprint[] {
  const graph = new StateGraph(model);
  const slots: Slot[] = slotsOf(model.initial);
  const recorder = new Recorder<S>(slots);
  const numbers = new Int32Array(slots.length);
  const found = model.actions.map(() => ({ reads: new Set<string>(), writes: new Set<string>() }));
  for (let number = 0; number < graph.size; number++) {
    const edges = graph.edges(number);
    const state = graph.state(number);
    for (const [i, slot] of slots.entries()) numbers[i] = slot.numberOf(valueAt(state, slot.path));
    for (const { action } of edges) {
      const run = (draft: S): boolean => graph.model.step(draft, model.actions[action] as A);
      const { footprint } = recorder.run(numbers, run, () => null, 'a step');
      for (const slot of footprint.reads) found[action]?.reads.add(pathOf(slots[slot]?.path ?? []));
      for (const [slot] of footprint.writes) found[action]?.writes.add(pathOf(slots[slot]?.path ?? []));
    }
  }
  return found;
}

function valueAt(state: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], state);
}
