/**
 * What a line of a record is in the model: the steps that it may stand for, with what the world does for them. The
 * reducer alone says which of them are enabled, and what they do.
 *
 * The world's own steps are not in a record. runc forks as early as it can, where the record says that it will report
 * success; a process ends as late as it can, when it is reaped. A Kill is taken at its end: until then the process
 * may serve others.
 *
 * @module
 */
import {
  type AnyAction,
  type CallId,
  isInit,
  type MainState,
  mainRevision,
  methodOf,
  type ProcessId,
  targetOf,
} from '../../spec/index.ts';
import { processOf, type StepLine } from './record.ts';
import { foreignOf, likeBound, likeOf, openForeign, openPid } from './rows.ts';

/** Carries out what a line may stand for on a draft of the state. @returns true; else false, or why the model does not allow it */
export type Play = (s: MainState) => boolean | string;

/** The names of the model's steps by what a record calls them. */
const stepsOf: Readonly<Record<string, readonly (keyof typeof mainRevision.steps)[]>> = {
  mu: ['ShimFindsContainer', 'ShimStoresContainer', 'ShimForgetsContainer', 'ShimShutsDown'],
  lifecycleMu: [
    'ShimSubscribes',
    'ShimCleansUp',
    'ShimUncounts',
    'ShimHandlesStarted',
    'ShimForgetsInitExit',
    'ShimReceivesExit',
    'ShimHandlesInitExit',
    'ShimCounts',
    'ShimEndsInitExit',
  ],
  count: ['ShimUncounts', 'ShimCounts'],
  counted: ['ShimSendsCount'],
  'receive count': ['ShimReceivesCount'],
  send: [
    'ShimPublishesCreate',
    'ShimPublishesStart',
    'ShimPublishesExecAdded',
    'ShimPublishesExit',
    'ShimPublishesDelete',
  ],
  exited: ['ShimSetsExited'],
  KillAll: ['ShimKillsAll'],
  return: ['ShimReplies', 'ShimEndsWait'],
};

/** Takes an action. @returns whether it was enabled */
export function step(s: MainState, action: AnyAction): boolean {
  return mainRevision.step(s, action as never);
}

/** The action that a step of the model is where `thread` takes it. */
export function actionOf(type: string, thread: string): AnyAction {
  const { field } = mainRevision.steps[type as keyof typeof mainRevision.steps];
  return field === null ? { type } : { type, [field]: thread };
}

const takers = new Map(
  Object.entries(mainRevision.steps).map(([type, each]) => [type, new Set<string>(each.takers(likeBound))]),
);

/** Whether a step is one of a thread's function at all, wherever it stands. */
export function mayTake(type: string, thread: string): boolean {
  return takers.get(type)?.has(likeOf(thread)) ?? false;
}

/** The first step of a kind that the thread can take. @returns its name; null where it can take none */
export function takeOne(s: MainState, kind: string, thread: string): string | null {
  const types = stepsOf[kind] ?? [];
  return types.find((type) => mayTake(type, thread) && step(s, actionOf(type, thread))) ?? null;
}

/** Where a thread stands. */
export function placeIn(s: MainState, thread: string): string {
  if (thread === 'processExits') return s.processExits.pc;
  return s.goroutines[thread]?.pc ?? s.calls[thread]?.pc ?? 'gone';
}

/** Whether the service has ended, or panicked: then nothing is a step of it. */
export function isOver(s: MainState): boolean {
  return s.processExits.pc === 'ended' || s.processExits.pc === 'panicked';
}

/** The process whose exit a thread handles. */
export function handledBy(s: MainState, thread: string): ProcessId | undefined {
  if (thread === 'processExits') return s.processExits.cps[0];
  return thread in s.goroutines ? targetOf(thread) : s.calls[thread]?.todo[0]?.process;
}

/** runc makes the call's process as `pid`, or lets the init go on. */
export function runcWorks(s: MainState, call: CallId, pid: number): boolean {
  if (methodOf(call) === 'start' && isInit(targetOf(call)))
    return step(s, { type: 'RuncReleasesInit', call });
  openPid(s, pid);
  return step(s, { type: 'RuncForks', call, pid });
}

/** The OCI runtime reports a failure: for a cause that the model knows, or any other. */
function runcFails(s: MainState, call: CallId): boolean {
  return step(s, { type: 'RuncFails', call }) || step(s, { type: 'RuncCrashes', call });
}

/** `p.Start` ended, or `runc create`: a failure is one of the process's state, or of runc. */
export function startEnds(call: CallId, { ok, pid }: StepLine): Play {
  return (s) => {
    if (ok) return step(s, { type: 'RuncReturns', call }) && s.processes[targetOf(call)]?.pid === pid;
    if (methodOf(call) === 'start' && !step(s, actionOf('ShimStartsProcess', call))) return false;
    return s.calls[call]?.runc === 'idle' || runcFails(s, call);
  };
}

/** `p.Delete` ended. Of an exec, another call may still find it until it is taken out of the container: two ways. */
export function deleteEnds(call: CallId, { ok }: StepLine): Play[] {
  const deleted: Play = (s) => {
    if (!step(s, actionOf('ShimDeletesProcess', call))) return false;
    if (isInit(targetOf(call)) && s.calls[call]?.runc !== 'idle')
      return step(s, { type: ok ? 'RuncReturns' : 'RuncCrashes', call });
    return (s.calls[call]?.pc !== 'idle') === ok;
  };
  return ok && !isInit(targetOf(call)) ? [deleted, () => true] : [deleted];
}

/** wait4 returned a process: a container's, or another child. */
export function wait4(pid: number): Play {
  return (s) => {
    const isIn = ([, p]: [string, { pid: number; status: string }]): boolean =>
      p.pid === pid && (p.status === 'alive' || p.status === 'zombie');
    let process = Object.entries(s.kernel).find(isIn)?.[0];
    if (process === undefined) {
      process = foreignOf(pid);
      openForeign(s, pid);
    }
    if (s.kernel[process]?.status === 'alive' && !step(s, { type: 'ProcessExits', process })) return false;
    return step(s, { type: 'KernelReaps', process });
  };
}

/** An event is the one that the model has just sent. */
export function isLastSent(s: MainState, line: StepLine): boolean {
  const sent = s.events?.at(-1);
  return sent !== undefined && isEvent(line, sent);
}

export function isEvent(
  line: StepLine,
  { topic, process, pid }: NonNullable<MainState['events']>[number],
): boolean {
  return line.topic === topic && processOf(line) === process && (line.pid ?? 0) === pid;
}
