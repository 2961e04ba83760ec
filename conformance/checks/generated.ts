import fc from 'fast-check';
import { erased, labelOf, proposed } from '../../spec/index.ts';
import { raceBoundOf } from '../races/races.ts';
import { type Schedule, SteeredGraph } from '../races/steer.ts';
import { unlessAborted } from './abandon.ts';
import { bySchedule, type CheckResult, runCheck, type ShimSetup } from './check.ts';

/** The bounds of the generated schedules: between them, everything that a tester can bring about from outside. */
const bounds = [
  raceBoundOf(1, 2, 'delete', 'wait', 'kill', 'execOnCreated', 'again'),
  raceBoundOf(1, 2, 'delete', 'runcFails', 'sharedPidNamespace'),
  raceBoundOf(2, 1, 'delete', 'wait', 'kill'),
] as const;

const stepsMax = 24;
const choiceMax = 9_999;

export interface GenerateOptions {
  /** The same seed and path generate the same schedules. */
  readonly seed: number;
  readonly path?: string;
  readonly runs: number;
  /** When to begin no further schedule, those of shrinking included, in milliseconds. */
  readonly timeLimitMs: number;
}

/** A schedule as fast-check generates it: which bound, and for each step which of the possible ones. */
type Choices = readonly [bound: number, choices: readonly number[]];

const graphs = new Map<number, SteeredGraph>();

/** Walks the specification: the shim takes all its own steps, then a choice picks the tester's next one. */
function scheduleOf([which, choices]: Choices): Pick<Schedule, 'bound' | 'steps'> {
  const bound = bounds[which % bounds.length] ?? bounds[0];
  const graph = graphs.get(which) ?? new SteeredGraph(erased(proposed), bound);
  graphs.set(which, graph);
  return { bound, steps: graph.walk(choices) };
}

/** What came of the schedules so far. */
interface Tally {
  judged: number;
  readonly unjudged: CheckResult[];
  /** The last one that broke a rule, which is the smallest; null where none did. */
  smallest: CheckResult | null;
}

/** Runs generated schedules. Shrinks one that breaks a rule, as far as time allows and until `signal` is aborted. */
export async function runGenerated(
  setup: ShimSetup,
  options: GenerateOptions,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { seed, path, runs, timeLimitMs } = options;
  const begin = performance.now();
  const tally: Tally = { judged: 0, unjudged: [], smallest: null };
  const property = fc.asyncProperty(
    fc.nat(bounds.length - 1),
    fc.array(fc.nat(choiceMax), { minLength: 4, maxLength: stepsMax }),
    async (which, choices) => {
      // A path names one schedule, but fast-check goes on to its siblings.
      const isDone = path !== undefined && tally.judged + tally.unjudged.length > 0;
      if (isDone) return true;
      const isGood = await unlessAborted(signal, runOne(setup, scheduleOf([which, choices]), tally));
      // This ends the generation, and not as a failure.
      if (isGood === null) throw new fc.PreconditionFailure(true);
      return isGood;
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
  const replay = `--only generated --seed ${seed}${counterexamplePath === null ? '' : ` --path ${counterexamplePath}`}`;
  return {
    ...smallest,
    notes: [...smallest.notes, ...stopped, `made smaller in ${numShrinks} steps`],
    elapsedMs,
    replay,
  };
}

/** @returns whether no breach was found */
async function runOne(
  setup: ShimSetup,
  schedule: Pick<Schedule, 'bound' | 'steps'>,
  tally: Tally,
): Promise<boolean> {
  const name = `generated: ${schedule.steps.map(labelOf).join(', ')}`;
  const head = { group: 'generated', rules: [], name } as const;
  const result = await runCheck(setup, head, bySchedule(schedule), { bound: schedule.bound });
  if (result.verdict === 'could not judge') tally.unjudged.push(result);
  else tally.judged++;
  if (result.verdict === 'violates') tally.smallest = result;
  return result.verdict !== 'violates';
}

function summary({ judged, unjudged }: Tally, seed: number, elapsedMs: number, notes: string[]): CheckResult {
  const [first] = unjudged;
  const why = first
    ? [`${unjudged.length} more could not be judged; the first one because: ${first.notes.join('; ')}`]
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
