import { containerOf, isInit, methodOf, type ProcessId, type Revision, targetOf } from '../../spec/index.ts';
import { LogJudge } from '../log/log-judge.ts';
import { Monitor } from '../log/monitor.ts';
import { processOf } from '../log/observed.ts';
import type { Conductor } from '../shim/conductor.ts';
import { forwardedText } from '../shim/events-server.ts';
import { waitUntil } from '../shim/polling.ts';
import { isRunning } from '../shim/processes.ts';
import { type Breach, breach, fromLogBreach } from './breach.ts';
import { acceptRule, repetitionRule } from './scenario-steps.ts';

/** How long a shim may take for an answer or an event that it owes, in milliseconds. */
const owedMaxMs = 2_500;
const inTime = `within ${owedMaxMs} ms`;
/** How long an exec may outlive the exit event of its init, in milliseconds. */
const orphanMaxMs = 1_500;

const judges = new Map<string, LogJudge>();

/**
 * Ends what a check began: opens the gate, kills every process, deletes everything. Judges that, and the log, by the
 * standing rules.
 */
export async function conclude(conductor: Conductor, revision: Revision): Promise<Breach[]> {
  const breaches = [...(await endProcesses(conductor))];
  const judge = judges.get(revision.slug) ?? new LogJudge(revision);
  judges.set(revision.slug, judge);
  const monitor = new Monitor(judge, (found) => breaches.push(fromLogBreach(found)), true);
  for (const event of conductor.subject.events.observed()) monitor.take(event);
  monitor.finish();
  return [...breaches, ...lateRepetitionsIn(conductor)];
}

/** An event that came again behind a later one: who keeps the last event alone takes it for a new one. */
function lateRepetitionsIn({ subject }: Conductor): Breach[] {
  return subject.events.repeated
    .filter(({ event, last }) => event !== last)
    .map(({ event, last }) =>
      breach(
        repetitionRule,
        processOf(event),
        `${forwardedText(event)} came again, with the same time, after ${forwardedText(last)}`,
      ),
    );
}

async function endProcesses(conductor: Conductor): Promise<Breach[]> {
  const { subject, gate, timeline } = conductor;
  if (conductor.isShimKilled) return [];
  const isShutDown = timeline.calls.some(({ call }) => methodOf(call) === 'shutdown');
  await gate.open();
  await waitUntil(() => !subject.isAlive || unansweredCalls(conductor, false).length === 0, owedMaxMs);
  conductor.learnPids();
  if (!subject.isAlive) {
    return isShutDown ? leftByShutdown(conductor) : [diedOf(subject.log)];
  }
  const orphans = await orphansOf(conductor);
  for (const process of conductor.pids.keys()) await conductor.kill(process);
  await waitUntil(() => !subject.isAlive || unansweredCalls(conductor, true).length === 0, owedMaxMs);
  const lost = await exitsLost(conductor);
  if (!subject.isAlive) return [...orphans, diedOf(subject.log)];
  const unanswered = unansweredCalls(conductor, true).map((call) =>
    methodOf(call) === 'wait'
      ? breach(
          'every Wait returns',
          call,
          `${targetOf(call)} has exited, and the Wait for it was not answered ${inTime}`,
        )
      : breach('every call is answered', call, `it was not answered ${inTime}`),
  );
  return [...orphans, ...lost, ...unanswered, ...(unanswered.length > 0 ? [] : await deleteAll(conductor))];
}

/** The calls that the shim owes an answer. @param withWaits Waits too, for processes that there have been */
function unansweredCalls({ timeline, pids }: Conductor, withWaits: boolean): string[] {
  const isOwed = (call: string): boolean =>
    methodOf(call) !== 'wait' || (withWaits && pids.has(targetOf(call)));
  return timeline.calls.filter(({ reply, call }) => reply === null && isOwed(call)).map(({ call }) => call);
}

function wasAnswered({ timeline }: Conductor, method: string, process: ProcessId): boolean {
  return timeline.calls.some(
    ({ call, reply }) => methodOf(call) === method && targetOf(call) === process && reply?.error === null,
  );
}

