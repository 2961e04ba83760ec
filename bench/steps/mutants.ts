/**
 * Small edits of containerd's `service.go` at the pinned version: each is a mistake that a maintainer could make. Each
 * text stands once in its function.
 *
 * @module
 */

/** A text of a function, and what stands there instead. */
type Change = readonly [old: string, becomes: string];

export interface Mutant {
  /** What is wrong with it, in a few words. */
  readonly name: string;
  readonly in: string;
  readonly changes: readonly Change[];
}

/** Why a mutant is none: what it leaves out does nothing there. */
export const equivalents: Readonly<Record<string, string>> = {
  'Start without cleanup':
    'equivalent: every way out of Start below preStart calls handleStarted, after which cleanup does nothing',
  'the goroutine leaves the count':
    'equivalent: the count is 0 there and no exec is started any more, and Go reads 0 where there is no row',
};

const lock: Change = ['s.lifecycleMu.Lock()', ''];
const unlock: Change = ['s.lifecycleMu.Unlock()', ''];
const mu: readonly Change[] = [
  ['s.mu.Lock()', ''],
  ['s.mu.Unlock()', ''],
];

function of(name: string, mutants: Readonly<Record<string, readonly Change[]>>): Mutant[] {
  return Object.entries(mutants).map(([text, changes]) => ({ name: text, in: name, changes }));
}

const early = 'for _, ee := range ees {\n\t\t\t\ts.handleProcessExit(ee, c, p)\n\t\t\t}';
const toRunning =
  '// Process start was successful, add to `s.running`.\n\t\t\ts.running[pid] = append(s.running[pid], containerProcess{\n\t\t\t\tContainer: c,\n\t\t\t\tProcess:   p,\n\t\t\t})';

const preStart = of('preStart', {
  'preStart does not subscribe': [['s.exitSubscribers[&exits] = struct{}{}', '']],
  'preStart leaves the init in running': [['delete(s.running, pid)', '']],
  'preStart keeps the init, and takes the others out of running': [
    ['cp.Container != c', 'cp.Container == c'],
  ],
  'handleStarted without the lock': [
    [`s.lifecycleMu.Lock()\n\n\t\tees`, 'ees'],
    [`s.lifecycleMu.Unlock()\n\t\t\t${early}`, early],
    ['})\n\t\t\ts.lifecycleMu.Unlock()', '})'],
  ],
  'handleStarted does not unsubscribe': [
    ['delete(s.exitSubscribers, &exits)\n\t\texits = nil', 'exits = nil'],
  ],
  'handleStarted drops early exits': [['range ees {', 'range ees[:0] {']],
  'handleStarted takes a process that has exited for a running one': [
    ['pid == 0 || exited', 'pid == 0 || exited && false'],
  ],
  'handleStarted takes pid 0 for a running process': [['pid == 0 || exited', 'exited']],
  'handleStarted does not add to running': [
    ['s.running[pid] = append(s.running[pid],', '_ = append(s.running[pid],'],
  ],
  'handleStarted unlocks before it adds to running': [
    [toRunning, `s.lifecycleMu.Unlock()\n${toRunning}`],
    ['})\n\t\t\ts.lifecycleMu.Unlock()', '})'],
  ],
  'handleStarted handles early exits with the lock held': [
    [`s.lifecycleMu.Unlock()\n\t\t\t${early}`, `${early}\n\t\t\ts.lifecycleMu.Unlock()`],
  ],
  'handleStarted handles the first early exit twice': [['range ees {', 'range append(ees, ees...) {']],
  'cleanup leaves the subscription': [
    ['defer s.lifecycleMu.Unlock()\n\t\t\tdelete(s.exitSubscribers, &exits)', 'defer s.lifecycleMu.Unlock()'],
  ],
  'cleanup without the lock': [['s.lifecycleMu.Lock()\n\t\t\tdefer s.lifecycleMu.Unlock()', '']],
});

