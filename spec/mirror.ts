/**
 * Tells a step in the words of the Go code, for traces. The wording is one for all revisions; the lines are each one's own.
 *
 * @module
 */
import type { AnyAction } from './action.ts';
import { at } from './assert.ts';
import type { EnvironmentAction } from './environment.ts';
import type { Service } from './service.ts';
import {
  type CallId,
  containerOf,
  isInit,
  methodOf,
  type ProcessId,
  type ThreadId,
  targetOf,
} from './vocabulary.ts';

/** What a step is in the words of the Go code. */
export interface Mirror {
  /** Who takes the step: a thread of the shim, or `client`, `runc`, `kernel`. */
  readonly lane: string;
  /** What it does. */
  readonly text: string;
  /** The Go lines, as `file.go#L1-L2` below the revision's tree; null for a step of the world. */
  readonly lines: string | null;
}

/** Go lines by a step's key: its action's type, and the call's method or the kind of process where it matters. */
export type Lines = Readonly<Record<string, string>>;

/** A thread that cannot go on, where it stands, and why. */
export interface Blocked {
  /** Whose thread it is. */
  readonly thread: ThreadId;
  /** Where it stands, in the words of the Go code. */
  readonly at: string;
  /** What it waits for. */
  readonly because: string;
}

/** Describes the step that `action` is in `before`, a state that enables it. */
export function mirror(lines: Lines, before: Service, action: AnyAction): Mirror {
  const { type, call, thread } = action;
  if (!type.startsWith('Shim') && !isAnswer(type)) return environmentMirror(action as EnvironmentAction);
  const lane = call ?? thread ?? 'processExits';
  const text = textOf(before, type, lane);
  return { lane, text, lines: linesOf(lines, type, call) };
}

/** Describes an action of the world in a trace. */
function environmentMirror(action: EnvironmentAction): Mirror {
  const say = (lane: string, text: string): Mirror => ({ lane, text, lines: null });
  switch (action.type) {
    case 'RuncForks':
      return say('runc', `runc forks ${targetOf(action.call)} as pid ${action.pid}`);
    case 'RuncReleasesInit':
      return say('runc', `runc start lets ${targetOf(action.call)} go on`);
    case 'ProcessExits':
      return say('kernel', `${action.process} dies`);
    case 'KernelReaps':
      return say('kernel', `wait4 reaps ${action.process}, s.ec takes its exit`);
    default: {
      const name = `${methodOf(action.call).charAt(0).toUpperCase()}${methodOf(action.call).slice(1)}`;
      const again = action.call.endsWith(' again') ? ' again' : '';
      const early = action.type === 'ClientCallsEarly' ? ' early' : '';
      return say('client', `calls ${name}(${targetOf(action.call)})${again}${early}`);
    }
  }
}

function isAnswer(type: string): boolean {
  return type === 'RuncReturns' || type === 'RuncFails' || type === 'RuncCrashes';
}

function linesOf(lines: Lines, type: string, call: CallId | undefined): string | null {
  const step = isAnswer(type) ? 'RuncReturns' : type;
  if (call === undefined) return lines[step] ?? null;
  const kind = isInit(targetOf(call)) ? 'init' : 'exec';
  return lines[step] ?? lines[`${step} ${methodOf(call)}`] ?? lines[`${step} ${kind}`] ?? null;
}

function textOf(s: Service, type: string, thread: ThreadId): string {
  const target = targetOf(thread);
  const [init, c] = [isInit(target), containerOf(target)];
  switch (type) {
    case 'ShimLocksService':
      return 's.mu.Lock()';
    case 'ShimFindsContainer':
      return `s.getContainer(${c})${at(s.containers, c) ? '' : ': not found, return err'}`;
    case 'ShimSubscribes':
      if (methodOf(thread) === 'create') return 's.preStart(nil); runc.NewContainer runs runc create';
      return `s.preStart(${init ? 'container' : 'nil'})`;
    case 'ShimFindsProcess':
      return `container.Start: c.Process(${target})`;
    case 'ShimStartsProcess':
      return `p.Start: ${beginning(s, target)}`;
    case 'RuncReturns':
      return `${runcCall(thread)} returns`;
    case 'RuncFails':
    case 'RuncCrashes':
      return `${runcCall(thread)} returns an error`;
    case 'ShimCleansUp':
      return 'cleanup(); return err; s.mu.Unlock()';
    case 'ShimPublishesCreate':
      return `${at(s.containers, c) ? '' : 's.containers[r.ID] = container; '}s.send(&TaskCreate)`;
    case 'ShimStoresContainer':
      return 's.mu.Lock(); s.containers[r.ID] = container; s.mu.Unlock()';
    case 'ShimPublishesStart':
      return init ? 's.send(&TaskStart)' : 's.send(&TaskExecStarted)';
    case 'ShimHandlesStarted':
      return `handleStarted: ${handling(s, thread)}`;
    case 'ShimReplies':
      return `return${s.mu === thread ? '; s.mu.Unlock()' : ''}`;
    case 'ShimAddsExec':
      return 'container.Exec';
    case 'ShimPublishesExecAdded':
      return 's.send(&TaskExecAdded)';
    case 'ShimKills':
      return 'container.Kill';
    case 'ShimEndsWait':
      return 'p.Wait() returns';
    case 'ShimShutsDown':
      return Object.values(s.containers).some(Boolean)
        ? 'Shutdown: a container is left; return'
        : 's.shutdown.Shutdown(): the shim ends';
    case 'ShimDeletesProcess':
      return 'container.Delete';
    case 'ShimForgetsContainer':
      return 'delete(s.containers, r.ID)';
    case 'ShimPublishesDelete':
      return 's.send(&TaskDelete)';
    case 'ShimReceivesExit':
      return receiving(s);
    case 'ShimLocksForExit':
      return 's.mu.Lock(), for handleProcessExit';
    case 'ShimKillsAll':
      return 'handleProcessExit: ip.KillAll';
    case 'ShimSetsExited':
      return 'handleProcessExit: p.SetExited';
    case 'ShimPublishesExit':
      return `handleProcessExit: s.send(&TaskExit)${s.mu === thread && methodOf(thread) !== 'create' ? '; s.mu.Unlock()' : ''}`;
    default:
      return otherText(type);
  }
}