/** Execs that run on after the exit of their init was published. */
async function orphansOf(conductor: Conductor): Promise<Breach[]> {
  const execs = [...conductor.pids].filter(
    ([process]) => !isInit(process) && conductor.eventOf('exit', containerOf(process)) !== undefined,
  );
  await waitUntil(() => !execs.some(([, pid]) => isRunning(pid)), orphanMaxMs);
  return execs
    .filter(([, pid]) => isRunning(pid))
    .map(([process, pid]) =>
      breach(
        "no orphan after an init's exit",
        process,
        `pid ${pid} runs on after the exit of its init was published`,
      ),
    );
}

/** Whether the shim owes the exit of a process, because it has announced the process. */
function owesExit(conductor: Conductor, process: ProcessId): boolean {
  if (!isInit(process)) {
    return (
      wasAnswered(conductor, 'start', process) || conductor.eventOf('exec-started', process) !== undefined
    );
  }
  if (conductor.eventOf('start', process)) return true;
  const isCreated =
    wasAnswered(conductor, 'create', process) || conductor.eventOf('create', process) !== undefined;
  return (
    isCreated &&
    !wasAnswered(conductor, 'delete', process) &&
    conductor.eventOf('delete', process) === undefined
  );
}

async function exitsLost(conductor: Conductor): Promise<Breach[]> {
  const owed = [...conductor.pids.keys()].filter((process) => owesExit(conductor, process));
  const missing = (): string[] => owed.filter((process) => conductor.eventOf('exit', process) === undefined);
  await waitUntil(() => !conductor.subject.isAlive || missing().length === 0, owedMaxMs);
  if (!conductor.subject.isAlive) return [];
  return missing().map((process) =>
    breach(
      'no exit is lost',
      process,
      `pid ${conductor.pids.get(process)} has ended, and no exit was published ${inTime}`,
    ),
  );
}

/** Deletes every process that has exited. The shim must not refuse that, and must announce it. */
async function deleteAll(conductor: Conductor): Promise<Breach[]> {
  const breaches: Breach[] = [];
  // Execs first: their names are longer than their inits'.
  for (const process of [...conductor.pids.keys()].toSorted((a, b) => b.length - a.length)) {
    const isDeleted =
      wasAnswered(conductor, 'delete', process) || (isInit(process) && conductor.eventOf('delete', process));
    if (!isDeleted && conductor.eventOf('exit', process))
      breaches.push(...(await deleteExited(conductor, process)));
  }
  for (const process of [...conductor.pids.keys()].filter(isInit)) {
    if (!wasAnswered(conductor, 'delete', process)) continue;
    if (await waitUntil(() => conductor.eventOf('delete', process) !== undefined, owedMaxMs)) continue;
    const what = `its Delete succeeded, and no TaskDelete came ${inTime}`;
    breaches.push(breach('a removed task is announced', process, what));
  }
  return breaches;
}

async function deleteExited(conductor: Conductor, process: ProcessId): Promise<Breach[]> {
  const sent = conductor.send(`delete ${process}`);
  await waitUntil(() => !conductor.subject.isAlive || sent.reply !== null, owedMaxMs);
  if (sent.reply === null)
    return [breach('every call is answered', sent.call, `it was not answered ${inTime}`)];
  const { error } = sent.reply;
  if (error === null) return [];
  return [breach(acceptRule, sent.call, `refused although the process had exited: ${error.message}`)];
}

/** A shim that ended by Shutdown must have left no container. */
async function leftByShutdown(conductor: Conductor): Promise<Breach[]> {
  // A runc create that goes on without its shim takes a moment to make the container.
  await waitUntil(() => {
    conductor.learnPids();
    return conductor.pids.size > 0;
  }, orphanMaxMs);
  const left = [...conductor.pids].filter(([, pid]) => isRunning(pid));
  return left.map(([process, pid]) =>
    breach('Shutdown leaves no process behind', process, `the shim has ended, and pid ${pid} runs on`),
  );
}

/** How many lines of a panic's stack are kept: more than those of the goroutine that panicked. */
const stackMax = 40;

/** The shim has ended. What its log says of that is the line and the stack of a Go panic, or else the last line. */
export function diedOf(log: string): Breach {
  const lines = log.trim().split('\n');
  const at = lines.findIndex((each) => /^panic:|^fatal error:/.test(each));
  const line = lines.at(at) ?? '';
  const what =
    line === '' ? 'it ended, and its log is empty' : `it ended, and its log says: ${line.slice(0, 200)}`;
  const stack = at < 0 ? [] : lines.slice(at + 1, at + 1 + stackMax).filter((each) => each.trim() !== '');
  return { ...breach('the shim lives on', 'the shim', what), stack };
}
