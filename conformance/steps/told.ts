/**
 * From a line of a record to the plays that it may stand for.
 *
 * @module
 */
import {
  type CallId,
  containerOf,
  type MainState,
  methodOf,
  type ThreadId,
  targetOf,
} from '../../spec/index.ts';
import {
  actionOf,
  deleteEnds,
  handledBy,
  isEvent,
  isLastSent,
  type Play,
  placeIn,
  runcWorks,
  startEnds,
  step,
  takeOne,
  wait4,
} from './plays.ts';
import { processOf, type StepLine } from './record.ts';
import type { RecordedTables } from './tables.ts';

/** A line, and what is known with it. */
export interface Told {
  readonly line: StepLine;
  readonly thread: ThreadId;
  /** How it has ended, where it is a beginning. */
  readonly end: StepLine | undefined;
  /** Whether the thread has sent a count in this section: then its step is taken. */
  readonly hasCounted: boolean;
  /** The tables as they are recorded, this line's changes among them. */
  readonly tables: RecordedTables;
}

const nothing: Play = () => true;

/** The ways in which the model may take a line. A line of which the model has no step leaves it as it is. */
export function playsOf(told: Told): Play[] {
  const { line, thread, end } = told;
  switch (line.k) {
    case 'mu':
      return sectionOfMu(told);
    case 'lifecycleMu':
      return [sectionOfLifecycleMu(told)];
    case 'receive':
      return [receives(line)];
    case 'wait4':
      return [wait4(line.pid ?? 0)];
    case 'send':
      return [(s) => takeOne(s, 'send', thread) !== null && (isLastSent(s, line) || otherEvent(s))];
    case 'publish':
      return [publishes(line)];
    case 'find':
      return finds(told);
    case 'create':
      return [startEnds(thread, line)];
    case 'begin':
      return [begins(line, thread, end)];
    case 'end':
      return ends(line, thread);
    case 'remove':
      return [removes(thread)];
    case 'add':
      return [adds(line, thread)];
    case 'exited':
      return [(s) => handles(s, line, thread) && takeOne(s, 'exited', thread) !== null];
    case 'count':
      return [counts(line, thread)];
    case 'counted':
      return [(s) => takeOne(s, 'counted', thread) !== null];
    case 'receive count':
      return [receivesCount(line, thread)];
    case 'return':
      return [returns(line, thread)];
    default:
      return [() => `the record has no such kind of step (got ${line.k})`];
  }
}

function sectionOfMu({ line, thread, tables }: Told): Play[] {
  const taken: Play = (s) => (takeOne(s, 'mu', thread) === null ? false : sameTables(tables, s, 'mu'));
  const isWait = methodOf(thread) === 'wait';
  // Wait looks for its process after it has let the lock go; the model has one step.
  const later: Play = (s) => s.containers[containerOf(targetOf(thread))] === true;
  return isWait && line.f === 'getContainer' ? [taken, later] : [taken];
}

function sameTables(tables: RecordedTables, s: MainState, guards: 'mu' | 'lifecycleMu'): true | string {
  const difference = tables.difference(s, guards);
  return difference === null || difference;
}

function sectionOfLifecycleMu({ thread, end, hasCounted, tables }: Told): Play {
  return (s) => {
    if (!hasCounted) {
      const before = { ...s.execCountSubscribers };
      const taken = takeOne(s, 'lifecycleMu', thread);
      if (taken === null) return false;
      const isCount = taken === 'ShimCounts' || taken === 'ShimUncounts';
      const c = Object.keys(before).find((id) => before[id] !== s.execCountSubscribers[id]);
      if (isCount && c !== undefined) return `the count of ${c} was not sent to who waits for it`;
    }
    // runc create begins with the section that subscribes to its exit.
    if (end?.ok && !runcWorks(s, thread, end.pid ?? 0)) return false;
    return sameTables(tables, s, 'lifecycleMu');
  };
}

function receives({ pid }: StepLine): Play {
  return (s) => {
    if (s.processExits.pc !== 'range s.ec') return `the exit loop is not done with the exit before`;
    return s.ec[0]?.pid === pid || `s.ec has the exit of ${s.ec[0]?.pid ?? 'nobody'} first`;
  };
}

function otherEvent(s: MainState): string {
  const { topic, process, pid } = s.events?.at(-1) ?? {};
  return `the model sends ${topic} of ${process}, pid ${pid}`;
}

function publishes(line: StepLine): Play {
  return (s) => {
    const first = s.events?.[0];
    if (!first || !isEvent(line, first))
      return `s.events has ${first ? `${first.topic} of ${first.process}` : 'nothing'} first`;
    s.events?.shift();
    return true;
  };
}