/** The steps that not every revision has. */
function otherText(type: string): string {
  const texts: Readonly<Record<string, string>> = {
    ShimLocksEvents: 's.eventSendMu.Lock()',
    ShimFindsExited: 'checkProcesses: container.HasPid(e.Pid), p.Pid() == e.Pid',
    ShimFindsNone: 'checkProcesses: no container has the pid; s.mu.Unlock()',
    ShimUncounts: 's.runningExecs[container]--',
    ShimHandlesInitExit: 'handleInitExit: looks at s.runningExecs[c]',
    ShimReceivesCount: 'handleInitExit: <-events',
    ShimEndsInitExit: 'handleInitExit: deletes its subscription and the count',
    ShimCounts: 'handleProcessExit: s.runningExecs[c]--',
    ShimSendsCount: 'ch <- s.runningExecs[c]; s.lifecycleMu.Unlock()',
    ShimForgetsInitExit: 'delete(s.containerInitExit, container)',
  };
  return texts[type] ?? type;
}

function beginning(s: Service, process: ProcessId): string {
  const { state } = at(s.processes, process);
  if (state !== 'created') return `cannot start a ${state} process`;
  return `p.mu.Lock(); runc ${isInit(process) ? 'start' : 'exec'}`;
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

function receiving(s: Service): string {
  const pid = s.ec[0]?.pid ?? 0;
  if (!s.running) return `e := <-s.ec, pid ${pid}`;
  const cps = at(s.running, pid);
  return `e := <-s.ec, pid ${pid}; s.running[${pid}] has ${cps.length > 0 ? cps.join(', ') : 'nothing'}`;
}

/** The threads that wait for something, and for what. */
export function blocked(s: Service): Blocked[] {
  const goroutines = s.goroutines ?? {};
  return [...Object.keys(s.calls), 'processExits', ...Object.keys(goroutines)].flatMap((thread) => {
    const { pc } = thread === 'processExits' ? s.processExits : (goroutines[thread] ?? at(s.calls, thread));
    const because = cause(s, thread, pc);
    return because === null ? [] : [{ thread, at: pc, because }];
  });
}

function cause(s: Service, thread: ThreadId, pc: string): string | null {
  if (['called', 'exit: s.mu.Lock', 'delete(s.containers)'].includes(pc)) {
    return s.mu === null ? null : `s.mu is held by ${s.mu === thread ? 'itself' : s.mu}`;
  }
  if (pc.endsWith('ch <-')) return 'the channel has no room';
  if (pc === '<-events') return 'no count was sent';
  if (pc === 'p.Wait') return `${targetOf(thread)} has not been set exited`;
  const process = lockedBy(s, thread, pc);
  const holder = process === null ? null : at(s.processes, process).mu;
  return holder === null ? null : `p.mu of ${process} is held by ${holder}`;
}

/** The process whose exit a thread is handling. */
function exiting(s: Service, thread: ThreadId): ProcessId | null {
  if (thread === 'processExits') return s.processExits.cps[0] ?? null;
  return s.calls[thread]?.todo?.[0]?.process ?? targetOf(thread);
}

/** The process whose `p.mu` a thread needs where it stands. */
function lockedBy(s: Service, thread: ThreadId, pc: string): ProcessId | null {
  if (pc.startsWith('exit: ')) return exiting(s, thread);
  if (pc === 'container.Exec') return containerOf(targetOf(thread));
  return ['p.Start', 'container.Kill', 'container.Delete'].includes(pc) ? targetOf(thread) : null;
}