const stores = 's.mu.Lock()\n\ts.containers[r.ID] = container\n\ts.mu.Unlock()';

const create = of('Create', {
  'Create subscribes without the lock': [lock, unlock],
  'Create without cleanup': [['defer cleanup()', '_ = cleanup']],
  'Create stores the container without the lock': mu,
  'Create does not store the container': [['s.containers[r.ID] = container', '']],
  'Create stores the container after TaskCreate': [
    [stores, ''],
    ['// After runc.Create(init)', `${stores}\n\t// After runc.Create(init)`],
  ],
  'Create handles the start before TaskCreate': [
    ['proc, _ := container.Process("")\n\thandleStarted(container, proc)', ''],
    ['s.send(', 'proc, _ := container.Process("")\n\thandleStarted(container, proc)\n\ts.send('],
  ],
  'Create does not call handleStarted': [['handleStarted(container, proc)', '_, _ = handleStarted, proc']],
  'TaskCreate without its pid': [
    ['Checkpoint: r.Checkpoint,\n\t\tPid:        uint32(container.Pid()),', 'Checkpoint: r.Checkpoint,'],
  ],
  'Create does not send TaskCreate': [['s.send(', '_ = (']],
});

const counted = 's.runningExecs[container]++';
const startEnd = 'handleStarted(container, p)\n\treturn &taskAPI';

const start = of('Start', {
  'Start takes execs of an init that has exited': [['initExited {', 'initExited && false {']],
  'Start keeps the lock where it refuses an exec': [
    ['s.lifecycleMu.Unlock()\n\t\t\treturn nil, errgrpc.ToGRPCf', 'return nil, errgrpc.ToGRPCf'],
  ],
  'Start does not count the exec': [[counted, '']],
  'Start counts the exec twice': [[counted, 's.runningExecs[container] += 2']],
  'Start counts the exec after the section': [
    [counted, ''],
    [
      's.lifecycleMu.Unlock()\n\tdefer cleanup()',
      `s.lifecycleMu.Unlock()\n\tif r.ExecID != "" {\n\t\t${counted}\n\t}\n\tdefer cleanup()`,
    ],
  ],
  'Start leaves its init in running': [['cinit = container', 'cinit = nil']],
  'Start of an exec takes the init out of running': [
    ['cinit = container', '_ = cinit'],
    ['s.preStart(cinit)', 's.preStart(container)'],
  ],
  'Start without cleanup': [['defer cleanup()', '_ = cleanup']],
  'Start does not count a failed exec out': [['s.runningExecs[container]--', '']],
  'Start counts a failed exec out without the lock': [
    ['s.lifecycleMu.Lock()\n\t\t\ts.runningExecs', 's.runningExecs'],
    ['}\n\t\t\ts.lifecycleMu.Unlock()', '}'],
  ],
  'Start tells nobody of a failed exec': [['ch <- s.runningExecs[container]', '_ = ch']],
  'Start counts a failed init out': [['if r.ExecID != "" {', 'if true {']],
  'Start does not call handleStarted where runc failed': [
    ['handleStarted(container, p)\n\t\treturn nil', 'return nil'],
  ],
  'Start does not call handleStarted': [[startEnd, 'return &taskAPI']],
  'Start handles the start before its event': [
    [startEnd, 'return &taskAPI'],
    ['switch r.ExecID {', 'handleStarted(container, p)\n\tswitch r.ExecID {'],
  ],
  'Start does not send TaskStart': [['s.send(&eventstypes.TaskStart{', '_ = (&eventstypes.TaskStart{']],
  'Start does not send TaskExecStarted': [
    ['s.send(&eventstypes.TaskExecStarted{', '_ = (&eventstypes.TaskExecStarted{'],
  ],
  'Start sends TaskStart for an exec': [['case "":', 'case "", r.ExecID:']],
});

const forgets = 's.mu.Lock()\n\t\tdelete(s.containers, r.ID)\n\t\ts.mu.Unlock()';

