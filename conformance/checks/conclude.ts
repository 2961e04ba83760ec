import { containerOf, isInit, methodOf, type ProcessId, type Revision, targetOf } from '../../spec/index.ts';
import { LogJudge } from '../log/log-judge.ts';
import { Monitor } from '../log/monitor.ts';
import type { Conductor } from '../shim/conductor.ts';
import type { ForwardedEvent } from '../shim/events-server.ts';
import { pause } from '../shim/gate.ts';
import { isRunning } from '../shim/processes.ts';
import { type Breach, breach, ofLog } from './breach.ts';

/** How long a shim may take over what it owes, in milliseconds. */
const owedMaxMs = 2_500;
const orphanMaxMs = 1_500;
const pollMs = 20;

const judges = new Map<string, LogJudge>();

/**
 * Brings a shim that was driven to an end: nothing is held any more, every process dies, everything is deleted. Then
 * says which rules it has broken.
 */
export async function conclude(conductor: Conductor, revision: Revision): Promise<Breach[]> {
  const breaches = [...(await endCourse(conductor))];
  const judge = judges.get(revision.slug) ?? new LogJudge(revision);
  judges.set(revision.slug, judge);
  const monitor = new Monitor(judge, (each) => breaches.push(ofLog(each)), true);
  for (const event of conductor.subject.events.observed()) monitor.take(event);
  monitor.finish();
  return breaches;
}

async function endCourse(conductor: Conductor): Promise<Breach[]> {
  const { subject, gate, timeline } = conductor;
  const isShutDown = timeline.calls.some(({ call }) => methodOf(call) === 'shutdown');
  await gate.open();
  await within(owedMaxMs, () => !subject.isAlive || pending(conductor, false).length === 0);
  conductor.learnPids();
  if (!subject.isAlive) {
    return isShutDown
      ? leftByShutdown(conductor)
      : [breach('the shim lives on', 'the shim', lastWords(subject.log))];
  }
  const orphans = await orphansOf(conductor);
  for (const process of conductor.pids.keys()) await conductor.kill(process);
  await within(owedMaxMs, () => !subject.isAlive || pending(conductor, true).length === 0);
  const lost = await exitsLost(conductor);
  if (!subject.isAlive) return [...orphans, breach('the shim lives on', 'the shim', lastWords(subject.log))];
  const unanswered = pending(conductor, true).map((call) =>
    methodOf(call) === 'wait'
      ? breach('every Wait returns', call, `${targetOf(call)} has exited, and ${call} is not answered`)
      : breach('every call is answered', call, `${call} is not answered within ${owedMaxMs} ms`),
  );
  return [...orphans, ...lost, ...unanswered, ...(unanswered.length > 0 ? [] : await deleteAll(conductor))];
}

/** The calls that are not answered; Waits only where they are asked for, and only for what was ever a process. */
function pending({ timeline, pids }: Conductor, withWaits: boolean): string[] {
  const isOwed = (call: string): boolean =>
    methodOf(call) !== 'wait' || (withWaits && pids.has(targetOf(call)));
  return timeline.calls.filter(({ reply, call }) => reply === null && isOwed(call)).map(({ call }) => call);
}

function eventOf({ subject }: Conductor, topic: string, process: ProcessId): ForwardedEvent | undefined {
  const container = containerOf(process);
  const exec = process.slice(container.length + 1);
  return subject.events.seen.find(
    (e) => e.topic === `/tasks/${topic}` && e.container === container && e.exec === exec,
  );
}

function wasAnswered({ timeline }: Conductor, method: string, process: ProcessId): boolean {
  return timeline.calls.some(
    ({ call, reply }) => methodOf(call) === method && targetOf(call) === process && reply?.error === null,
  );
}

/** Execs that run on although the exit of their init was published. */
async function orphansOf(conductor: Conductor): Promise<Breach[]> {
  const execs = [...conductor.pids].filter(
    ([process]) => !isInit(process) && eventOf(conductor, 'exit', containerOf(process)) !== undefined,
  );
  await within(orphanMaxMs, () => !execs.some(([, pid]) => isRunning(pid)));
  return execs
    .filter(([, pid]) => isRunning(pid))
    .map(([process, pid]) =>
      breach("no orphan after an init's exit", process, `pid ${pid} runs on after the exit of its init`),
    );
}

