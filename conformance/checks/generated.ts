import fc from 'fast-check';
import { erased, labelOf, proposed } from '../../spec/index.ts';
import { boundOf } from '../races/races.ts';
import type { Schedule } from '../races/steer.ts';
import { SteeredGraph } from '../races/steer.ts';
import type { Conductor } from '../shim/conductor.ts';
import { type CheckResult, runCheck, type ShimUnderTest } from './check.ts';

/** What the generated schedules may do: everything that can be brought about from outside. */
const bounds = [
  boundOf(1, 2, 'delete', 'wait', 'kill', 'execOnCreated', 'again'),
  boundOf(1, 2, 'delete', 'runcFails', 'sharedPidNamespace'),
  boundOf(2, 1, 'delete', 'wait', 'kill'),
] as const;

const stepsMax = 24;
const choiceMax = 9_999;

export interface GenerateOptions {
  /** Given the same seed and path, the same schedules come. */
  readonly seed: number;
  readonly path?: string;
  readonly runs: number;
  /** No further schedule is begun after this, shrinking included, in milliseconds. */
  readonly timeLimitMs: number;
}

/** A schedule by choices: which bound, and at each step which of the steps that a tester could take there. */
type Choices = readonly [bound: number, choices: readonly number[]];

const graphs = new Map<number, SteeredGraph>();

/** Walks through the specification: what a tester does, where the shim does all that it can in between. */
function scheduleOf([which, choices]: Choices): Pick<Schedule, 'bound' | 'steps'> {
  const bound = bounds[which % bounds.length] ?? bounds[0];
  const graph = graphs.get(which) ?? new SteeredGraph(erased(proposed), bound);
  graphs.set(which, graph);
  return { bound, steps: graph.walk(choices) };
}

/** What came of the schedules that were run. */
interface Tally {
  judged: number;
  readonly unjudged: CheckResult[];
  /** The last that broke a rule: the smallest. */
  smallest: CheckResult | null;
}

/** Runs schedules that are made up; one that breaks a rule is made as small as time allows. */
export async function runGenerated(
  under: ShimUnderTest,
  options: GenerateOptions,
  isCancelled: () => boolean,
): Promise<CheckResult> {
  const { seed, path, runs, timeLimitMs } = options;
  const begin = performance.now();
  const tally: Tally = { judged: 0, unjudged: [], smallest: null };
  const property = fc.asyncProperty(
    fc.nat(bounds.length - 1),
    fc.array(fc.nat(choiceMax), { minLength: 4, maxLength: stepsMax }),
    async (which, choices) => {
      // A path leads to one schedule; fast-check goes on to all that stand beside it.
      const isDone = path !== undefined && tally.judged + tally.unjudged.length > 0;
      return isDone || isCancelled() || runOne(under, scheduleOf([which, choices]), tally);
    },
  );
  const checked = await fc.check(property, {
    seed,
    numRuns: runs,
    ...(path === undefined ? {} : { path, endOnFailure: true }),
    interruptAfterTimeLimit: timeLimitMs,
    markInterruptAsFailure: false,
  });
  const elapsedMs = performance.now() - begin;
  const stopped = checked.interrupted ? [`stopped after ${Math.round(elapsedMs / 1_000)} s`] : [];
  const { smallest } = tally;
  if (smallest === null) return summary(tally, seed, elapsedMs, stopped);
  const { counterexamplePath, numShrinks } = checked;
  const replay = `--seed ${seed}${counterexamplePath === null ? '' : ` --path ${counterexamplePath}`}`;
  return {
    ...smallest,
    notes: [...smallest.notes, ...stopped, `shrunk ${numShrinks} times`],
    elapsedMs,
    replay,
  };
}

/** @returns whether it broke no rule, as far as it could be judged */
async function runOne(
  under: ShimUnderTest,
  schedule: Pick<Schedule, 'bound' | 'steps'>,
  tally: Tally,
): Promise<boolean> {
  const name = `generated: ${schedule.steps.map(labelOf).join(', ')}`;
  const course = async (conductor: Conductor): Promise<[]> => {
    conductor.prepare(schedule.bound);
    await conductor.follow(schedule);
    return [];
  };
  const result = await runCheck(under, { group: 'generated', rules: [], name }, course, schedule.bound);
  if (result.verdict === 'could not judge') tally.unjudged.push(result);
  else tally.judged++;
  if (result.verdict === 'violates') tally.smallest = result;
  return result.verdict !== 'violates';
}

function summary({ judged, unjudged }: Tally, seed: number, elapsedMs: number, notes: string[]): CheckResult {
  const [first] = unjudged;
  const why = first
    ? [`${unjudged.length} more could not be judged; the first: ${first.notes.join('; ')}`]
    : [];
  return {
    group: 'generated',
    rules: [],
    name: `${judged} generated schedules, seed ${seed}`,
    verdict: judged > 0 && !first ? 'conforms' : 'could not judge',
    breaches: [],
    notes: [...notes, ...why],
    moments: [],
    events: [],
    elapsedMs,
    replay: null,
  };
}
