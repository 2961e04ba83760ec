/**
 * Which options of a bound an action belongs to: without them it is no action of the bound.
 *
 * @module
 */
import type { AnyAction } from '../action.ts';
import { type Options, ownPid } from '../bound.ts';
import { foreign, methodOf, targetOf } from '../vocabulary.ts';

/**
 * The options that a run needs to be a run. `sharedPidNamespace` is not among them: it adds no action, and changes what a
 * death does.
 *
 * @param actions the run's actions, in any order
 * @returns each option once
 */
export function optionsUsed(actions: readonly AnyAction[]): (keyof Options)[] {
  return [...new Set(actions.flatMap(optionsOf))];
}

function optionsOf({ type, call: ofCall, thread, process, pid }: AnyAction): (keyof Options)[] {
  const call = ofCall ?? thread;
  const used: (keyof Options)[] = [];
  if (type === 'RuncCrashes') used.push('runcFails');
  if (type === 'ClientExecsOnCreated') used.push('execOnCreated');
  if (type === 'ClientCallsEarly') used.push('earlyCalls');
  if (process === foreign || pid === ownPid(foreign)) used.push('reparented');
  if (call === undefined) return used;
  const method = methodOf(call);
  if (method === 'kill' || method === 'wait' || method === 'delete' || method === 'shutdown')
    used.push(method);
  if (call.endsWith(' again')) used.push('again');
  if (pid !== undefined && pid !== ownPid(targetOf(call))) used.push('pidReuse');
  return used;
}
