/**
 * What is known to make a log look as it does: a row for each cause, which recognises a breach by the events around it,
 * or tells of what was seen and breaks no rule.
 *
 * @module
 */
import type { LogBreach } from './monitor.ts';
import type { ObservedEvent } from './observed.ts';
import type { SightingName } from './sightings.ts';

const containerd = 'https://github.com/containerd/containerd';

/** A known cause, in the words of a report. */
export interface Explanation {
  readonly name: string;
  /** What happened. */
  readonly sentence: string;
  /** What to look at next. */
  readonly next: string;
  /** The containerd versions that are known for it. */
  readonly versions: string;
  /** Where it is described. */
  readonly link: string;
}

/** An explanation of breaches. */
interface Cause extends Explanation {
  /** Whether it explains a breach. */
  readonly explains: (breach: LogBreach) => boolean;
}

const causes: readonly Cause[] = [
  {
    name: 'containerd cleaned up after a dead shim',
    sentence:
      "the connection to the shim ended, and containerd itself published TaskExit and TaskDelete, with the status that the shim binary's delete gave (137; 255 where that failed). An exit that came before is the real one.",
    next: "why the shim ended: 'shim disconnected' in containerd's journal, a crash or a kill of the shim by the kernel's OOM killer",
    versions: '1.3 and later',
    link: `${containerd}/issues/6429`,
    explains: isCleanUp,
  },
  {
    name: 'the event was delivered late',
    sentence:
      'by their times these events were published in another order than they stand here: the shim could not deliver one of them, queued it, and went on with the next.',
    next: "whether containerd was restarted or slow at that time; 'forward event' and 'evicting … from queue' in the shim's log",
    versions: '1.3 and later',
    link: `${containerd}/issues/7111`,
    explains: isDeliveredLate,
  },
  {
    name: 'an event has lost its ids',
    sentence:
      'the exit of a process that the shim did not start for any container, such as its own helper, was published as if it were one.',
    next: 'which process had that pid: a child of the shim that it reaped and did not know',
    versions: 'not a matter of containerd: a shim of a virtual machine did so',
    link: 'https://github.com/firecracker-microvm/firecracker-containerd/issues/35',
    explains: ({ rule }) => rule.name === 'an event names its container and its process',
  },
  {
    name: 'all processes share one pid',
    sentence:
      "the container's init and its execs have the same pid, as where a shim of a virtual machine names the machine's process: a delete of an exec cannot be told from the init's.",
    next: 'whether the shim (of Kata Containers, or another one of virtual machines) sends the id of an exec with its TaskDelete',
    versions: 'not a matter of containerd; TaskDelete has a field for the id since 1.3',
    link: 'https://github.com/containerd/cri/pull/973',
    explains: isOfSharedPid,
  },
  {
    name: 'the container id was used again',
    sentence:
      'a task was created while one with the same id was not deleted: the log has lost what came between, or it has the events of two machines.',
    next: 'whether the log has a gap here (a restart of what recorded it), and whether all of its lines come from one machine',
    versions: 'any',
    link: `${containerd}/blob/301026e58c619e63d09c0ec411012e54c0124b03/docs/runtime-v2.md#L384-L408`,
    explains: ({ rule, event }) => rule.name === 'no exit is lost' && event.topic === 'create',
  },
];

