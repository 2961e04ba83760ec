import fc from 'fast-check';
import { erased, labelOf, proposed } from '../spec/index.ts';
import { type CheckResult, runCheck, type ShimUnderTest } from './check.ts';
import { boundOf } from './races.ts';
import type { Schedule } from './steer.ts';
import { SteeredGraph } from './steer.ts';

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

/** Runs schedules that are made up; one that breaks a rule is made as small as time allows. */
export async function runGenerated(
  under: ShimUnderTest,
  options: GenerateOptions,
  isCancelled: () => boolean,
): Promise<CheckResult> {
  const { seed, path, runs, timeLimitMs } = options;
  const of = { group: 'generated', rules: [] } as const;
  let smallest: CheckResult | null = null;
  const begin = performance.now();
  const property = fc.asyncProperty(
    fc.nat(bounds.length - 1),
    fc.array(fc.nat(choiceMax), { minLength: 4, maxLength: stepsMax }),
    async (which, choices) => {
      if (isCancelled()) return true;
      const schedule = scheduleOf([which, choices]);
      const name = `generated: ${schedule.steps.map(labelOf).join(', ')}`;
      const result = await runCheck(
        under,
        { ...of, name },
        async (conductor) => {
          conductor.prepare(schedule.bound);
          await conductor.follow(schedule);
          return [];
        },
        schedule.bound,
      );
      if (result.verdict === 'violates') smallest = result;
      return result.verdict !== 'violates';
    },
  );
  const checked = await fc.check(property, {
    seed,
    numRuns: runs,
    ...(path === undefined ? {} : { path }),
    interruptAfterTimeLimit: timeLimitMs,
    markInterruptAsFailure: false,
  });
  const elapsedMs = performance.now() - begin;
  const name = `${checked.numRuns} generated schedules, seed ${seed}`;
  const notes = checked.interrupted ? [`stopped after ${Math.round(elapsedMs / 1_000)} s`] : [];
  if (smallest === null) {
    const verdict = checked.numRuns > 0 ? 'conforms' : 'could not judge';
    return { ...of, name, verdict, breaches: [], notes, moments: [], events: [], elapsedMs, replay: null };
  }
  const found: CheckResult = smallest;
  const replay = `--seed ${seed}${checked.counterexamplePath === null ? '' : ` --path ${checked.counterexamplePath}`}`;
  return {
    ...found,
    notes: [...found.notes, ...notes, `shrunk ${checked.numShrinks} times`],
    elapsedMs,
    replay,
  };
}