const other = [
  ...of('Delete', {
    'Delete keeps the container': [['delete(s.containers, r.ID)', '']],
    'Delete takes the container out without the lock': mu,
    'Delete takes the container out after TaskDelete': [
      [forgets, ''],
      ['s.lifecycleMu.Lock()', `${forgets}\n\t\ts.lifecycleMu.Lock()`],
    ],
    'Delete does not send TaskDelete': [['s.send(', '_ = (']],
    "Delete keeps the init's exit": [['delete(s.containerInitExit, container)', '']],
    "Delete clears the init's exit without the lock": [lock, unlock],
    'Delete of an exec takes the container out': [['if r.ExecID == "" {', 'if true {']],
  }),
  ...of('Exec', {
    'Exec takes an id twice': [['if !ok {', 'if !ok && false {']],
    'Exec does not send TaskExecAdded': [['s.send(', '_ = (']],
  }),
  ...of('Wait', {
    'Wait does not wait': [['err = p.Wait(ctx)', 'err = ctx.Err()']],
  }),
  ...of('Shutdown', {
    'Shutdown ends a shim with a container': [['len(s.containers) > 0', 'len(s.containers) > 1']],
    'Shutdown without the lock': [
      ['s.mu.Lock()', ''],
      ['defer s.mu.Unlock()', ''],
    ],
  }),
  ...of('getContainer', {
    'getContainer without the lock': mu,
    'getContainer finds what is not there': [['container == nil', 'container == nil && false']],
  }),
];

const tells = '(*subscriber)[e.Pid] = append((*subscriber)[e.Pid], e)';

