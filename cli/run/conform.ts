import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { refusal } from '../../checker/option-checks.ts';
import { fromLabels } from '../../checker/replay.ts';
import { unlessAborted } from '../../conformance/checks/abandon.ts';
import type { CheckResult, ShimSetup } from '../../conformance/checks/check.ts';
import type { GenerateOptions } from '../../conformance/checks/generated.ts';
import {
  conform,
  generatedName,
  gravestVerdict,
  type ListedCheck,
  listedChecks,
  tryCounterexample,
} from '../../conformance/conform.ts';
import { type Race, seenAs } from '../../conformance/races/races.ts';
import { isSteered, SteeredGraph } from '../../conformance/races/steer.ts';
import { Janitor } from '../../conformance/shim/janitor.ts';
import { type ShimProfile, tryRuntime, tryShim } from '../../conformance/shim/preflight.ts';
import { busyboxRootfs } from '../../conformance/shim/rootfs.ts';
import { StartRefusal } from '../../conformance/shim/shim-action.ts';
import { closestNames } from '../../render/closest-names.ts';
import { modelOf, type Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import type { Output } from '../flags/output.ts';
import { type BaselineDifference, compareWithBaseline, readBaseline } from '../formats/baseline.ts';
import { htmlText } from '../formats/conform-page.ts';
import {
  type ConformReport,
  jsonText,
  junitText,
  profileText,
  resultText,
  summaryText,
} from '../formats/conform-report.ts';
import { readText } from '../read-text.ts';
import { interruption, showStatus } from '../thread/session.ts';
import { traceFrom } from './report-file.ts';

const configMaxBytes = 64 * 1024;

export type ConformFormat = 'text' | 'json' | 'junit' | 'html';

/** What `shim-spec conform` is asked for. */
interface ConformRequest {
  readonly shim: string;
  readonly runtime: string;
  /** A file with the shim's own configuration; null where it takes runc's options. */
  readonly config: string | null;
  /** Whose behaviours are allowed. */
  readonly revision: Revision;
  /** Only checks whose name contains one of these. */
  readonly only: readonly string[];
  readonly seed: number;
  /** Which schedules are generated; null for none. */
  readonly generate: GenerateOptions | null;
  /** A report of `check --format json`, whose counterexample alone is tried; null for every check. */
  readonly counterexample: { readonly file: string; readonly property: string | undefined } | null;
  /** A file with the failures that are known; null for none. */
  readonly baseline: string | null;
  readonly format: ConformFormat;
  readonly output: Output;
}

/** `shim-spec conform`: tests a shim against the rules. @returns the exit code */
export async function conformShim(request: ConformRequest): Promise<number> {
  const { shim, runtime, revision, only, generate, counterexample, output } = request;
  assertSelecting(request);
  const known = request.baseline === null ? null : readBaseline(request.baseline);
  const config = request.config === null ? null : readConfig(request.config);
  const race = counterexample && (await raceFrom(counterexample.file, counterexample.property));
  checkMachine(request);
  const rootfs = rootfsOrError();
  new Janitor(rootfs);
  const isShownAsItGoes = request.format === 'text' && !output.isFile;
  const onResult = (result: CheckResult): void => {
    if (isShownAsItGoes) output.write(resultText(result, output.colors));
  };
  const signal = interruption();
  try {
    showStatus(`${shim}: does it start?`);
    checkRuntime(runtime, rootfs);
    const profile = await unlessAborted(signal, checkShim(shim, rootfs));
    if (profile && isShownAsItGoes) output.write(headText(request, profile));
    const notTried: string[] = [];
    const onLeftOut = (name: string): number => notTried.push(name);
    const onBegin = (name: string): void => showStatus(name);
    const run = async ({ started }: ShimProfile): Promise<CheckResult[]> => {
      const setup = { shim: resolve(shim), runtime, config, rootfs, revision, startInput: started.input };
      return race
        ? await tryRace(setup, race, signal)
        : await conform(setup, { only, generate, onResult, onBegin, onLeftOut, signal });
    };
    const results = profile ? await run(profile) : [];
    if (race) for (const result of results) onResult(result);
    const difference = known && compareWithBaseline(known, results);
    const report = { ...reportOf(request, profile, results, difference, signal.aborted), notTried };
    output.write(conformText(report, request));
    return exitCodeOf(report);
  } finally {
    // An abandoned check has janitors of its own.
    Janitor.sweepAll();
  }
}

async function tryRace(
  setup: ShimSetup,
  { race, isForced, replay }: Awaited<ReturnType<typeof raceFrom>>,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  showStatus(race.name);
  const result = await unlessAborted(signal, tryCounterexample(setup, race, isForced));
  return result ? [{ ...result, replay }] : [];
}

function reportOf(
  { shim, runtime, config, revision, seed }: ConformRequest,
  profile: ShimProfile | null,
  results: readonly CheckResult[],
  baseline: BaselineDifference | null,
  interrupted: boolean,
): Omit<ConformReport, 'notTried'> {
  const gravest = gravestVerdict(results);
  const verdict = interrupted && gravest === 'conforms' ? 'could not judge' : gravest;
  const specification = revision.slug;
  return { shim, runtime, config, specification, seed, profile, interrupted, verdict, baseline, results };
}

/** By the verdict; with a baseline, by the failures that it does not have. */
function exitCodeOf({ verdict, baseline, interrupted, results }: ConformReport): number {
  const counted = baseline ? results.filter((result) => !baseline.isKnown(result)) : results;
  const ofCounted = baseline && counted.length === 0 ? 'conforms' : gravestVerdict(counted);
  const graver = interrupted && ofCounted === 'conforms' ? 'could not judge' : ofCounted;
  return {
    conforms: exitCode.holds,
    violates: exitCode.nonConformant,
    'could not judge': exitCode.unjudged,
  }[baseline ? graver : verdict];
}

/** `shim-spec conform --list`: the checks that `only` selects, by group, each with its rules. */
export function listText({ only, generate }: Pick<ConformRequest, 'only' | 'generate'>): string {
  assertSelecting({ only, generate });
  const isWanted = ({ name }: ListedCheck): boolean =>
    only.length === 0 || only.some((part) => name.includes(part));
  const checks = listedChecks().filter(isWanted);
  return checks
    .map(({ group, name, rules }) => `${group}  ${name}${rules.length > 0 ? `: ${rules.join('; ')}` : ''}`)
    .join('\n');
}

function conformText(report: ConformReport, { format, output }: ConformRequest): string {
  switch (format) {
    case 'json':
      return jsonText(report);
    case 'junit':
      return junitText(report);
    case 'html':
      return htmlText(report);
    case 'text': {
      const results = output.isFile ? report.results.map((each) => resultText(each, output.colors)) : [];
      return [...results, summaryText(report, output.colors)].join('\n');
    }
  }
}

function headText({ shim, runtime, revision, seed }: ConformRequest, profile: ShimProfile): string {
  const head = `${shim} with ${runtime}, judged by the rules and by ${revision.slug}; seed ${seed}`;
  return `${head}\n${profileText(profile)}\n`;
}

/** @throws OptionError for a text of `--only` that no check's name contains */
function assertSelecting({ only, generate }: Pick<ConformRequest, 'only' | 'generate'>): void {
  const all = listedChecks().map(({ name }) => name);
  const names = all.filter((name) => generate !== null || name !== generatedName);
  for (const text of only) {
    if (names.some((name) => name.includes(text))) continue;
    const closest = closestNames(text, names).map((name) => `'${name}'`);
    throw refusal(
      `--only '${text}' selects no check`,
      '--only',
      `'${text}'`,
      'a part of the name of a check',
      closest.length > 0 ? `the closest are ${closest.join(', ')}` : '--list prints them',
    );
  }
}

/**
 * The environment's part of a counterexample, and the flags that repeat it. The shim takes its own steps itself.
 *
 * @throws InputError for a report that cannot be used; ReplayError for a trace that the model does not have
 */
async function raceFrom(
  file: string,
  property: string | undefined,
): Promise<{ race: Race; isForced: boolean; replay: string }> {
  const traced = await traceFrom('--from', file, property);
  const rule = seenAs.get(traced.property);
  if (rule === undefined) {
    const allowed = [...seenAs.keys()].map((name) => `'${name}'`).join(', ');
    throw refusal(
      `'${traced.property}' cannot be seen from outside a shim`,
      '--property',
      traced.property,
      allowed,
      'name another one',
    );
  }
  const { revision, bound, subject, labels } = traced;
  const steps = fromLabels(modelOf(revision, bound), labels).filter(isSteered);
  const isForced = new SteeredGraph(revision, bound).isForced(steps, traced.property);
  const name = `${traced.property} (${subject}) [${revision.slug}]`;
  const replay = `--from ${file} --property ${JSON.stringify(traced.property)}`;
  return { race: { name, rules: [rule], schedule: { bound, steps } }, isForced, replay };
}

/** @throws InputError where it cannot be read */
function readConfig(file: string): string {
  try {
    return readText(file, configMaxBytes);
  } catch (cause) {
    return cannotRun(
      `--config ${file} cannot be read (got ${causeText(cause)}, allowed a file of TOML below ${configMaxBytes} bytes): name the shim's configuration`,
    );
  }
}

/** @throws InputError where a shim cannot be run here */
function checkMachine({ shim, runtime }: ConformRequest): void {
  if (process.getuid?.() !== 0)
    cannotRun('conform starts containers (got a user, allowed root): run it with sudo');
  if (process.platform !== 'linux') cannotRun(`conform needs Linux (got ${process.platform})`);
  try {
    const found = statSync(shim);
    if (!found.isFile())
      throw Object.assign(new Error(), { code: found.isDirectory() ? 'EISDIR' : 'a device' });
    accessSync(shim, constants.X_OK);
  } catch (cause) {
    cannotRun(
      `--shim ${shim} cannot be run (got ${causeText(cause)}, allowed a program): name the binary of a shim, as /usr/bin/containerd-shim-runc-v2`,
    );
  }
  for (const program of [runtime, 'runc', 'mkfifo']) {
    if (spawnSync('which', [program]).status !== 0)
      cannotRun(
        `${program} is not on PATH (allowed a program that is): run 'apt-get install runc crun coreutils'`,
      );
  }
}

/** @throws InputError where the OCI runtime cannot run a container here, whatever the shim */
function checkRuntime(runtime: string, rootfs: string): void {
  try {
    tryRuntime(runtime, rootfs);
  } catch (error) {
    cannotRun(
      `the OCI runtime ${runtime} cannot run a container here, with no shim at all (${(error as Error).message}): mend that, or name another with --runtime`,
    );
  }
}

/** @throws InputError where the shim does not come up */
async function checkShim(shim: string, rootfs: string): Promise<ShimProfile> {
  try {
    return await tryShim(resolve(shim), rootfs);
  } catch (error) {
    const { message } = error as Error;
    const why = error instanceof StartRefusal ? `:\n${message}\n` : ` (${message}): `;
    return cannotRun(
      `--shim ${shim} does not start as containerd starts it${why}name a binary that takes the actions start and delete, and serves containerd.task.v2 or v3`,
    );
  }
}

function rootfsOrError(): string {
  try {
    return busyboxRootfs();
  } catch (error) {
    return cannotRun((error as Error).message);
  }
}

function cannotRun(message: string): never {
  throw new InputError(message, exitCode.cannotRun);
}
