import { type Bound, noOptions, type Options } from '../../spec/index.ts';

function bound(containers: number, execs: number, ...on: (keyof Options)[]): Bound {
  return { ...noOptions, ...Object.fromEntries(on.map((option) => [option, true])), containers, execs };
}

/** Where the abstraction is compared with `proposed` itself, whole: between them every option. */
const privateBounds: readonly Bound[] = [
  bound(1, 3),
  bound(1, 2, 'runcFails', 'execOnCreated'),
  bound(1, 2, 'pidReuse', 'reparented', 'kill'),
  bound(1, 1, 'again', 'runcFails'),
  bound(1, 1, 'earlyCalls', 'kill', 'wait'),
  bound(1, 1, 'delete', 'shutdown', 'runcFails', 'execOnCreated'),
  bound(2, 1, 'runcFails'),
  bound(2, 0, 'delete', 'shutdown', 'runcFails'),
  bound(3, 0),
];

const sharedBounds: readonly Bound[] = [
  bound(1, 2, 'sharedPidNamespace', 'runcFails', 'execOnCreated'),
  bound(1, 2, 'sharedPidNamespace', 'pidReuse', 'reparented'),
  bound(1, 1, 'sharedPidNamespace', 'again', 'runcFails'),
  bound(1, 1, 'sharedPidNamespace', 'delete', 'shutdown', 'runcFails', 'execOnCreated'),
  bound(1, 1, 'sharedPidNamespace', 'kill', 'wait', 'earlyCalls'),
  bound(2, 1, 'sharedPidNamespace'),
];

/** Where footprints are learnt: two execs beside each, and two other containers. Pids are their owners' there. */
const privateFootprints: readonly Bound[] = [
  bound(1, 3),
  bound(1, 2, 'kill', 'runcFails'),
  bound(1, 1, 'delete', 'execOnCreated'),
  bound(2, 1),
  bound(3, 0),
];
const sharedFootprints: readonly Bound[] = [
  bound(1, 3, 'sharedPidNamespace'),
  bound(1, 2, 'sharedPidNamespace', 'kill', 'runcFails'),
  bound(2, 1, 'sharedPidNamespace'),
];

/** The bounds of the checks, by whether the pid namespaces are shared. */
export function proofBounds(isShared: boolean): { refined: readonly Bound[]; learnt: readonly Bound[] } {
  return isShared
    ? { refined: sharedBounds, learnt: sharedFootprints }
    : { refined: privateBounds, learnt: privateFootprints };
}
