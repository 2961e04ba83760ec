import type { Symmetry } from '../checker/model.ts';
import { type Bound, callsOf, containersOf, ownPid, processesOf } from './bound.ts';
import { containerOf, isInit } from './vocabulary.ts';

/**
 * What is interchangeable within a bound: the execs of a container with their pids, whole containers, and a call
 * with the same call once more.
 */
export function symmetryOf(bound: Bound): Symmetry {
  const containers = containersOf(bound);
  const processes = (c: string): string[] => processesOf(bound).filter((p) => containerOf(p) === c);
  const execs = containers.map((c) =>
    processes(c)
      .filter((p) => !isInit(p))
      .map((p) => [p, ownPid(p)]),
  );
  const whole = containers.map((c) => processes(c).flatMap((p) => [p, ownPid(p)]));
  const again = callsOf(bound).filter((call) => call.endsWith(' again'));
  return {
    types: [...execs, whole].filter((members) => members.length > 1),
    twins: again.map((call) => [call.slice(0, -' again'.length), call] as const),
  };
}
