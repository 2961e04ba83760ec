/**
 * What is seen of a state when one container and one of its execs are looked at: they in full, everything else by
 * what they can notice of it.
 *
 * It is the same for states of `proposed` within a bound and for states of the model beyond the bound, whose ghosts
 * are processes like any other.
 *
 * @module
 */
import { at } from '../assert.ts';
import type { State } from '../revisions/proposed.ts';
import { type CallId, containerOf, isInit, methodOf, type ProcessId, targetOf } from '../vocabulary.ts';
import type { Focus } from './actions.ts';
import { profileOf, startingOf } from './ghosts.ts';
import { foldedPc } from './model.ts';

/**
 * What is seen of a state with this focus, as a text. A focus that the state has no place for is one that is still to
 * come.
 *
 * @param shape any state of the model: the keys of all are the same
 */
export function viewFrom(shape: State, { container, exec }: Focus): (s: State) => string {
  const names = [container, exec] as const;
  const calls = Object.keys(shape.calls).filter((call) => names.includes(targetOf(call)));
  const siblings = Object.keys(shape.processes).filter(
    (p) => !isInit(p) && p !== exec && containerOf(p) === container,
  );
  const elsewhere = Object.keys(shape.starting).filter((call) => containerOf(targetOf(call)) !== container);
  const bundle = shape.bundles[container] ? container : 'c1';
  return (s) =>
    JSON.stringify([
      at(s.bundles, bundle).sharedPidNamespace,
      processView(s, container, names),
      processView(s, exec, names),
      s.containers[container] ?? false,
      heldView(s, container),
      callsView(s, calls, container),
      ghostsView(s, siblings),
      elsewhere.some((call) => s.starting[call]),
      s.processExits.pc === 'ended',
    ]);
}

/** A process, with pids said by whether they are its own: which number that is makes no difference. */
function processView(s: State, process: ProcessId, names: readonly [ProcessId, ProcessId]): unknown {
  if (s.kernel[process] === undefined) return ['none', 'none', null, 'open', 'no', [], [], 0];
  const { status, pid } = at(s.kernel, process);
  const object = at(s.processes, process);
  const isOwn = (other: number): string => (other === 0 ? 'no' : other === pid ? 'own' : 'of another');
  const entries = Object.entries(s.running).filter(([, owners]) => owners.includes(process));
  return [
    status,
    object.state,
    object.mu && methodOf(object.mu),
    object.waitBlock,
    isOwn(object.pid),
    entries.map(([of]) => isOwn(Number(of))),
    at(s.published, process).map((mark) => renamed(mark, names)),
    startingOf(s, process).length,
  ];
}

function renamed(mark: string, [container, exec]: readonly [ProcessId, ProcessId]): string {
  return mark.replace(/ of (\S+)/, (_, of: string) =>
    of === container ? ' of the init' : of === exec ? ' of the exec' : ' of another',
  );
}

function heldView(s: State, container: ProcessId): unknown {
  const { e, kill } = s.held[container] ?? { e: null, kill: 'none' };
  return [e && [e.of === container, e.pid === s.kernel[container]?.pid], kill];
}

/** The calls that hold something. Once the shim has ended, whether a Create was sent makes no difference. */
function callsView(s: State, calls: readonly CallId[], container: ProcessId): unknown {
  const isEnded = s.processExits.pc === 'ended';
  return calls.flatMap((call) => {
    const { pc, runc } = at(s.calls, call);
    const folded = foldedPc(call, pc);
    if ((folded === 'idle' && runc === 'idle') || (isEnded && methodOf(call) === 'create')) return [];
    return [[methodOf(call), targetOf(call) === container, folded, runc]];
  });
}

/** The profiles that the other execs of a container have, in the order of their names. */
function ghostsView(s: State, siblings: readonly ProcessId[]): string[] {
  const found = new Set(siblings.map((p) => profileOf(s, p) ?? 'of no known profile'));
  found.delete('quiet');
  return [...found].toSorted();
}

/** Every choice of a focus within a state; of a container without execs, an exec that is still to come. */
export function fociOf(s: State): Focus[] {
  return Object.keys(s.containers).flatMap((container) => {
    const execs = Object.keys(s.processes).filter((p) => !isInit(p) && containerOf(p) === container);
    return [...execs, `${container}/to come`].map((exec) => ({ container, exec }));
  });
}
