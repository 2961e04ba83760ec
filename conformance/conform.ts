import { spawnSync } from 'node:child_process';
import { unlessAborted } from './checks/abandon.ts';
import { type CheckResult, type CheckVerdict, runCheck, type ShimSetup } from './checks/check.ts';
import { type GenerateOptions, runGenerated } from './checks/generated.ts';
import type { Drive, Scenario } from './checks/scenario-steps.ts';
import { scenarios } from './checks/scenarios.ts';
import { readKnownRaces } from './races/known-races.ts';
import type { Race } from './races/races.ts';
import { binaryScenarios } from './scenarios/binary.ts';
import { callScenarios } from './scenarios/calls.ts';
import { crowdScenarios } from './scenarios/crowds.ts';
import { eventScenarios } from './scenarios/events.ts';
import { groupScenarios } from './scenarios/groups.ts';
import { heldScenarios } from './scenarios/held.ts';
import { ioScenarios } from './scenarios/io.ts';
import { memoryScenarios } from './scenarios/memory.ts';
import { pauseScenarios } from './scenarios/pauses.ts';

/** How often a schedule is tried that takes luck. */
const luckyTries = 10;

/** The name by which `only` chooses the generated schedules. */
export const generatedName = 'generated';

export interface ConformOptions {
  /** Only checks whose name contains one of these texts; all where it is empty. */
  readonly only: readonly string[];
  /** Which schedules to generate; null for none. */
  readonly generate: GenerateOptions | null;
  /** Called with each check's result as it ends. */
  readonly onResult: (result: CheckResult) => void;
  /** Told the name of each check as it begins. */
  readonly onBegin?: (name: string) => void;
  /** Told the name of each check that this machine cannot try, whatever the shim does. */
  readonly onLeftOut?: (name: string) => void;
  /** Once aborted, the running check is abandoned and no other one begins. */
  readonly signal: AbortSignal;
}

/** What is known of a check before it is run. */
export interface ListedCheck extends Pick<CheckResult, 'group' | 'name' | 'rules'> {}

/** A check that can be run. */
interface PlannedCheck extends ListedCheck {
  readonly needsCriu: boolean;
  /** Whether it mostly waits: such checks, one behind the other, run side by side. */
  readonly isIdle: boolean;
  readonly run: (setup: ShimSetup) => Promise<CheckResult>;
}

const allScenarios: readonly Scenario[] = [
  ...scenarios,
  ...pauseScenarios,
  ...memoryScenarios,
  ...crowdScenarios,
  ...callScenarios,
  ...heldScenarios,
  ...ioScenarios,
  ...eventScenarios,
  ...groupScenarios,
  ...binaryScenarios,
];

function plannedChecks(): PlannedCheck[] {
  return [
    ...allScenarios.map(({ name, rules, drive, prepare, needsCriu = false, isIdle = false }) => ({
      name,
      rules,
      needsCriu,
      isIdle,
      group: 'rules' as const,
      run: (setup: ShimSetup) =>
        runCheck(setup, { name, group: 'rules', rules }, drive, prepare ? { prepare } : {}),
    })),
    ...readKnownRaces().map((race) => ({
      name: race.name,
      rules: race.rules,
      group: 'races' as const,
      needsCriu: false,
      isIdle: false,
      run: (setup: ShimSetup) => runRace(setup, race),
    })),
  ];
}

/** A CRIU that is too old for the kernel cannot checkpoint anything, whatever the shim does. */
function isPossible({ needsCriu }: PlannedCheck): boolean {
  return !needsCriu || spawnSync('criu', ['check']).status === 0;
}

/**
 * Drives a shim by a race's schedule, as far as the shim follows it, and judges whatever came of it. A shim may go
 * another way by answering a call; otherwise nothing can be judged where it does not follow.
 */
