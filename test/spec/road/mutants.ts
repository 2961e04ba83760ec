import type { Bound } from '../../../spec/index.ts';
import { bound } from '../bounds.ts';
import type { Mutant } from '../mutants.ts';

/** A small fault in a part of the road: in a compiled file of the specification, `from` becomes `to`. */
interface RoadMutant extends Mutant {
  /** Whose rule it breaks, which keeps it without the fault. */
  readonly revision: 'main' | 'proposed';
  /** Below the specification's folder. */
  readonly file: string;
  readonly within: Bound;
}

const ordered = 'TaskOOM precedes the exit that it explains';
const whole = 'delivered: every event';

const look = `tellOom(s, c);
    for (const { process, e } of exits.splice(0))
        tellExit(s, process, e);`;

const oomOfProposed: readonly Pick<RoadMutant, 'name' | 'breaks' | 'from' | 'to'>[] = [
  {
    name: 'an exit does not wait for the look at the counter',
    breaks: ordered,
    from: 'exits.push({ process, e });',
    to: 'tellExit(s, process, e);',
  },
  {
    name: 'the look tells of the exits before it tells of the memory',
    breaks: ordered,
    from: look,
    to: `${look.replace('tellOom(s, c);', '')} tellOom(s, c);`,
  },
  { name: 'the look tells nobody of the memory', breaks: ordered, from: 'tellOom(s, c);', to: '' },
  {
    name: 'the look publishes no exit',
    breaks: 'no exit is lost',
    from: look,
    to: 'tellOom(s, c); exits.splice(0);',
  },
  {
    name: 'the shim looks only where the kernel has counted',
    breaks: 'no exit is lost',
    from: 'exits.length === 0 && !isOomDue(s, c)',
    to: '!isOomDue(s, c)',
  },
  {
    name: 'an exit that was told waits on',
    breaks: 'at most one exit per process',
    from: 'exits.splice(0)',
    to: '[...exits]',
  },
  {
    name: 'a shim that ends keeps the exits that wait for the look',
    breaks: 'nothing is kept of a deleted container',
    from: 'oom.exits = [];',
    to: '',
  },
];

/** The faults in the parts `oom` and `channel`. */
export const roadMutants: readonly RoadMutant[] = [
  ...oomOfProposed.map((mutant) => ({
    ...mutant,
    revision: 'proposed' as const,
    file: 'revisions/proposed.js',
    within: bound(1, 0, 'oom', 'delete', 'shutdown'),
  })),
  {
    name: 'the exit does not wait until the watcher has called Publish',
    breaks: ordered,
    revision: 'main',
    file: 'road/oom.js',
    within: bound(1, 0, 'oom'),
    from: 'return isReading || s.road?.watcher?.process === process;',
    to: 'return false;',
  },
  {
    name: 'Create does not wait until the watch has begun',
    breaks: ordered,
    revision: 'main',
    file: 'road/oom.js',
    within: bound(1, 0, 'oom'),
    from: 'return oomOf(s, c).isWatched;',
    to: 'return true;',
    occurrence: 1,
  },
  {
    name: 'a send does not give way to Shutdown',
    breaks: 'the shim does not panic',
    revision: 'main',
    file: 'road/channel-slice.js',
    within: bound(1, 0, 'shutdown', 'channel'),
    from: "if (channel.kind === 'closes')",
    to: 'if (true)',
  },
  {
    name: 'the process ends while the outbox has events',
    breaks: whole,
    revision: 'proposed',
    file: 'road/channel.js',
    within: bound(1, 0, 'shutdown', 'delete', 'channel'),
    from: "isEmpty(s) && endsOutbox(s, 'over')",
    to: "endsOutbox(s, 'over')",
    occurrence: 0,
  },
  {
    name: 'the outbox says that it is empty where it gives up',
    breaks: whole,
    revision: 'proposed',
    file: 'road/channel.js',
    within: bound(1, 0, 'shutdown', 'delete', 'channel', 'publisher'),
    from: "endsOutbox(s, 'given up')",
    to: "endsOutbox(s, 'over')",
  },
  {
    name: 'nothing is forwarded once the service has ended',
    breaks: whole,
    revision: 'proposed',
    file: 'road/channel.js',
    within: bound(1, 0, 'shutdown', 'delete', 'channel'),
    from: "road.events.kind === 'drains' ? hasEnded(road.events) : ",
    to: '',
  },
  {
    name: 'Shutdown of an outbox is that of containerd since 2.3',
    breaks: whole,
    revision: 'proposed',
    file: 'road/release.js',
    within: bound(1, 0, 'shutdown', 'delete', 'channel'),
    from: "channel: 'drains'",
    to: "channel: 'selects'",
  },
  {
    name: 'Shutdown of an outbox is that of containerd up to 1.7',
    breaks: 'the shim does not panic',
    revision: 'proposed',
    file: 'road/release.js',
    within: bound(1, 0, 'shutdown', 'delete', 'channel'),
    from: "channel: 'drains'",
    to: "channel: 'closes'",
  },
];
