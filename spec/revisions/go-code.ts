/**
 * What the steps are in containerd's Go code: a row for each, with what it does there, and where it stands in each
 * revision that has it.
 *
 * It stands beside the revisions, so that they differ by what changed and not by line numbers. A step that is not
 * upstream's has its row where its revision lists it.
 *
 * @module
 */
import { at } from '../assert.ts';
import type { Service } from '../service.ts';
import type { CallKind, GoCode } from '../steps.ts';
import {
  type CallId,
  containerOf,
  isInit,
  methodOf,
  type ProcessId,
  type ThreadId,
  targetOf,
} from '../vocabulary.ts';

/** The trees of containerd that the revisions mirror: a commit, and the folder that the lines' files are in. */
const trees: Readonly<Record<string, string>> = {
  'big-lock': 'a766dc550553931d841c7fa8f616040958e1ade5/runtime/v2/runc',
  'early-exits': '18c6503d98f4de37ebbd39443bde958d8b6dc367/runtime/v2/runc',
  'mu-locked': '5238a6470ca921fe7e47f25b022ea815a1d6f9b4/runtime/v2/runc',
  'pending-execs': '65915f0a2c0b4d1cb590f39c6cc3b78e7bb75fcb/runtime/v2/runc',
  'defer-init-only': '5e53da4a1403e80339e3d2897dd41cce3842b335/runtime/v2/runc',
  'running-execs': 'c9617c321f016fef7678f5333075542e6e565cbb/runtime/v2/runc',
  main: '301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2',
};

/** A step's row. */
export interface GoCodeRow extends Pick<GoCode, 'text'> {
  /**
   * The lines by revision, by kind of call where they differ: `early-exits 206, mu-locked container.go:20-22`. Where
   * no file is named, they are of `task/service.go`.
   */
  readonly lines: string | Readonly<Partial<Record<CallKind, string>>>;
}

const runcReturns: GoCodeRow['lines'] = {
  create:
    'big-lock 122, early-exits 212, mu-locked 221, pending-execs 257, defer-init-only 257, running-execs 229, main 229',
  start:
    'big-lock 162, early-exits 262, mu-locked 271, pending-execs 312, defer-init-only 312, running-execs 288, main 317',
  delete:
    'big-lock 216, early-exits 316, mu-locked 325, pending-execs 366, defer-init-only 366, running-execs 353, main 359',
};