/** `c.Process(id)`. Start and Wait have a step for it; Kill and Delete are refused there. */
function finds({ line, thread }: Told): Play[] {
  const { ok } = line;
  switch (methodOf(thread)) {
    case 'start': {
      const taken: Play = (s) =>
        step(s, actionOf('ShimFindsProcess', thread)) && (s.calls[thread]?.pc === 'p.Start') === ok;
      return ok ? [taken, findsDeleted(thread)] : [taken];
    }
    case 'wait':
      return [
        (s) =>
          (s.calls[thread]?.pc !== 'called' || step(s, actionOf('ShimFindsContainer', thread))) &&
          (s.calls[thread]?.pc === 'p.Wait') === ok,
      ];
    case 'kill':
      return [(s) => ok === true || step(s, actionOf('ShimKills', thread))];
    case 'delete':
      return [
        (s) => ok === true || (step(s, actionOf('ShimDeletesProcess', thread)) && isRefused(s, thread)),
      ];
    default:
      return [nothing];
  }
}

/**
 * `container.Delete` deletes an exec and then takes it out of the container; the model has one step. A Start that finds the
 * exec between the two is one that found it before.
 */
function findsDeleted(call: CallId): Play {
  return (s) => {
    const target = targetOf(call);
    const process = s.processes[target];
    const isTakenOut = ([id, { pc }]: [string, { pc: string }]): boolean =>
      methodOf(id) === 'delete' && targetOf(id) === target && pc === 'answered';
    if (process?.state !== 'deleted' || !Object.entries(s.calls).some(isTakenOut)) return false;
    process.state = 'stopped';
    const isFound = step(s, actionOf('ShimFindsProcess', call));
    process.state = 'deleted';
    return isFound;
  };
}

function isRefused(s: MainState, call: CallId): boolean {
  return ['idle', 'refused'].includes(placeIn(s, call));
}

function begins(line: StepLine, thread: ThreadId, end: StepLine | undefined): Play {
  if (line.m === 'KillAll') return (s) => handles(s, line, thread) && killsAll(s, line, thread);
  if (line.m === 'Start' && end?.ok)
    return (s) => step(s, actionOf('ShimStartsProcess', thread)) && runcWorks(s, thread, end.pid ?? 0);
  return nothing;
}

/** A deleted container's bundle is gone, and with it what says that its pid namespace is private: then nobody is left to kill. */
function killsAll(s: MainState, { c = '' }: StepLine, thread: ThreadId): boolean {
  return (
    takeOne(s, 'KillAll', thread) !== null ||
    (placeIn(s, thread) === 'exit: handleInitExit' && !s.containers[c])
  );
}

function ends(line: StepLine, thread: ThreadId): Play[] {
  if (line.m === 'Start') return [startEnds(thread, line)];
  if (line.m === 'Delete') return deleteEnds(thread, line);
  return [(s) => step(s, actionOf('ShimKills', thread))];
}

function removes(thread: ThreadId): Play {
  return (s) =>
    s.calls[thread]?.pc !== 'container.Delete' ||
    (step(s, actionOf('ShimDeletesProcess', thread)) && !isRefused(s, thread));
}

function adds({ ok }: StepLine, thread: ThreadId): Play {
  return (s) => step(s, actionOf('ShimAddsExec', thread)) && isRefused(s, thread) !== ok;
}

function handles(s: MainState, line: StepLine, thread: ThreadId): boolean {
  return handledBy(s, thread) === processOf(line);
}

function counts({ c = '', count, full }: StepLine, thread: ThreadId): Play {
  return (s) => {
    if (!s.execCountSubscribers[c]) return `nobody waits for the execs of ${c}`;
    if (takeOne(s, 'count', thread) === null) return false;
    if (s.runningExecs[c] !== count) return `the model counts ${s.runningExecs[c]} execs of ${c}`;
    return placeIn(s, thread).endsWith('ch <-') === full;
  };
}

function receivesCount({ c = '', count }: StepLine, thread: ThreadId): Play {
  return (s) => {
    const first = s.execCountSubscribers[c]?.counts[0];
    return takeOne(s, 'receive count', thread) !== null && first === count;
  };
}

/** A handler returns: what was refused before it had its step is refused in the model, too. */
function returns({ ok = false, pid }: StepLine, call: CallId): Play {
  return (s) => {
    switch (methodOf(call)) {
      case 'wait':
        // A Wait ends with an error where its client has gone.
        return ok ? takeOne(s, 'return', call) !== null : ['idle', 'p.Wait'].includes(placeIn(s, call));
      case 'kill':
      case 'shutdown':
        return placeIn(s, call) === 'idle';
      case 'exec':
        if (!ok && placeIn(s, call) === 'container.Exec' && !isReserved(s, call)) return false;
    }
    takeOne(s, 'return', call);
    if (!ok) return isRefused(s, call);
    return placeIn(s, call) === 'answered' && (pid === undefined || isPidOf(s, call, pid));
  };
}

/** `ReserveProcess` refuses an id that is known without `p.mu`, for which the model's one step of Exec waits. */
function isReserved(s: MainState, call: CallId): boolean {
  const init = s.processes[containerOf(targetOf(call))];
  if (!init || s.processes[targetOf(call)]?.state === 'none') return false;
  const { mu } = init;
  init.mu = null;
  const isTaken = step(s, actionOf('ShimAddsExec', call));
  init.mu = mu;
  return isTaken;
}

function isPidOf(s: MainState, call: CallId, pid: number): true | string {
  const own = s.processes[targetOf(call)]?.pid;
  return own === pid || `the model's process has pid ${own}`;
}
