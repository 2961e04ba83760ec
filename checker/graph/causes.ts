import { Recorder } from '../learning/recorder.ts';
import type { Model } from '../model.ts';
import { slotsOf } from '../store/slots.ts';
import { wholeModel } from '../whole-model.ts';

/**
 * What had to happen before what on a path, learnt from what each step read: a step comes after the steps that wrote
 * what it read, and after the earlier steps of its own thread.
 *
 * @param laneOf the thread of each step
 * @returns for each step the earlier steps, by index, that it follows from directly: none that another one implies,
 * and none of its own thread
 */
export function causesOf<S extends object, A>(
  model: Model<S, A>,
  actions: readonly A[],
  laneOf: (step: number) => string,
): number[][] {
  const { initial, step: carryOut } = wholeModel(model);
  const slots = slotsOf(initial);
  const recorder = new Recorder<S>(slots);
  const numbers = new Int32Array(slots.length);
  const writers = new Int32Array(slots.length).fill(-1);
  const lastOf = new Map<string, number>();
  const before: Set<number>[] = [];
  return actions.map((action, step) => {
    const { footprint } = recorder.run(
      numbers,
      (draft) => carryOut(draft, action),
      () => null,
      'a step',
    );
    const own = lastOf.get(laneOf(step));
    const direct = new Set(
      footprint.reads.map((slot) => writers[slot] as number).filter((writer) => writer >= 0),
    );
    if (own !== undefined) direct.add(own);
    const implied = new Set([...direct].flatMap((cause) => [...(before[cause] ?? [])]));
    before.push(new Set([...direct, ...implied]));
    for (const [slot, value] of footprint.writes) {
      numbers[slot] = value;
      writers[slot] = step;
    }
    lastOf.set(laneOf(step), step);
    return [...direct]
      .filter((cause) => !implied.has(cause) && laneOf(cause) !== laneOf(step))
      .toSorted((a, b) => a - b);
  });
}