const exits = [
  ...of('processExits', {
    'processExits tells no subscriber': [[tells, '_ = subscriber']],
    'processExits tells a subscriber twice': [[tells, `${tells}\n\t\t\t${tells}`]],
    "processExits does not note the init's exit": [['s.containerInitExit[cp.Container] = e', '']],
    "processExits notes an exec's exit as the init's": [['if init {', 'if init || true {']],
    'processExits leaves the process in running': [['delete(s.running, e.Pid)', '']],
    'processExits without the lock': [lock, unlock],
    'processExits unlocks before it takes the process out of running': [
      [
        'delete(s.running, e.Pid)\n\t\ts.lifecycleMu.Unlock()',
        's.lifecycleMu.Unlock()\n\t\tdelete(s.running, e.Pid)',
      ],
    ],
    'processExits passes handleInitExit by': [
      ['s.handleInitExit(e, cp.Container, ip)', 's.handleProcessExit(e, cp.Container, ip)'],
    ],
    "processExits drops an exec's exit": [['s.handleProcessExit(e, cp.Container, cp.Process)', '']],
    "processExits handles an exec's exit in a goroutine": [
      [
        's.handleProcessExit(e, cp.Container, cp.Process)',
        'go s.handleProcessExit(e, cp.Container, cp.Process)',
      ],
    ],
    "processExits drops an init's exit": [['s.handleInitExit(e, cp.Container, ip)', '_ = ip']],
  }),
  ...of('handleInitExit', {
    'handleInitExit kills nobody': [['runc.ShouldKillAllOnExit(s.context, c.Bundle)', 'false']],
    'handleInitExit always kills': [['runc.ShouldKillAllOnExit(s.context, c.Bundle)', 'true']],
    'handleInitExit waits for nobody': [['numRunningExecs == 0', 'numRunningExecs >= 0']],
    'handleInitExit does not wait for the last exec': [['numRunningExecs == 0', 'numRunningExecs <= 1']],
    'handleInitExit has a channel without room': [['make(chan int, numRunningExecs)', 'make(chan int)']],
    'handleInitExit does not subscribe': [['s.execCountSubscribers[c] = events', '']],
    'handleInitExit reads the count before it locks': [
      [
        's.lifecycleMu.Lock()\n\tnumRunningExecs := s.runningExecs[c]',
        // The loop is time for an exec to begin or to end in.
        'numRunningExecs := s.runningExecs[c]\n\tfor i := 0; i < 50_000_000; i++ {\n\t}\n\ts.lifecycleMu.Lock()',
      ],
    ],
    'handleInitExit subscribes after the section': [
      [
        's.execCountSubscribers[c] = events\n\n\ts.lifecycleMu.Unlock()',
        's.lifecycleMu.Unlock()\n\ts.execCountSubscribers[c] = events',
      ],
    ],
    'the goroutine ends at the first count': [
      ['runningExecs == 0 {\n\t\t\t\tbreak', 'runningExecs >= 0 {\n\t\t\t\tbreak'],
    ],
    'the goroutine ends at one': [
      ['runningExecs == 0 {\n\t\t\t\tbreak', 'runningExecs == 1 {\n\t\t\t\tbreak'],
    ],
    'the goroutine does not wait': [['for {\n', 'for false {\n']],
    'the goroutine does not unsubscribe': [['delete(s.execCountSubscribers, c)', '']],
    'the goroutine cleans up without the lock': [
      ['s.lifecycleMu.Lock()\n\t\t\tdefer s.lifecycleMu.Unlock()', ''],
    ],
    'the goroutine leaves the count': [
      [
        'delete(s.execCountSubscribers, c)\n\t\t\tdelete(s.runningExecs, c)',
        'delete(s.execCountSubscribers, c)',
      ],
    ],
    'the goroutine does not handle the exit': [['s.handleProcessExit(e, c, p)\n\t}()', '}()']],
    'the exit loop waits by itself': [['go func() {', 'func() {']],
  }),
  ...of('handleProcessExit', {
    'handleProcessExit sets nothing exited': [['p.SetExited(e.Status)', '']],
    'handleProcessExit sets exited after TaskExit': [
      ['p.SetExited(e.Status)', ''],
      ['if !isInit {', 'p.SetExited(e.Status)\n\tif !isInit {'],
    ],
    'handleProcessExit does not send TaskExit': [['s.send(', '_ = (']],
    'handleProcessExit names the container as the process': [['ID:          p.ID()', 'ID:          c.ID']],
    'handleProcessExit counts inits': [['if !isInit {', 'if isInit {']],
    'handleProcessExit counts without the lock': [lock, unlock],
    'handleProcessExit does not count': [['s.runningExecs[c]--', '']],
    'handleProcessExit counts twice': [['s.runningExecs[c]--', 's.runningExecs[c] -= 2']],
    'handleProcessExit tells nobody of the count': [['ch <- s.runningExecs[c]', '_ = ch']],
    'handleProcessExit counts before TaskExit': [
      [
        's.send(',
        'if !isInit {\n\t\ts.lifecycleMu.Lock()\n\t\ts.runningExecs[c]--\n\t\tif ch, ok := s.execCountSubscribers[c]; ok {\n\t\t\tch <- s.runningExecs[c]\n\t\t}\n\t\ts.lifecycleMu.Unlock()\n\t}\n\tdefer s.send(',
      ],
      [
        '})\n\tif !isInit {\n\t\ts.lifecycleMu.Lock()\n\t\ts.runningExecs[c]--\n\t\tif ch, ok := s.execCountSubscribers[c]; ok {\n\t\t\tch <- s.runningExecs[c]\n\t\t}\n\t\ts.lifecycleMu.Unlock()\n\t}',
        '})',
      ],
    ],
  }),
  ...of('send', {
    'send drops events': [['case s.events <- evt:', 'default:']],
    'send has goroutines of its own': [
      ['case s.events <- evt:', 'default:\n\t\tgo func() { s.events <- evt }()'],
    ],
  }),
];

/** Every mutant, in the order of the functions. */
export const mutants: readonly Mutant[] = [...preStart, ...create, ...start, ...other, ...exits];
