/**
 * Every sentence of containerd's docs/runtime-v2.md that says MUST or SHOULD to a shim, in the order of the page, with what
 * judges it. docs/sandbox-api.md of the same commit has none.
 */

/** containerd's main that the page was read at. */
export const requirementsCommit = '301026e58c619e63d09c0ec411012e54c0124b03';

/** A sentence, and the rule or the reason. */
export interface Requirement {
  readonly level: 'MUST' | 'SHOULD';
  /** The line of docs/runtime-v2.md. */
  readonly line: number;
  /** What it demands, in a few words. */
  readonly demand: string;
  /** The rules that judge it, by name; empty where none can. */
  readonly rules: readonly string[];
  /** How else it is judged, or why it is not; empty where the rules say all. */
  readonly remark: string;
}

const starts =
  'Each check starts the shim in this way. A shim that does not start ends the run with exit code 153.';

export const requirements: readonly Requirement[] = [
  { level: 'MUST', line: 193, demand: 'has the action `start`', rules: [], remark: starts },
  {
    level: 'MUST',
    line: 204,
    demand: '`start` reads BootstrapParams and writes a BootstrapResult (2.3 and newer)',
    rules: [],
    remark:
      'The head of each report says what `start` got and answered. Older shims rightly speak the older protocol, so neither is a breach.',
  },
  {
    level: 'MUST',
    line: 230,
    demand: '`start` accepts `-namespace`, `-address`, `-publish-binary` and `-id`',
    rules: [],
    remark: starts,
  },
  {
    level: 'MUST',
    line: 245,
    demand: '`start` writes an address, or JSON with version, address and protocol (up to 2.2)',
    rules: [],
    remark: starts,
  },
  {
    level: 'MUST',
    line: 262,
    demand: 'has the action `delete`',
    rules: ['the action delete cleans up'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 269,
    demand: '`delete` accepts the flags of `start`, and `-bundle`',
    rules: ['the action delete cleans up'],
    remark: '',
  },
  { level: 'SHOULD', line: 281, demand: 'has the flag `-v`', rules: ['the flag -v answers'], remark: '' },
  {
    level: 'SHOULD',
    line: 286,
    demand: 'has the flag `-info`',
    rules: ['the flag -info answers'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 381,
    demand: '`delete` unmounts the root file system',
    rules: ['the action delete cleans up'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 386,
    demand: 'publishes the events below, and a start before its exit',
    rules: ['start precedes exit'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 392,
    demand: 'TaskCreate',
    rules: ['create precedes start', 'create precedes exec-added'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 393,
    demand: 'TaskStart follows TaskCreate',
    rules: ['create precedes start'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 394,
    demand: 'TaskExit follows TaskStart',
    rules: ['start precedes exit', 'no exit is lost', 'at most one exit per process'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 395,
    demand: 'TaskDelete follows TaskExit, or TaskCreate where the task was never started',
    rules: ['delete follows exit', 'a removed task is announced', 'nothing follows the delete'],
    remark: '',
  },
  {
    level: 'SHOULD',
    line: 396,
    demand: 'TaskPaused',
    rules: ['a pause and a resume are announced'],
    remark: '',
  },
  {
    level: 'SHOULD',
    line: 397,
    demand: 'TaskResumed follows TaskPaused',
    rules: ['a pause and a resume are announced', 'resumed follows paused'],
    remark: '',
  },
  {
    level: 'SHOULD',
    line: 398,
    demand: 'TaskCheckpointed',
    rules: ['a checkpoint is announced'],
    remark: 'Left out where `criu check` fails: no shim can checkpoint there.',
  },
  {
    level: 'SHOULD',
    line: 399,
    demand: 'TaskOOM, if the shim collects such events',
    rules: [],
    remark:
      'The check *a process runs out of memory* sees whether one comes. Where none does, nobody outside can tell whether the shim collects them: *could not judge*.',
  },
  {
    level: 'MUST',
    line: 405,
    demand: 'TaskExecAdded follows TaskCreate',
    rules: ['create precedes exec-added'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 406,
    demand: 'TaskExecStarted follows TaskExecAdded',
    rules: ['exec-added precedes exec-started'],
    remark: '',
  },
  {
    level: 'MUST',
    line: 407,
    demand: 'TaskExit of an exec follows TaskExecStarted',
    rules: ['start precedes exit', 'no exit is lost', 'at most one exit per process'],
    remark: '',
  },
  {
    level: 'SHOULD',
    line: 408,
    demand: 'TaskDelete of an exec follows its TaskExit, or its TaskExecAdded where it was never started',
    rules: ['delete of an exec follows its exit'],
    remark: 'No shim that we know of publishes it; where one comes, its order is judged.',
  },
  {
    level: 'MUST',
    line: 562,
    demand: 'answers a call that it does not implement with ErrNotImplemented',
    rules: ['a call that the shim does not have is unimplemented'],
    remark: '',
  },
];