function runRace(setup: ShimSetup, { name, rules, schedule }: Race): Promise<CheckResult> {
  const drive: Drive = async (conductor) => {
    conductor.prepare(schedule.bound);
    await conductor.follow(schedule);
    if (conductor.strayed !== null)
      conductor.unjudgeable ??=
        'the shim did not follow the schedule of the race, and did not answer otherwise';
    return [];
  };
  return runCheck(setup, { name, group: 'races', rules }, drive, { bound: schedule.bound });
}

/**
 * Tries the schedule of a counterexample. A shim that breaks no rule conforms only where the schedule leaves no other
 * outcome to a shim that has the defect, and only where the shim followed all of it.
 *
 * @param isForced whether a shim that has the defect breaks a rule at each try
 */
export async function tryCounterexample(
  setup: ShimSetup,
  race: Race,
  isForced: boolean,
): Promise<CheckResult> {
  if (isForced) return runWhole(setup, race);
  for (let tries = 1; ; tries++) {
    const result = await runWhole(setup, race);
    if (result.verdict !== 'violates' && tries < luckyTries) continue;
    const verdict = result.verdict === 'violates' ? 'violates' : 'could not judge';
    const note = `tried ${tries} ${tries === 1 ? 'time' : 'times'}: whether this schedule breaks a rule takes luck`;
    return { ...result, verdict, notes: [...result.notes, note] };
  }
}

/** Drives a shim by a race's schedule. Nothing can be judged where the shim does not follow all of it. */
function runWhole(setup: ShimSetup, { name, rules, schedule }: Race): Promise<CheckResult> {
  return runCheck(
    setup,
    { name, group: 'races', rules },
    async (conductor) => {
      conductor.prepare(schedule.bound);
      if (!(await conductor.follow(schedule)))
        conductor.unjudgeable ??= 'the shim did not follow the schedule of the counterexample';
      return [];
    },
    { bound: schedule.bound },
  );
}

/** The checks that `only` chooses from. All generated schedules share one name. */
export function listedChecks(): ListedCheck[] {
  const planned = plannedChecks().map(({ group, name, rules }) => ({ group, name, rules }));
  return [...planned, { group: 'generated', name: generatedName, rules: [] }];
}

/** Runs every check, each on a shim of its own. @returns the results of those that have ended */
export async function conform(setup: ShimSetup, options: ConformOptions): Promise<CheckResult[]> {
  const { only, generate, onResult, onBegin, onLeftOut, signal } = options;
  const isWanted = (name: string): boolean => only.length === 0 || only.some((part) => name.includes(part));
  const results: CheckResult[] = [];
  const end = (result: CheckResult): void => {
    results.push(result);
    onResult(result);
  };
  const isTried = (check: PlannedCheck): boolean => {
    if (isPossible(check)) return true;
    onLeftOut?.(check.name);
    return false;
  };
  const planned = plannedChecks().filter(({ name }) => isWanted(name));
  for (const batch of inBatches(planned.filter(isTried))) {
    if (signal.aborted) return results;
    onBegin?.(batch.map(({ name }) => name).join('; '));
    const ended = await Promise.all(batch.map((check) => unlessAborted(signal, check.run(setup))));
    for (const result of ended) if (result) end(result);
  }
  if (!generate || !isWanted(generatedName) || signal.aborted) return results;
  onBegin?.('generated schedules');
  end(await runGenerated(setup, generate, signal));
  return results;
}

/** Each check by itself, but for neighbours that mostly wait. */
function inBatches(checks: readonly PlannedCheck[]): PlannedCheck[][] {
  const batches: PlannedCheck[][] = [];
  for (const check of checks) {
    const last = batches.at(-1);
    if (check.isIdle && last?.[0]?.isIdle) last.push(check);
    else batches.push([check]);
  }
  return batches;
}

/** The gravest verdict of several; of none, that nothing could be judged. */
export function gravestVerdict(results: readonly Pick<CheckResult, 'verdict'>[]): CheckVerdict {
  const verdicts = new Set(results.map(({ verdict }) => verdict));
  if (verdicts.has('violates')) return 'violates';
  return verdicts.has('could not judge') || results.length === 0 ? 'could not judge' : 'conforms';
}
