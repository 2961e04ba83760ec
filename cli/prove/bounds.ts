import { type Bound, noOptions, type Options } from '../../spec/index.ts';

function boundWith(containers: number, execs: number, ...on: (keyof Options)[]): Bound {
  return { ...noOptions, ...Object.fromEntries(on.map((option) => [option, true])), containers, execs };
}

/** Where the abstraction is compared with `proposed` itself, whole: between them every option. */
const privateBounds: readonly Bound[] = [
  boundWith(1, 3),
  boundWith(1, 2, 'runcFails', 'execOnCreated'),
  boundWith(1, 2, 'pidReuse', 'reparented', 'kill'),
  boundWith(1, 1, 'again', 'runcFails'),
  boundWith(1, 1, 'earlyCalls', 'kill', 'wait'),
  boundWith(1, 1, 'delete', 'shutdown', 'runcFails', 'execOnCreated'),
  boundWith(2, 1, 'runcFails'),
  boundWith(2, 0, 'delete', 'shutdown', 'runcFails'),
  boundWith(3, 0),
];

const sharedBounds: readonly Bound[] = [
  boundWith(1, 2, 'sharedPidNamespace', 'runcFails', 'execOnCreated'),
  boundWith(1, 2, 'sharedPidNamespace', 'pidReuse', 'reparented'),
  boundWith(1, 1, 'sharedPidNamespace', 'again', 'runcFails'),
  boundWith(1, 1, 'sharedPidNamespace', 'delete', 'shutdown', 'runcFails', 'execOnCreated'),
  boundWith(1, 1, 'sharedPidNamespace', 'kill', 'wait', 'earlyCalls'),
  boundWith(2, 1, 'sharedPidNamespace'),
];

/** Where footprints are learnt: two execs beside each, and two other containers. No pid is reused there. */
const privateFootprints: readonly Bound[] = [
  boundWith(1, 3),
  boundWith(1, 2, 'kill', 'runcFails'),
  boundWith(1, 1, 'delete', 'execOnCreated'),
  boundWith(2, 1),
  boundWith(3, 0),
];
const sharedFootprints: readonly Bound[] = [
  boundWith(1, 3, 'sharedPidNamespace'),
  boundWith(1, 2, 'sharedPidNamespace', 'kill', 'runcFails'),
  boundWith(2, 1, 'sharedPidNamespace'),
];

/** Where steps are watched while they ask of whole tables: with Shutdown, too. */
const privateQuestions = [...privateFootprints, boundWith(2, 1, 'delete', 'shutdown')];
const sharedQuestions = [
  ...sharedFootprints,
  boundWith(1, 1, 'sharedPidNamespace', 'delete', 'shutdown', 'execOnCreated'),
];

/** The bounds of the checks, by whether the pid namespaces are shared. */
export function proofBounds(
  isShared: boolean,
): Readonly<Record<'refined' | 'learnt' | 'asked', readonly Bound[]>> {
  return isShared
    ? { refined: sharedBounds, learnt: sharedFootprints, asked: sharedQuestions }
    : { refined: privateBounds, learnt: privateFootprints, asked: privateQuestions };
}