const ofSightings: Readonly<Record<SightingName, Explanation>> = {
  'two subscribers in one log': {
    name: 'two subscribers in one log',
    sentence:
      'most events stand in the log twice, with one time: two subscribers wrote it, or a file was read twice. Each event was judged once.',
    next: 'what recorded the log: a second ctr events that was never ended',
    versions: 'any',
    link: `${containerd}/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/ctr/commands/events/events.go`,
  },
  'an event told twice': {
    name: 'an event told twice',
    sentence:
      'an event stands in the log twice, with one time: containerd took it and answered too late, so the shim sent it again. It was judged once.',
    next: 'whether containerd was slow or restarted at that time; a listener must take the second one for the first',
    versions: '1.3 and later',
    link: `${containerd}/issues/7111`,
  },
  'delete of an exec without its id': {
    name: 'delete of an exec without its id',
    sentence: 'a TaskDelete without an id has the pid of an exec: it was taken for that of the exec.',
    next: 'nothing, unless a client takes it for the delete of the container',
    versions: 'shims older than the field (containerd 1.3), and the one in Rust',
    link: `${containerd}/blob/301026e58c619e63d09c0ec411012e54c0124b03/api/events/task.proto`,
  },
  'an OOM after the exit': {
    name: 'an OOM after the exit',
    sentence:
      'TaskOOM came after the TaskExit that it explains: whoever looks for the reason at the exit, as Kubernetes does, does not report OOMKilled.',
    next: "the kernel's log for the kill; the pod's last state, which says Error and 137",
    versions: 'before 2.3, where the exit does not wait for the watcher of OOMs; any on cgroup v1',
    link: `${containerd}/issues/8180`,
  },
};

/** What is known to bring about a breach, the most telling first; null where nothing is. */
export function explanationOf(breach: LogBreach): Explanation | null {
  return causes.find(({ explains }) => explains(breach)) ?? null;
}

/** What a sighting means. */
export function sightingText(name: SightingName): Explanation {
  return ofSightings[name];
}

/**
 * containerd publishes the exit and the delete that it makes one right after the other (26 µs were seen); a client's
 * Delete takes a runc delete, which is some 10 ms.
 */
const atOnceUs = 2_000;

/**
 * An exit that containerd made: its delete comes next and has its pid and status, and one of these tells it from a
 * shim's: the journal says that the shim was gone; it has the pid 0 of a clean-up that failed; an exit with another
 * status came before; or the delete came at once.
 */
function isCleanUp({ event, history, rule }: LogBreach): boolean {
  const at = history.indexOf(event);
  const made = event.topic === 'delete' ? history.findLastIndex((each, i) => i < at && isInitExit(each)) : at;
  const exit = history[made];
  if (!exit || !isInitExit(exit) || rule.name === 'an event names its container and its process')
    return false;
  const next = history.slice(made + 1).find(({ topic }) => topic !== 'shim-disconnected');
  if (next?.topic !== 'delete' || next.pid !== exit.pid || next.exitStatus !== exit.exitStatus) return false;
  const before = history.slice(0, made);
  const hasOther = before.some((each) => isInitExit(each) && each.exitStatus !== exit.exitStatus);
  const isGone = before.some(({ topic }) => topic === 'shim-disconnected');
  const isAtOnce = exit.timeUs !== null && next.timeUs !== null && next.timeUs - exit.timeUs <= atOnceUs;
  return isGone || exit.pid === 0 || hasOther || isAtOnce;
}

function isInitExit({ topic, exec }: ObservedEvent): boolean {
  return topic === 'exit' && exec === '';
}

/** Whether an event around the breach is older than one that stands before it, and either is the one of the breach. */
function isDeliveredLate({ event, history }: LogBreach): boolean {
  const { timeUs } = event;
  if (timeUs === null) return false;
  const at = history.indexOf(event);
  const isOlder = (other: ObservedEvent): boolean => other.timeUs !== null && other.timeUs > timeUs;
  const isYounger = (other: ObservedEvent): boolean => other.timeUs !== null && other.timeUs < timeUs;
  return history.slice(0, at).some(isOlder) || history.slice(at + 1).some(isYounger);
}

function isOfSharedPid({ event, history, rule }: LogBreach): boolean {
  const isOfPids =
    event.topic === 'delete' || rule.name === 'nothing follows the delete' || event.topic === 'exit';
  const pidOf = (topic: ObservedEvent['topic']): number =>
    history.find((each) => each.topic === topic)?.pid ?? 0;
  const init = pidOf('create') || pidOf('start');
  return isOfPids && init !== 0 && pidOf('exec-started') === init;
}
