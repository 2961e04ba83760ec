/** The rules by which the conformance tester judges shims and logs. */
import { logRules } from '../../spec/index.ts';

const commit = '301026e58c619e63d09c0ec411012e54c0124b03';
const docsAt = (lines: string): string =>
  `https://github.com/containerd/containerd/blob/${commit}/docs/runtime-v2.md#${lines}`;
const docs = docsAt('L384-L408');
const seed = 'https://github.com/containerd/containerd/commit/18c6503d98f4de37ebbd39443bde958d8b6dc367';
const eventsProto = `https://github.com/containerd/containerd/blob/${commit}/api/events/task.proto`;
const taskProto = `https://github.com/containerd/containerd/blob/${commit}/api/runtime/task/v3/shim.proto`;

/**
 * A rule that an observer can judge. MUST and SHOULD are containerd's words; `owed` is promised elsewhere: by commits
 * or the API.
 */
export interface WireRule {
  readonly name: string;
  readonly level: 'MUST' | 'SHOULD' | 'owed';
  readonly sentence: string;
  readonly source: string;
}

/** The rules about the log that the checker proves. The monitor judges by the same functions. */
const ofTheSpec: readonly WireRule[] = logRules.map(({ name, sentence, source }) => ({
  name,
  level: sentence.includes('MUST') ? 'MUST' : 'owed',
  sentence,
  source,
}));

const ofLogs: readonly WireRule[] = [
  {
    name: 'no exit is lost',
    level: 'MUST',
    sentence: 'TaskExitEventTopic: MUST, when a task exits expected or unexpected',
    source: docs,
  },
  {
    name: 'delete of an exec follows its exit',
    level: 'SHOULD',
    sentence:
      'TaskDeleteEventTopic of an exec: SHOULD follow its exit, or exec-added where it was never started',
    source: docs,
  },
  {
    name: 'resumed follows paused',
    level: 'SHOULD',
    sentence: 'TaskResumedEventTopic: SHOULD (follow TaskPausedEventTopic)',
    source: docs,
  },
  {
    name: 'the events of a process name one pid',
    level: 'owed',
    sentence: 'which of the processes the exit event corresponds to: the one that was started with that pid',
    source: seed,
  },
  {
    name: 'delete repeats the exit',
    level: 'owed',
    sentence: 'TaskDelete of a started task has the exit status that its TaskExit had',
    source: docs,
  },
  {
    name: 'an event names its container and its process',
    level: 'owed',
    sentence:
      'container_id of every task event, id of an exit, exec_id of an exec: whoever listens looks them up',
    source: eventsProto,
  },
  {
    name: 'the log is a behaviour of the specification',
    level: 'owed',
    sentence: 'some run of the specified shim publishes these events in this order',
    source: seed,
  },
];