/** Every step of containerd's revisions, and runc's answers. */
export const goCode: Readonly<Record<string, GoCodeRow>> = {
  ShimLocksService: {
    text: 's.mu.Lock()',
    lines:
      'big-lock 119-122, early-exits 206, mu-locked 215, pending-execs 249, defer-init-only 249, running-execs 221',
  },
  ShimFindsContainer: {
    text: foundContainer,
    lines: {
      start:
        'big-lock 155, early-exits 251, mu-locked 260, pending-execs 296, defer-init-only 296, running-execs 268, main 297',
      exec: 'big-lock 241, early-exits 341, mu-locked 350, pending-execs 391, defer-init-only 391, running-execs 378, main 387',
      kill: 'big-lock 348, early-exits 448, mu-locked 457, pending-execs 498, defer-init-only 498, running-execs 485, main 494',
      wait: 'big-lock 431-435, early-exits 531-535, mu-locked 540-544, pending-execs 581-585, defer-init-only 581-585, running-execs 568-572, main 577-581',
      delete:
        'big-lock 212, early-exits 312, mu-locked 321, pending-execs 362, defer-init-only 362, running-execs 349, main 355',
    },
  },
  ShimLocksEvents: {
    text: 's.eventSendMu.Lock()',
    lines: 'big-lock 161',
  },
  ShimSubscribes: {
    text: subscription,
    lines: {
      create:
        'early-exits 209-212, mu-locked 218-221, pending-execs 252-257, defer-init-only 252-257, running-execs 224-229, main 224-229',
      start:
        'early-exits 260, mu-locked 269, pending-execs 302-309, defer-init-only 302-309, running-execs 274-285, main 303-314',
    },
  },
  ShimFindsProcess: {
    text: (_, call) => `container.Start: c.Process(${targetOf(call)})`,
    lines:
      'big-lock container.go:360, early-exits container.go:360, mu-locked container.go:355, pending-execs container.go:355, defer-init-only container.go:355, running-execs container.go:355, main runc/container.go:347',
  },
  ShimStartsProcess: {
    text: (s, call) => `p.Start: ${beginning(s, targetOf(call))}`,
    lines:
      'big-lock container.go:364, early-exits container.go:364, mu-locked container.go:359, pending-execs container.go:359, defer-init-only container.go:359, running-execs container.go:359, main runc/container.go:351',
  },
  RuncReturns: {
    text: (_, call) => `${runcCall(call)} returns`,
    lines: runcReturns,
  },
  RuncFails: {
    text: failedRunc,
    lines: runcReturns,
  },
  RuncCrashes: {
    text: failedRunc,
    lines: runcReturns,
  },
  ShimCleansUp: {
    text: (s, call) => `cleanup(); return err${s.mu === call ? '; s.mu.Unlock()' : ''}`,
    lines:
      'early-exits 193-214, mu-locked 202-223, pending-execs 236-259, defer-init-only 236-259, running-execs 208-231, main 211-231',
  },
  ShimStoresContainer: {
    text: 's.mu.Lock(); s.containers[r.ID] = container; s.mu.Unlock()',
    lines: 'main 234-236',
  },
  ShimPublishesCreate: {
    text: (s, call) =>
      `${at(s.containers, targetOf(call)) ? '' : 's.containers[r.ID] = container; '}s.send(&TaskCreate)`,
    lines:
      'big-lock 127-129, early-exits 217-219, mu-locked 226-228, pending-execs 262-264, defer-init-only 262-264, running-execs 234-236, main 238',
  },
  ShimPublishesStart: {
    text: (_, call) => (isInit(targetOf(call)) ? 's.send(&TaskStart)' : 's.send(&TaskExecStarted)'),
    lines: {
      'start init':
        'big-lock 193-204, early-exits 293, mu-locked 302, pending-execs 343, defer-init-only 343, running-execs 330, main 336',
      'start exec':
        'big-lock 198-204, early-exits 298, mu-locked 307, pending-execs 348, defer-init-only 348, running-execs 335, main 341',
    },
  },
  ShimUncounts: {
    text: 's.runningExecs[container]--',
    lines: 'running-execs 294-299, main 323-328',
  },
  ShimHandlesStarted: {
    text: (s, call) => `handleStarted: ${handling(s, call)}`,
    lines:
      'early-exits 167-191, mu-locked 170-200, pending-execs 169-234, defer-init-only 169-234, running-execs 182-206, main 185-209',
  },
  ShimReplies: {
    text: (s, call) => `return${s.mu === call ? '; s.mu.Unlock()' : ''}`,
    lines: {
      create:
        'big-lock 143, early-exits 239, mu-locked 248, pending-execs 284, defer-init-only 284, running-execs 256, main 285',
      start:
        'big-lock 205, early-exits 305, mu-locked 314, pending-execs 355, defer-init-only 355, running-execs 342, main 348',
      exec: 'big-lock 259, early-exits 359, mu-locked 368, pending-execs 409, defer-init-only 409, running-execs 396, main 405',
    },
  },
  ShimAddsExec: {
    text: 'container.Exec',
    lines:
      'big-lock 245-249, early-exits 345-349, mu-locked 354-358, pending-execs 395-399, defer-init-only 395-399, running-execs 382-386, main 391-395',
  },
  ShimPublishesExecAdded: {
    text: 's.send(&TaskExecAdded)',
    lines:
      'big-lock 255, early-exits 355, mu-locked 364, pending-execs 405, defer-init-only 405, running-execs 392, main 401',
  },
  ShimKills: {
    text: 'container.Kill',
    lines:
      'big-lock 352, early-exits 452, mu-locked 461, pending-execs 502, defer-init-only 502, running-execs 489, main 498',
  },
  ShimEndsWait: {
    text: 'p.Wait() returns',
    lines:
      'big-lock 439, early-exits 539, mu-locked 548, pending-execs 589, defer-init-only 589, running-execs 576, main 586',
  },
  ShimShutsDown: {
    text: shutdown,
    lines:
      'big-lock 460-470, early-exits 560-570, mu-locked 569-579, pending-execs 610-620, defer-init-only 610-620, running-execs 597-607, main 609-619',
  },
  ShimDeletesProcess: {
    text: 'container.Delete',
    lines:
      'big-lock 216, early-exits 316, mu-locked 325, pending-execs 366, defer-init-only 366, running-execs 353, main 359',
  },
  ShimForgetsContainer: {
    text: 'delete(s.containers, r.ID)',
    lines:
      'big-lock 222-224, early-exits 322-324, mu-locked 331-333, pending-execs 372-374, defer-init-only 372-374, running-execs 359-361, main 365-367',
  },
  ShimPublishesDelete: {
    text: 's.send(&TaskDelete)',
    lines:
      'big-lock 225, early-exits 325, mu-locked 334, pending-execs 375, defer-init-only 375, running-execs 362, main 368',
  },
  ShimForgetsInitExit: {
    text: 'delete(s.containerInitExit, container)',
    lines: 'main 374-376',
  },
  ShimReceivesExit: {
    text: receiving,
    lines:
      'big-lock 511-512, early-exits 611-630, mu-locked 620-639, pending-execs 661-695, defer-init-only 661-696, running-execs 648-674, main 660-686',
  },
  ShimLocksForExit: {
    text: 's.mu.Lock(), for handleProcessExit',
    lines: 'big-lock 527, early-exits 643, mu-locked 642',
  },
  ShimFindsExited: {
    text: 'checkProcesses: container.HasPid(e.Pid), p.Pid() == e.Pid',
    lines: 'big-lock 530-539',
  },
  ShimFindsNone: {
    text: 'checkProcesses: no container has the pid; s.mu.Unlock()',
    lines: 'big-lock 530-533',
  },
  ShimKillsAll: {
    text: 'handleProcessExit: ip.KillAll',
    lines:
      'big-lock 541-548, early-exits 648-653, mu-locked 655-663, pending-execs 709-717, defer-init-only 710-718, running-execs 701-706, main 725-730',
  },
  ShimHandlesInitExit: {
    text: 'handleInitExit: looks at s.runningExecs[c]',
    lines: 'running-execs 708-722, main 732-746',
  },
  ShimSetsExited: {
    text: 'handleProcessExit: p.SetExited',
    lines:
      'big-lock 550, early-exits 656, mu-locked 665, pending-execs 719, defer-init-only 720, running-execs 744, main 768',
  },
  ShimPublishesExit: {
    text: publishedExit,
    lines:
      'big-lock 551-557, early-exits 657-663, mu-locked 666-672, pending-execs 720-726, defer-init-only 721-727, running-execs 745-751, main 778-784',
  },
  ShimCounts: {
    text: 'handleProcessExit: s.runningExecs[c]--',
    lines: 'running-execs 753-758, main 786-791',
  },
  ShimSendsCount: {
    text: 'ch <- s.runningExecs[c]; s.lifecycleMu.Unlock()',
    lines: 'running-execs 756, main 789',
  },
  ShimReceivesCount: {
    text: 'handleInitExit: <-events',
    lines: 'running-execs 731-735, main 755-759',
  },
  ShimEndsInitExit: {
    text: 'handleInitExit: deletes its subscription and the count',
    lines: 'running-execs 723-728, main 747-752',
  },
};

