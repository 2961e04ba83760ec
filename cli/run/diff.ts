import { type Exploration, explore, quiescent, sometimes } from '../../checker/index.ts';
import { isQuiescent } from '../../checker/step.ts';
import { boundText } from '../../render/bound.ts';
import { type Story, tell } from '../../render/story.ts';
import { count } from '../../render/table.ts';
import { eventText, storyText } from '../../render/trace.ts';
import {
  type AnyAction,
  type Bound,
  type Event,
  type Revision,
  type Service,
  tracedModelOf,
} from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { progressLines } from '../formats/progress.ts';
import { isInterrupted, showStatus } from '../thread/session.ts';

/** States whose logs are still read after an interrupt, which should be answered soon. */
const readAfterInterruptMax = 2_000;

interface DiffRequest {
  readonly bound: Bound;
  /** States of one revision. */
  readonly statesMax: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Events logs of a revision within a bound: as they may be at any time, and as they may stay. */
interface Logs {
  readonly ever: ReadonlySet<string>;
  readonly atRest: ReadonlySet<string>;
  /** Whether they are all; not so after an interrupt. */
  readonly isWhole: boolean;
}

/** A log that one revision has and the other has not. */
interface Difference {
  readonly has: Revision;
  readonly hasNot: Revision;
  readonly when: 'ever' | 'atRest';
  readonly log: readonly Event[];
  /** How it comes about; null after an interrupt, for that takes a further search. */
  readonly story: Story | null;
}

/** What is known of one direction: a difference, none, or nothing because the logs of the other revision are not whole. */
type Outcome = Difference | 'none' | 'unknown';

/** `shim-spec diff A B`: a shortest events log that A allows and B forbids, and the reverse. @returns the exit code */
export function diffRevisions(a: Revision, b: Revision, request: DiffRequest): number {
  const { bound, statesMax, format, output } = request;
  const logsA = logsOf(a, bound, statesMax);
  const logsB = logsOf(b, bound, statesMax);
  const outcomes = [difference(a, logsA, b, logsB, bound), difference(b, logsB, a, logsA, bound)];
  const found = outcomes.filter((each) => typeof each === 'object');
  const interrupted = !(logsA.isWhole && logsB.isWhole);
  output.write(
    format === 'json'
      ? diffJson(bound, interrupted, found)
      : diffText([a, b], bound, interrupted, outcomes, output),
  );
  if (interrupted) return exitCode.incomplete;
  return found.length > 0 ? exitCode.differs : exitCode.holds;
}

function logOf(state: Service): string {
  // A log does not show the true owner of an exit.
  return JSON.stringify((state.events ?? []).map(({ topic, process, pid }) => [topic, process, pid]));
}

function eventsOf(log: string): Difference['log'] {
  const events = JSON.parse(log) as [Event['topic'], string, number][];
  return events.map(([topic, process, pid]) => ({ topic, process, pid }));
}

function logsOf(revision: Revision, bound: Bound, statesMax: number): Logs {
  if (isInterrupted()) return { ever: new Set(), atRest: new Set(), isWhole: false };
  const { slug } = revision;
  const model = tracedModelOf(revision, bound);
  showStatus(slug);
  const search = explore(
    { ...model, properties: [] },
    { limits: { statesMax }, onProgress: progressLines(slug, showStatus), isCancelled: isInterrupted },
  );
  const { stoppedBy } = search.report;
  if (stoppedBy === 'states') {
    throw new InputError(
      `${slug} has too many states with their whole logs (got more than ${count(statesMax)}, allowed --max-states ${statesMax}): lower --execs, drop options of --with, or raise --max-states`,
      exitCode.incomplete,
    );
  }
  return logsAmong(search, (state) => isQuiescent(model, state), slug, stoppedBy === null);
}

/** The logs of the states that a search has stored; of a part of them where it is interrupted meanwhile. */
function logsAmong(
  { report, states }: Exploration<Service, AnyAction>,
  isAtRest: (state: Service) => boolean,
  slug: string,
  isWholeSearch: boolean,
): Logs {
  const ever = new Set<string>();
  const atRest = new Set<string>();
  let read = 0;
  for (const state of states()) {
    if (read === readAfterInterruptMax && !isWholeSearch) break;
    if (read++ % 1_000 === 0) {
      if (isWholeSearch && isInterrupted()) return { ever, atRest, isWhole: false };
      showStatus(`${slug}: the logs of ${count(read)} of ${count(report.states)} states`);
    }
    const log = logOf(state);
    ever.add(log);
    if (!atRest.has(log) && isAtRest(state)) atRest.add(log);
  }
  return { ever, atRest, isWhole: isWholeSearch };
}

/** A shortest log of `has` that `hasNot` does not have; where there is none, one that only `has` can end with. */
function difference(has: Revision, logs: Logs, hasNot: Revision, others: Logs, bound: Bound): Outcome {
  if (!others.isWhole) return 'unknown';
  for (const when of ['ever', 'atRest'] as const) {
    const own = [...logs[when]].filter((log) => !others[when].has(log));
    const [shortest] = own.toSorted((x, y) => JSON.parse(x).length - JSON.parse(y).length);
    if (shortest === undefined) continue;
    const story = logs.isWhole ? storyOf(has, bound, shortest, when) : null;
    return { has, hasNot, when, log: eventsOf(shortest), story };
  }
  return logs.isWhole ? 'none' : 'unknown';
}

/** How `revision` comes to that log. */
function storyOf(revision: Revision, bound: Bound, log: string, when: Difference['when']): Story {
  const model = tracedModelOf(revision, bound);
  const isThere = (s: Service): boolean => logOf(s) === log;
  const goal =
    when === 'ever'
      ? sometimes('the log is reached', isThere)
      : quiescent('the log is reached', (s: Service) => !isThere(s));
  showStatus(`${revision.slug}: the way to a log that the other does not have`);
  const [result] = explore({ ...model, properties: [goal] }, { limits: { stopAtViolation: true } }).report
    .results;
  return tell(revision, bound, result?.trace ?? []);
}

function diffJson(bound: Bound, interrupted: boolean, differences: readonly Difference[]): string {
  const list = differences.map(({ has, hasNot, ...rest }) => ({
    has: has.slug,
    hasNot: hasNot.slug,
    ...rest,
  }));
  return JSON.stringify({ bound, interrupted, differences: list }, null, 2);
}

function diffText(
  [a, b]: readonly [Revision, Revision],
  bound: Bound,
  interrupted: boolean,
  outcomes: readonly Outcome[],
  { colors: c }: Output,
): string {
  const parts = outcomes.map((outcome, i) => {
    const [has, hasNot] = i === 0 ? [a, b] : [b, a];
    if (outcome === 'none') return `${c.green('every log')} of ${has.slug} is one of ${hasNot.slug}`;
    if (outcome === 'unknown')
      return `${c.yellow('unknown')} whether every log of ${has.slug} is one of ${hasNot.slug}`;
    const { when, log, story } = outcome;
    const how = when === 'ever' ? 'can publish, and' : 'can end with, and';
    const head = `${c.bold(`what ${has.slug} ${how} ${hasNot.slug} cannot`)}: ${log.length} events`;
    return `${head}\n\n${story ? storyText(story, c) : `  events: ${log.map(eventText).join(', ')}`}`;
  });
  return [
    `${a.slug} and ${b.slug}, bound: ${boundText(bound)}`,
    ...parts,
    ...(interrupted ? [c.yellow('incomplete: stopped by Ctrl-C or SIGTERM')] : []),
  ].join('\n\n');
}