const ofCalls: readonly WireRule[] = [
  {
    name: 'every call is answered',
    level: 'owed',
    sentence: 'handle early exits w/o big locks: no call waits forever',
    source: seed,
  },
  {
    name: 'the shim lives on',
    level: 'owed',
    sentence: 'a shim serves its containers until Shutdown; it does not panic',
    source: docs,
  },
  {
    name: "no orphan after an init's exit",
    level: 'owed',
    sentence: 'Ensure all children are killed',
    source: seed,
  },
  {
    name: 'a removed task is announced',
    level: 'MUST',
    sentence: 'TaskDeleteEventTopic: MUST, when a task is removed from a shim',
    source: docs,
  },
  {
    name: 'Shutdown leaves no process behind',
    level: 'owed',
    sentence: 'return out if the shim is still servicing containers',
    source: seed,
  },
  {
    name: 'a pause and a resume are announced',
    level: 'SHOULD',
    sentence:
      'TaskPausedEventTopic, TaskResumedEventTopic: SHOULD, when a task is successfully paused, and resumed',
    source: docs,
  },
  {
    name: 'a checkpoint is announced',
    level: 'SHOULD',
    sentence: 'TaskCheckpointedEventTopic: SHOULD, when a task is checkpointed',
    source: docs,
  },
  {
    name: 'every Wait returns',
    level: 'owed',
    sentence: 'Wait returns once the process has exited',
    source: taskProto,
  },
  {
    name: 'an exit status is the exit code, or 128 plus the signal',
    level: 'owed',
    sentence:
      'exit_status of TaskExit, Wait, Delete and State: the exit code, or 128 plus the signal that killed it',
    source: taskProto,
  },
  {
    name: 'State reports what the task does',
    level: 'owed',
    sentence: 'State of a task: created, running, paused or stopped',
    source: taskProto,
  },
  {
    name: 'an invalid call is refused with the right code',
    level: 'owed',
    sentence: 'NotFound, AlreadyExists or FailedPrecondition, where containerd looks for them',
    source: taskProto,
  },
  {
    name: 'a valid call is not refused',
    level: 'owed',
    sentence: 'Create, Start, Exec, Kill, Wait and Delete succeed where the task allows them',
    source: taskProto,
  },
  {
    name: 'calls and events are a behaviour of the specification',
    level: 'owed',
    sentence: 'some run of the specified shim answers these calls and publishes these events',
    source: seed,
  },
  {
    name: 'the flag -v answers',
    level: 'SHOULD',
    sentence: 'a shim implements -v, which prints its version and exits',
    source: docsAt('L279-L283'),
  },
  {
    name: 'the flag -info answers',
    level: 'SHOULD',
    sentence: 'a shim implements -info, which prints a RuntimeInfo and exits',
    source: docsAt('L284-L301'),
  },
  {
    name: 'the action delete cleans up',
    level: 'MUST',
    sentence:
      'delete removes what a killed shim has left: its container, and the mount of its root file system',
    source: docsAt('L260-L277'),
  },
  {
    name: 'a call that the shim does not have is unimplemented',
    level: 'MUST',
    sentence: 'a call that a shim does not implement is answered with ErrNotImplemented',
    source: docsAt('L560-L562'),
  },
  {
    name: 'no event is lost while containerd is away',
    level: 'owed',
    sentence: 'the publisher of events keeps them, and tries again',
    source: `https://github.com/containerd/containerd/blob/${commit}/pkg/shim/publisher.go`,
  },
  {
    name: 'an event comes again before the next one, or not at all',
    level: 'owed',
    sentence:
      'an event that was not acknowledged is sent again before the next one, so that whoever keeps the last event can tell',
    source: `https://github.com/containerd/containerd/blob/${commit}/pkg/shim/publisher.go#L102-L125`,
  },
  {
    name: 'an exit is published in time, however many processes have ended',
    level: 'owed',
    sentence: 'no exit waits for a timer: not behind a full channel, and not for a call that holds a lock',
    source: 'https://github.com/containerd/containerd/issues/13814',
  },
  {
    name: 'TaskOOM precedes the exit that it explains',
    level: 'owed',
    sentence:
      'whoever reads why a task ended (OOMKilled) reads it at its exit: a TaskOOM that comes later is lost',
    source: 'https://github.com/containerd/containerd/issues/8893',
  },
  {
    name: 'a call does not wait for a call about another container',
    level: 'owed',
    sentence: 'the service lock is not held across runc create',
    source: 'https://github.com/containerd/containerd/commit/9b0c0dc584f275269e29a8b8365ab155705f6ec8',
  },
  {
    name: 'all output is there when Delete returns',
    level: 'owed',
    sentence:
      'I/O for a container is provided by the client to the shim via fifo on Linux: all that a process wrote is copied',
    source: docsAt('L321-L347'),
  },
  {
    name: 'input ends by CloseIO alone',
    level: 'owed',
    sentence: 'CloseIO closes the standard input of a process; a client that has gone may come back',
    source: taskProto,
  },
  {
    name: 'nothing is left behind',
    level: 'owed',
    sentence: 'after Delete and Shutdown no process, mount or cgroup of the container is left',
    source: docs,
  },
];

const wireRules: readonly WireRule[] = [...ofTheSpec, ...ofLogs, ...ofCalls];

/** @throws RangeError where no rule has that name */
export function wireRule(name: string): WireRule {
  const rule = wireRules.find((each) => each.name === name);
  if (!rule) throw new RangeError(`no rule '${name}'`);
  return rule;
}