/** The revisions whose Go code is known. */
export const codeTrees: readonly string[] = Object.keys(trees);

/** The tree that a revision mirrors; null for one that is not upstream's. */
export function treeOf(slug: string): string | null {
  const tree = trees[slug];
  return tree === undefined ? null : `https://github.com/containerd/containerd/blob/${tree}`;
}

/** Where a step stands in a revision, of a row's list: `task/service.go#L206`; null where it has no such step. */
export function linesIn(list: string, slug: string): string | null {
  const [, place = ''] =
    list
      .split(', ')
      .map((each) => each.split(' '))
      .find(([of]) => of === slug) ?? [];
  const [, file = 'task/service.go', from, to] = /^(?:(.+):)?(\d+)(?:-(\d+))?$/.exec(place) ?? [];
  return from === undefined ? null : `${file}#L${from}${to === undefined ? '' : `-L${to}`}`;
}

function foundContainer(s: Service, call: CallId): string {
  const c = containerOf(targetOf(call));
  return `s.getContainer(${c})${at(s.containers, c) ? '' : ': not found, return err'}`;
}

function subscription(_: Service, call: CallId): string {
  if (methodOf(call) === 'create') return 's.preStart(nil); runc.NewContainer runs runc create';
  return `s.preStart(${isInit(targetOf(call)) ? 'container' : 'nil'})`;
}

function beginning(s: Service, process: ProcessId): string {
  const { state } = at(s.processes, process);
  if (state !== 'created') return `cannot start a ${state} process`;
  return `p.mu.Lock(); runc ${isInit(process) ? 'start' : 'exec'}`;
}

function failedRunc(_: Service, call: CallId): string {
  return `${runcCall(call)} returns an error`;
}

function runcCall(call: CallId): string {
  const method = methodOf(call);
  if (method === 'create') return 'runc.NewContainer';
  return method === 'start' ? 'container.Start' : 'container.Delete';
}

function handling(s: Service, call: CallId): string {
  const { pid } = at(s.processes, targetOf(call));
  if (pid === 0 || at(s.calls, call).pc === 'handleStarted(nil)') return 'nothing to do';
  return at(at(s.exits ?? {}, call), pid).length > 0
    ? `exits[${pid}] has its exit`
    : `s.running[${pid}] takes it`;
}

function shutdown(s: Service): string {
  return Object.values(s.containers).some(Boolean)
    ? 'Shutdown: a container is left; return'
    : `s.shutdown.Shutdown(): ${s.road?.events ? 'its callbacks run beside' : 'the shim ends'}`;
}

function receiving(s: Service): string {
  const pid = s.ec[0]?.pid ?? 0;
  if (!s.running) return `e := <-s.ec, pid ${pid}`;
  const cps = at(s.running, pid);
  return `e := <-s.ec, pid ${pid}; s.running[${pid}] has ${cps.length > 0 ? cps.join(', ') : 'nothing'}`;
}

function publishedExit(s: Service, thread: ThreadId): string {
  const isUnlocked = s.mu === thread && methodOf(thread) !== 'create';
  return `handleProcessExit: s.send(&TaskExit)${isUnlocked ? '; s.mu.Unlock()' : ''}`;
}
