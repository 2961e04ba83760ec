/**
 * What the world can do within a bound.
 *
 * @module
 */
import { type Bound, callsOf, kernelProcessesOf, ownPid } from './bound.ts';
import type { ClientAction, EnvironmentAction, RuncAction } from './environment.ts';
import { type CallId, type CallMethod, isInit, methodOf, type Pid, targetOf } from './vocabulary.ts';

/** The action that sends a call of a method. */
export const clientActionOf: Readonly<Record<CallMethod, ClientAction['type']>> = {
  create: 'ClientCreates',
  start: 'ClientStarts',
  exec: 'ClientExecs',
  kill: 'ClientKills',
  wait: 'ClientWaits',
  delete: 'ClientDeletes',
  shutdown: 'ClientShutsDown',
};

/** Every action of the world within the bound. */
export function environmentActions(bound: Bound): (EnvironmentAction | RuncAction)[] {
  const calls = callsOf(bound);
  const kernelProcesses = kernelProcessesOf(bound);
  const withRunc = calls.filter((call) => runsRunc(call) && !(bound.restored && methodOf(call) === 'create'));
  return [
    ...calls.map((call) => ({ type: clientActionOf[methodOf(call)], call })),
    ...calls
      .filter((call) => bound.execOnCreated && methodOf(call) === 'exec')
      .map((call) => ({ type: 'ClientExecsOnCreated' as const, call })),
    ...calls
      .filter((call) => bound.earlyCalls && !['create', 'shutdown'].includes(methodOf(call)))
      .map((call) => ({ type: 'ClientCallsEarly' as const, call })),
    ...withRunc
      .filter((call) => forks(bound, call))
      .flatMap((call) => pidsFor(bound, call).map((pid) => ({ type: 'RuncForks' as const, call, pid }))),
    ...withRunc
      .filter((call) => methodOf(call) === 'start' && !forks(bound, call))
      .map((call) => ({ type: 'RuncReleasesInit' as const, call })),
    ...withRunc.flatMap((call) =>
      (['RuncReturns', 'RuncFails', 'RuncCrashes'] as const)
        .filter((type) => type !== 'RuncCrashes' || bound.runcFails)
        .filter((type) => type !== 'RuncFails' || methodOf(call) === 'start')
        .map((type) => ({ type, call })),
    ),
    ...kernelProcesses.flatMap((process) =>
      (['ProcessExits', 'KernelReaps'] as const).map((type) => ({ type, process })),
    ),
  ];
}

/** The calls that run the OCI runtime: to create, start, exec, and to delete a container. */
function runsRunc(call: CallId): boolean {
  const method = methodOf(call);
  return method === 'create' || method === 'start' || (method === 'delete' && isInit(targetOf(call)));
}

/** Whether a call makes its process: Create an init that comes from no checkpoint, Start any other. */
function forks({ restored = false }: Bound, call: CallId): boolean {
  return methodOf(call) === (isInit(targetOf(call)) && !restored ? 'create' : 'start');
}

function pidsFor(bound: Bound, call: CallId): Pid[] {
  const own = ownPid(targetOf(call));
  return bound.pidReuse
    ? [
        own,
        ...kernelProcessesOf(bound)
          .map(ownPid)
          .filter((pid) => pid !== own),
      ]
    : [own];
}