/** Whether a process was announced, so that its exit is owed. */
function owesExit(conductor: Conductor, process: ProcessId): boolean {
  if (!isInit(process)) {
    return (
      wasAnswered(conductor, 'start', process) || eventOf(conductor, 'exec-started', process) !== undefined
    );
  }
  if (eventOf(conductor, 'start', process)) return true;
  const isCreated =
    wasAnswered(conductor, 'create', process) || eventOf(conductor, 'create', process) !== undefined;
  return (
    isCreated &&
    !wasAnswered(conductor, 'delete', process) &&
    eventOf(conductor, 'delete', process) === undefined
  );
}

async function exitsLost(conductor: Conductor): Promise<Breach[]> {
  const owed = [...conductor.pids.keys()].filter((process) => owesExit(conductor, process));
  const missing = (): string[] => owed.filter((process) => eventOf(conductor, 'exit', process) === undefined);
  await within(owedMaxMs, () => !conductor.subject.isAlive || missing().length === 0);
  if (!conductor.subject.isAlive) return [];
  return missing().map((process) =>
    breach(
      'no exit is lost',
      process,
      `pid ${conductor.pids.get(process)} has ended, and no exit was published`,
    ),
  );
}

/** Deletes what was made; a Delete of what has exited must not be refused, and is announced. */
async function deleteAll(conductor: Conductor): Promise<Breach[]> {
  const breaches: Breach[] = [];
  for (const process of [...conductor.pids.keys()].toSorted((a, b) => b.length - a.length)) {
    if (
      wasAnswered(conductor, 'delete', process) ||
      (isInit(process) && eventOf(conductor, 'delete', process))
    )
      continue;
    const isExited = eventOf(conductor, 'exit', process) !== undefined;
    if (!isExited) continue;
    conductor.send(`delete ${process}`);
    const sent = conductor.timeline.calls.at(-1);
    await within(owedMaxMs, () => !conductor.subject.isAlive || sent?.reply !== null);
    if (sent?.reply === null)
      breaches.push(breach('every call is answered', sent.call, 'Delete is not answered'));
    else if (sent?.reply?.error) {
      breaches.push(
        breach('a call that can be is not refused', sent.call, `after its exit: ${sent.reply.error.message}`),
      );
    }
  }
  for (const process of [...conductor.pids.keys()].filter(isInit)) {
    if (!wasAnswered(conductor, 'delete', process)) continue;
    await within(owedMaxMs, () => eventOf(conductor, 'delete', process) !== undefined);
    if (!eventOf(conductor, 'delete', process))
      breaches.push(
        breach('a removed task is announced', process, 'Delete was answered, and no TaskDelete came'),
      );
  }
  return breaches;
}

/** A shim that was told to end, and has, must have no container left. */
async function leftByShutdown(conductor: Conductor): Promise<Breach[]> {
  // A runc create that goes on without its shim takes a moment to make the container.
  await within(orphanMaxMs, () => {
    conductor.learnPids();
    return conductor.pids.size > 0;
  });
  const left = [...conductor.pids].filter(([, pid]) => isRunning(pid));
  return left.map(([process, pid]) =>
    breach('Shutdown leaves no process behind', process, `the shim has ended, and pid ${pid} runs on`),
  );
}

/** What a Go program says when it panics, or the last line. */
function lastWords(log: string): string {
  const lines = log.trim().split('\n');
  return (
    (lines.find((line) => /^panic:|^fatal error:/.test(line)) ?? lines.at(-1) ?? '').slice(0, 200) ||
    'it said nothing'
  );
}

async function within(maxMs: number, isSo: () => boolean): Promise<void> {
  const end = performance.now() + maxMs;
  while (!isSo() && performance.now() < end) await pause(pollMs);
}
