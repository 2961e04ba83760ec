import { explore, quiescent, sometimes } from '../../checker/index.ts';
import { isQuiescent } from '../../checker/step.ts';
import { boundText } from '../../render/bound.ts';
import { type Story, tell } from '../../render/story.ts';
import { count } from '../../render/table.ts';
import { storyText } from '../../render/trace.ts';
import { type Bound, type Revision, type Service, tracedModelOf } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';

interface DiffRequest {
  readonly bound: Bound;
  /** States of one revision. */
  readonly statesMax: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Every events log of a revision within a bound: as it may be at any time, and as it may stay. */
interface Logs {
  readonly ever: ReadonlySet<string>;
  readonly atRest: ReadonlySet<string>;
}

/** A log that one revision has and the other has not. */
interface Difference {
  readonly has: Revision;
  readonly hasNot: Revision;
  readonly when: keyof Logs;
  readonly story: Story;
}

/** `shim-spec diff A B`: a shortest events log that A allows and B forbids, and the reverse. @returns the exit code */
export function diffRevisions(a: Revision, b: Revision, request: DiffRequest): number {
  const { bound, statesMax, format, output } = request;
  const [logsA, logsB] = [logsOf(a, bound, statesMax), logsOf(b, bound, statesMax)];
  const differences = [difference(a, logsA, b, logsB, bound), difference(b, logsB, a, logsA, bound)];
  const found = differences.filter((d): d is Difference => d !== null);
  output.write(format === 'json' ? diffJson(bound, found) : diffText([a, b], bound, differences, output));
  return found.length > 0 ? exitCode.differs : exitCode.holds;
}

function logOf(state: Service): string {
  // A log does not show the true owner of an exit.
  return JSON.stringify((state.events ?? []).map(({ topic, process, pid }) => [topic, process, pid]));
}

function logsOf(revision: Revision, bound: Bound, statesMax: number): Logs {
  const model = tracedModelOf(revision, bound);
  const search = explore({ ...model, properties: [] }, { limits: { statesMax } });
  if (search.report.stoppedBy) {
    throw new InputError(
      `${revision.slug} has too many states with their whole logs (got more than ${count(statesMax)}, allowed --max-states ${statesMax}): lower --execs, drop options of --with, or raise --max-states`,
      exitCode.incomplete,
    );
  }
  const ever = new Set<string>();
  const atRest = new Set<string>();
  for (const state of search.states()) {
    const log = logOf(state);
    ever.add(log);
    if (!atRest.has(log) && isQuiescent(model, state)) atRest.add(log);
  }
  return { ever, atRest };
}

/** A shortest log of `has` that `hasNot` does not have; where there is none, one that only `has` can end with. */
function difference(
  has: Revision,
  logs: Logs,
  hasNot: Revision,
  others: Logs,
  bound: Bound,
): Difference | null {
  for (const when of ['ever', 'atRest'] as const) {
    const own = [...logs[when]].filter((log) => !others[when].has(log));
    const [shortest] = own.toSorted((x, y) => JSON.parse(x).length - JSON.parse(y).length);
    if (shortest !== undefined) return { has, hasNot, when, story: storyOf(has, bound, shortest, when) };
  }
  return null;
}

/** How `revision` comes to that log. */
function storyOf(revision: Revision, bound: Bound, log: string, when: keyof Logs): Story {
  const model = tracedModelOf(revision, bound);
  const isThere = (s: Service): boolean => logOf(s) === log;
  const goal =
    when === 'ever'
      ? sometimes('the log is reached', isThere)
      : quiescent('the log is reached', (s: Service) => !isThere(s));
  const [result] = explore({ ...model, properties: [goal] }, { limits: { stopAtViolation: true } }).report
    .results;
  return tell(revision, bound, result?.trace ?? []);
}

function diffJson(bound: Bound, differences: readonly Difference[]): string {
  const list = differences.map(({ has, hasNot, when, story }) => ({
    has: has.slug,
    hasNot: hasNot.slug,
    when,
    story,
  }));
  return JSON.stringify({ bound, differences: list }, null, 2);
}

function diffText(
  [a, b]: readonly [Revision, Revision],
  bound: Bound,
  differences: readonly (Difference | null)[],
  output: Output,
): string {
  const c = output.colors;
  const parts = differences.map((d, i) => {
    const [has, hasNot] = i === 0 ? [a, b] : [b, a];
    if (!d) return `${c.green('every log')} of ${has.slug} is one of ${hasNot.slug}`;
    const how = d.when === 'ever' ? 'can publish, and' : 'can end with, and';
    return `${c.bold(`what ${has.slug} ${how} ${hasNot.slug} cannot`)}: ${d.story.events.length} events\n\n${storyText(d.story, c)}`;
  });
  return [`${a.slug} and ${b.slug}, bound: ${boundText(bound)}`, ...parts].join('\n\n');
}
