import { type CheckResult, type CheckVerdict, runCheck, type ShimUnderTest } from './checks/check.ts';
import { type GenerateOptions, runGenerated } from './checks/generated.ts';
import { scenarios } from './checks/scenarios.ts';
import { knownRaces } from './races/known-races.ts';
import { type Race, raceOf } from './races/races.ts';

/** Attempts at a schedule that takes luck. */
const luckyTries = 10;

export const generatedName = 'generated';

export interface ConformOptions {
  /** Only checks whose name holds one of these. */
  readonly only: readonly string[];
  /** null to leave them out. */
  readonly generate: GenerateOptions | null;
  /** Told of each check as it ends. */
  readonly onResult: (result: CheckResult) => void;
  readonly isCancelled: () => boolean;
}

/** A check that can be run, by its name. */
interface Planned {
  readonly name: string;
  readonly group: 'rules' | 'races';
  readonly rules: readonly string[];
  readonly run: (under: ShimUnderTest) => Promise<CheckResult>;
}

function planned(): Planned[] {
  const rules = scenarios.map(
    ({ name, rules, course }): Planned => ({
      name,
      group: 'rules',
      rules,
      run: (under) => runCheck(under, { name, group: 'rules', rules }, course),
    }),
  );
  return [...rules, ...knownRaces.map(raceOf).map(plannedRace)];
}

function plannedRace(race: Race): Planned {
  const { name, rules } = race;
  return { name, group: 'races', rules, run: (under) => runRace(under, race) };
}

/** Follows a schedule on a shim, and says what it breaks. */
function runRace(under: ShimUnderTest, { name, rules, schedule }: Race): Promise<CheckResult> {
  return runCheck(
    under,
    { name, group: 'races', rules },
    async (conductor) => {
      conductor.prepare(schedule.bound);
      await conductor.follow(schedule);
      return [];
    },
    schedule.bound,
  );
}

/** Follows a schedule that may take luck, until it has broken a rule or was tried often enough. */
export async function tryRace(under: ShimUnderTest, race: Race, isForced: boolean): Promise<CheckResult> {
  for (let i = 1; ; i++) {
    const result = await runRace(under, race);
    if (isForced || result.verdict === 'violates' || i === luckyTries) {
      return isForced ? result : { ...result, notes: [...result.notes, `tried ${i} times: it takes luck`] };
    }
  }
}

/** What `only` chooses from: the names of the checks; that of the generated schedules stands for all of them. */
export function checkNames(): string[] {
  return [...planned().map(({ name }) => name), generatedName];
}

/** Runs every check, each on a shim of its own. */
export async function conform(under: ShimUnderTest, options: ConformOptions): Promise<CheckResult[]> {
  const { only, generate, onResult, isCancelled } = options;
  const isWanted = (name: string): boolean => only.length === 0 || only.some((part) => name.includes(part));
  const results: CheckResult[] = [];
  for (const check of planned().filter(({ name }) => isWanted(name))) {
    if (isCancelled()) return results;
    const result = await check.run(under);
    results.push(result);
    onResult(result);
  }
  if (generate && isWanted(generatedName)) {
    const result = await runGenerated(under, generate, isCancelled);
    results.push(result);
    onResult(result);
  }
  return results;
}

/** The gravest verdict of several. */
export function gravest(results: readonly Pick<CheckResult, 'verdict'>[]): CheckVerdict {
  const verdicts = new Set(results.map(({ verdict }) => verdict));
  if (verdicts.has('violates')) return 'violates';
  return verdicts.has('could not judge') || results.length === 0 ? 'could not judge' : 'conforms';
}
