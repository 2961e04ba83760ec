/**
 * What a shim owes, each a {@link Rule} with the sentence that it formalises.
 *
 * Most look at the log's fold alone (`published`), so they hold for any shim; the rest look at the tables
 * and stacks that revisions have in common.
 *
 * @module
 */
import { always, quiescent } from '../checker/property.ts';
import { at } from './assert.ts';
import { type Bound, callsOf, containersOf, kernelProcessesOf, processesOf } from './bound.ts';
import { isExit, isOf } from './log.ts';
import { type LogRule, logRules, subjectsOf } from './log-rules.ts';
import { excuseCrashed } from './road/crash.ts';
import type { PublisherPart } from './road/part.ts';
import { rulesOfParts } from './road/parts.ts';
import { reaperRules } from './road/reaper-rules.ts';
import type { Release } from './road/release.ts';
import { timerRules } from './road/timer-rule.ts';
import type { Rule } from './rule.ts';
import type { Service } from './service.ts';
import { type ContainerId, containerOf, isInit, methodOf, type ProcessId, targetOf } from './vocabulary.ts';
import { witnesses } from './witnesses.ts';

const commit = '18c6503d98f4de37ebbd39443bde958d8b6dc367';
const events = `https://github.com/containerd/containerd/blob/${commit}/runtime/v2/README.md#L175`;
const service = (lines: string): string =>
  `https://github.com/containerd/containerd/blob/${commit}/runtime/v2/runc/task/service.go#${lines}`;
const seedMessage = `https://github.com/containerd/containerd/commit/${commit}`;

/** What a revision says of the tables that it alone has. */
export interface OfOwnTables {
  /** Who brings its events to the listener. */
  readonly publisher: PublisherPart;
  /** What else its containerd has on the road. */
  readonly release: Release;
  /** Whether one of them still has an entry for a container. */
  readonly keeps?: (s: Service, container: ContainerId) => boolean;
  /** Rules about them. */
  readonly rules?: (bound: Bound, initial: Service) => readonly Rule[];
}

/**
 * Every rule for a bound. A rule that nothing in the bound could break is left out.
 *
 * @param revision what it says of its own tables
 * @param initial its initial state, which tells what other tables it has
 */
