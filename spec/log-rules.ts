/**
 * The rules that are statements about the events log alone: the checker proves them, the conformance tester and
 * `validate` judge real logs by the same functions.
 *
 * @module
 */
import { type Bound, processesOf } from './bound.ts';
import { isExit, isOf, type Mark } from './log.ts';
import { foreign, isInit, type ProcessId } from './vocabulary.ts';

const commit = '18c6503d98f4de37ebbd39443bde958d8b6dc367';
const events = `https://github.com/containerd/containerd/blob/${commit}/runtime/v2/README.md#L175`;

/**
 * A rule about what was published of one process. Once broken it is never whole again, so a model checker and a
 * monitor of a running shim can judge it in the same way.
 */
export interface LogRule {
  /** How reports name it. */
  readonly name: string;
  /** Whom it speaks of. */
  readonly of: 'inits' | 'execs' | 'processes';
  /** The option of a bound without which nothing could break it. */
  readonly needs?: 'delete';
  /** What it demands, in the words of its source. */
  readonly sentence: string;
  /** Where containerd demands it: lines at a full commit. */
  readonly source: string;
  /**
   * Whether the log keeps it.
   *
   * @param isInit whether the marks are those of an init
   * @param marks the fold of the log, see {@link Mark}
   */
  readonly holds: (isInit: boolean, marks: readonly Mark[]) => boolean;
}

/** Every rule about the log. */
export const logRules: readonly LogRule[] = [
  {
    name: 'start precedes exit',
    of: 'processes',
    sentence:
      'TaskExitEventTopic: MUST (follow TaskStartEventTopic); of an exec: MUST (follow TaskExecStartedEventTopic)',
    source: events,
    holds: startPrecedesExit,
  },
  {
    name: 'create precedes start',
    of: 'inits',
    sentence: 'TaskStartEventTopic: MUST (follow TaskCreateEventTopic)',
    source: events,
    holds: (_, marks) => precedes(marks, 'create', 'start'),
  },
  {
    name: 'create precedes exec-added',
    of: 'execs',
    sentence: 'TaskExecAddedEventTopic: MUST (follow TaskCreateEventTopic)',
    source: events,
    holds: (_, marks) => !marks.some((mark) => mark.endsWith(' before create')),
  },
  {
    name: 'exec-added precedes exec-started',
    of: 'execs',
    sentence: 'TaskExecStartedEventTopic: MUST (follow TaskExecAddedEventTopic)',
    source: events,
    holds: (_, marks) => precedes(marks, 'exec-added', 'exec-started'),
  },
  {
    name: 'delete follows exit',
    of: 'inits',
    needs: 'delete',
    sentence:
      'TaskDeleteEventTopic: MUST (follow TaskExitEventTopic or TaskCreateEventTopic if never started)',
    source: events,
    holds: (_, marks) => deleteFollowsExit(marks),
  },
  {
    name: 'nothing follows the delete',
    of: 'inits',
    needs: 'delete',
    sentence:
      'TaskDeleteEventTopic: MUST (follow TaskExitEventTopic …), when a task is removed from a shim: no event of it comes later',
    source: events,
    holds: (_, marks) => !marks.slice(0, -1).some(isOf('delete')),
  },
  {
    name: 'at most one exit per process',
    of: 'processes',
    sentence: 'When a task exits expected or unexpected (once: a task exits once)',
    source: events,
    holds: (_, marks) => marks.filter(isExit).length <= 1,
  },
  {
    name: 'an exit names a process that really died',
    of: 'processes',
    sentence: 'we have no way to tell for sure which of the processes the exit event corresponds to',
    source: `https://github.com/containerd/containerd/blob/${commit}/runtime/v2/runc/task/service.go#L612-L617`,
    holds: (_, marks) =>
      !marks.some((mark) => mark.startsWith('exit of ') && !mark.startsWith(`exit of ${foreign}`)),
  },
  {
    name: 'no exit of a process that the shim did not start',
    of: 'processes',
    sentence:
      'Exit events for reparented processes received when no s.Start() calls are in flight are immediately discarded, and events received during an s.Start() call are discarded when the s.Start() call returns.',
    source: `https://github.com/containerd/containerd/commit/${commit}`,
    holds: (_, marks) => !marks.some((mark) => mark.startsWith(`exit of ${foreign}`)),
  },
  {
    name: "an init's exit is the last of its container",
    of: 'execs',
    sentence: "a container's init process exit is published after the exits of its execs",
    source: 'https://github.com/containerd/containerd/issues/9719',
    holds: (_, marks) => !marks.some((mark) => mark.endsWith(' after init exit')),
  },
];

/** Whom a rule speaks of within a bound; nobody where nothing in it could break the rule. */
export function subjectsOf({ needs, of }: LogRule, bound: Bound): ProcessId[] {
  if (needs && !bound[needs]) return [];
  return processesOf(bound).filter((p) => of === 'processes' || (of === 'inits') === isInit(p));
}

function startPrecedesExit(init: boolean, marks: readonly Mark[]): boolean {
  const exit = marks.findIndex(isExit);
  if (exit < 0) return true;
  const start = marks.findIndex(isOf(init ? 'start' : 'exec-started'));
  // The exit of an init that was created and never started is announced by its create.
  return init ? start < exit : start >= 0 && start < exit;
}

function precedes(
  marks: readonly Mark[],
  first: 'create' | 'exec-added',
  second: 'start' | 'exec-started',
): boolean {
  const at = marks.findIndex(isOf(second));
  return at < 0 || marks.slice(0, at).some(isOf(first));
}

function deleteFollowsExit(marks: readonly Mark[]): boolean {
  const at = marks.findIndex(isOf('delete'));
  const before = marks.slice(0, at);
  return at < 0 || before.some(isExit) || !before.some(isOf('start'));
}
