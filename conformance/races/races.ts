import { type Bound, noOptions, type Options, type Revision } from '../../spec/index.ts';
import { type Schedule, SteeredGraph } from './steer.ts';

/**
 * The rules of the specification that can be seen to break from outside, each with the rule that the tester judges by.
 */
export const seenAs: ReadonlyMap<string, string> = new Map([
  ['start precedes exit', 'start precedes exit'],
  ['create precedes start', 'create precedes start'],
  ['create precedes exec-added', 'create precedes exec-added'],
  ['exec-added precedes exec-started', 'exec-added precedes exec-started'],
  ['delete follows exit', 'delete follows exit'],
  ['nothing follows the delete', 'nothing follows the delete'],
  ['at most one exit per process', 'at most one exit per process'],
  ["an init's exit is the last of its container", "an init's exit is the last of its container"],
  ['no exit is lost', 'no exit is lost'],
  ["no orphan after an init's exit", "no orphan after an init's exit"],
  ['a removed task is announced', 'a removed task is announced'],
  ['no deadlock', 'every call is answered'],
  ['every Wait returns', 'every Wait returns'],
  ['the shim does not panic', 'the shim lives on'],
  ['no exec is counted out twice', 'the shim lives on'],
  ['Shutdown leaves no process behind', 'Shutdown leaves no process behind'],
]);

/** A bound with these options on. */
export function raceBoundOf(containers: number, execs: number, ...on: (keyof Options)[]): Bound {
  return { ...noOptions, ...Object.fromEntries(on.map((option) => [option, true])), containers, execs };
}

/** Small bounds that together reach the known defects of the history. */
const bounds: readonly Bound[] = [
  raceBoundOf(1, 1, 'delete', 'wait'),
  raceBoundOf(1, 1, 'delete', 'sharedPidNamespace'),
  raceBoundOf(1, 1, 'execOnCreated'),
  raceBoundOf(1, 1, 'again'),
  raceBoundOf(1, 1, 'again', 'runcFails'),
  raceBoundOf(1, 0, 'shutdown', 'delete'),
  raceBoundOf(1, 1, 'execOnCreated', 'sharedPidNamespace'),
  raceBoundOf(1, 2),
];

/** How many states of a bound are searched, the nearest first. */
const statesMax = 40_000;

/** A schedule that breaks a rule of a shim that has the defect. */
export interface Race {
  /** `no deadlock (create c1) [early-exits]`: what it breaks, and in brackets the first revision where it does. */
  readonly name: string;
  readonly schedule: Pick<Schedule, 'bound' | 'steps'>;
  /** A shim that has the defect breaks at least one of these. */
  readonly rules: readonly string[];
}

/** Searches the revisions for forced schedules, and keeps each under the first revision that has it. */
export function findRaces(of: readonly Revision[]): Race[] {
  const races = new Map<string, Race & { readonly rules: string[] }>();
  for (const revision of of) {
    for (const each of bounds) {
      const graph = new SteeredGraph(revision, each);
      for (const schedule of graph.schedules(new Set(seenAs.keys()), statesMax)) {
        const rule = seenAs.get(schedule.property);
        if (!schedule.isForced || rule === undefined) continue;
        const { steps, property, subject } = schedule;
        const key = JSON.stringify([steps, each.sharedPidNamespace]);
        const where = each.sharedPidNamespace ? ', shared pid namespace' : '';
        const known = races.get(key);
        const head = `${property} (${subject})${where}`;
        const tail = `[${revision.slug}]`;
        const like = [...races.values()].filter(
          ({ name }) => name.startsWith(head) && name.endsWith(tail),
        ).length;
        const name = `${head}${like > 0 ? `, ${like + 1}` : ''} ${tail}`;
        if (known && !known.rules.includes(rule)) known.rules.push(rule);
        if (!known) races.set(key, { name, schedule: { bound: each, steps }, rules: [rule] });
      }
    }
  }
  return [...races.values()];
}