export function properties(revision: OfOwnTables, bound: Bound, initial: Service): Rule[] {
  const all = processesOf(bound);
  const execs = all.filter((p) => !isInit(p));
  const threads = [
    ...callsOf(bound).filter((call) => methodOf(call) !== 'wait'),
    'processExits',
    ...Object.keys(initial.goroutines ?? {}),
  ];
  const waits = callsOf(bound).filter((call) => methodOf(call) === 'wait');
  const rules: Rule[] = [
    ...logRules.map((rule) => ofLog(rule, bound)),
    quiescent(
      'no exit is lost',
      (s, p) => at(s.kernel, p).status !== 'reaped' || !owesExit(s, p) || at(s.published, p).some(isExit),
      {
        sentence:
          'a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected',
        source: events,
        subjects: all,
      },
    ),
    always(
      "no orphan after an init's exit",
      (s, p) => !at(s.published, containerOf(p)).some(isExit) || at(s.kernel, p).status !== 'alive',
      {
        sentence: 'Ensure all children are killed',
        source: service('L647-L653'),
        subjects: execs,
      },
    ),
    quiescent('no deadlock', isAtRest, {
      class: 'deadlock',
      sentence: 'handle early exits w/o big locks: a call is answered, and the exit loop goes on',
      source: seedMessage,
      subjects: threads,
    }),
    quiescent(
      'every Wait returns',
      (s, call) =>
        at(s.calls, call).pc === 'p.Wait'
          ? at(s.kernel, targetOf(call)).status !== 'reaped'
          : isAtRest(s, call),
      {
        class: 'deadlock',
        sentence: 'Wait for a process to exit',
        source: service('L529'),
        subjects: waits,
      },
    ),
    quiescent('no subscriber is left behind', (s, call) => !at(s.exitSubscribers ?? s.starting ?? {}, call), {
      sentence:
        'It must be called before the caller of preStart returns, otherwise severe memory leaks will occur.',
      source: service('L140-L142'),
      subjects: Object.keys(initial.exitSubscribers ?? initial.starting ?? {}),
    }),
    quiescent(
      'running holds no dead process',
      (s, pid) => at(s.running ?? {}, Number(pid)).every((p) => at(s.kernel, p).status !== 'reaped'),
      {
        sentence:
          'all processes for which a Task(Exec)Start event has been published and have not yet exited',
        source: seedMessage,
        subjects: Object.keys(initial.running ?? {}),
      },
    ),
    always(
      'an exited process can be deleted',
      (s, p) => !at(s.published, p).some(isExit) || ['stopped', 'deleted'].includes(at(s.processes, p).state),
      {
        sentence: 'TaskDeleteEventTopic: MUST (follow TaskExitEventTopic): after it, Delete is not refused',
        source: events,
        subjects: all,
      },
    ),
    quiescent(
      'a removed task is announced',
      (s, c) =>
        at(s.processes, c).state !== 'deleted' ||
        at(s.published, c).some(isOf('delete')) ||
        at(s.containers, c),
      {
        sentence: 'TaskDeleteEventTopic: MUST, when a task is removed from a shim',
        source: events,
        subjects: bound.delete ? containersOf(bound) : [],
      },
    ),
    quiescent(
      'nothing is kept of a deleted container',
      (s, c) => !at(s.published, c).some(isOf('delete')) || !(at(s.containers, c) || revision.keeps?.(s, c)),
      {
        sentence: 'When a task is removed from a shim (and its memory with it)',
        source: events,
        subjects: bound.delete ? containersOf(bound) : [],
      },
    ),
    quiescent(
      'no zombie is left behind',
      (s, p) => at(s.kernel, p).status !== 'zombie' || s.processExits.pc === 'ended',
      {
        sentence: 'reap reaps all child processes for the calling process and returns their exit information',
        source: `https://github.com/containerd/containerd/blob/${commit}/sys/reaper/reaper_unix.go#L244`,
        subjects: kernelProcessesOf(bound),
      },
    ),
    always(
      'Shutdown leaves no process behind',
      (s, call) =>
        s.processExits.pc !== 'ended' ||
        (at(s.kernel, targetOf(call)).status !== 'alive' && !at(s.containers, targetOf(call))),
      {
        sentence:
          'return out if the shim is still servicing containers (runc dies with the shim, what it has made does not)',
        source: service('L563-L566'),
        subjects: bound.shutdown ? callsOf(bound).filter((call) => methodOf(call) === 'create') : [],
      },
    ),
    always('the shim does not panic', (s) => s.processExits.pc !== 'panicked', {
      sentence: 'close of closed channel (a panic of the Go runtime; every task of the shim loses it)',
      source: 'https://go.dev/ref/spec#Close',
      subjects: ['processExits'],
    }),
  ];
  const own = revision.rules?.(bound, initial) ?? [];
  const ofRoad = [
    ...timerRules(bound, initial.reaper !== undefined),
    ...(initial.reaper ? reaperRules(bound) : []),
    ...rulesOfParts(revision.publisher, revision.release, bound),
  ];
  const ofShim = bound.crash ? [...rules, ...own].map(excuseCrashed) : [...rules, ...own];
  return [...ofShim, ...witnesses(bound, initial), ...ofRoad].filter((rule) => rule.subjects.length > 0);
}

function ofLog(rule: LogRule, bound: Bound): Rule {
  const { name, sentence, source } = rule;
  return always(name, (s, p) => rule.holds(isInit(p), at(s.published, p)), {
    sentence,
    source,
    subjects: subjectsOf(rule, bound),
  });
}

/** Whether a process that died was announced. A task that was never started may be deleted without an exit. */
function owesExit(s: Service, process: ProcessId): boolean {
  const marks = at(s.published, process);
  if (!isInit(process)) return marks.some(isOf('exec-started'));
  // What a failed runc restore has left behind is no task: its container is created, and may be restored again.
  if (at(s.bundles, process).isRestored) return marks.some(isOf('start'));
  return marks.some(isOf('start')) || (marks.some(isOf('create')) && !marks.some(isOf('delete')));
}

/** Whether a thread is where it may rest: a call not begun or ended, the exit loop waiting for exits. */
function isAtRest(s: Service, thread: string): boolean {
  if (thread === 'processExits')
    return ['range s.ec', 'panicked', 'ended', 'crashed'].includes(s.processExits.pc);
  const goroutine = s.goroutines?.[thread];
  if (goroutine) return goroutine.pc === 'idle';
  return ['idle', 'answered', 'refused'].includes(at(s.calls, thread).pc);
}
