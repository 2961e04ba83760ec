import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { constants as constantsOfOs } from 'node:os';
import { resolve } from 'node:path';
import type { CheckResult, ShimUnderTest } from '../../conformance/checks/check.ts';
import { conform, gravest, tryRace } from '../../conformance/conform.ts';
import { seenAs } from '../../conformance/races/races.ts';
import { isSteered, SteeredGraph } from '../../conformance/races/steer.ts';
import { Janitor } from '../../conformance/shim/janitor.ts';
import { tryRuntime, tryShim } from '../../conformance/shim/preflight.ts';
import { busyboxRootfs } from '../../conformance/shim/rootfs.ts';
import { type AnyAction, labelOf, modelOf } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { parseInteger } from '../flags/bound.ts';
import { findRevision } from '../flags/find-revision.ts';
import type { Output } from '../flags/output.ts';
import { traceFrom } from '../flags/report-file.ts';
import { htmlText } from '../formats/conform-page.ts';
import { type ConformReport, junitText, resultText, summaryText } from '../formats/conform-report.ts';

export interface ConformFlags {
  readonly shim: string;
  readonly runtime: string;
  readonly spec: string;
  readonly only: readonly string[];
  readonly runs: string;
  readonly seed?: string;
  readonly path?: string;
  /** Seconds. */
  readonly timeLimit: string;
  /** A report of `check --format json`: its counterexample alone is tried. */
  readonly from?: string;
  readonly property?: string;
  readonly format: 'text' | 'json' | 'junit' | 'html';
  readonly output?: string;
}

const seedMax = 2 ** 31 - 1;

/** `shim-spec conform`: puts a shim before the rules. @returns the exit code */
export async function conformCommand(flags: ConformFlags, output: Output): Promise<number> {
  const seed =
    flags.seed === undefined ? Date.now() % seedMax : parseInteger('--seed', flags.seed, 0, seedMax);
  const runs = parseInteger('--runs', flags.runs, 0, 1_000_000);
  const timeLimitMs = 1_000 * parseInteger('--time-limit', flags.timeLimit, 1, 86_400);
  const revision = findRevision(flags.spec);
  checkMachine(flags);
  const rootfs = rootfsOrError();
  const janitor = new Janitor(rootfs);
  const isText = flags.format === 'text';
  const say = (result: CheckResult): void => {
    if (isText && flags.output === undefined) output.write(resultText(result, output.colors));
    else process.stderr.write(`${JSON.stringify({ check: result.name, verdict: result.verdict })}\n`);
  };
  // Janitors clean up after this process, whatever ends it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(128 + constantsOfOs.signals[signal]));
  try {
    checkRuntime(flags.runtime, rootfs);
    await checkShim(flags.shim, rootfs);
    const under: ShimUnderTest = { shim: resolve(flags.shim), runtime: flags.runtime, rootfs, revision };
    if (isText && flags.output === undefined) output.write(headText(flags, seed));
    const results = flags.from
      ? [await fromCounterexample(under, flags.from, flags.property)]
      : await conform(under, {
          only: flags.only,
          generate:
            runs === 0 ? null : { seed, runs, timeLimitMs, ...(flags.path ? { path: flags.path } : {}) },
          onResult: say,
          isCancelled: () => false,
        });
    if (flags.from) for (const result of results) say(result);
    const verdict = gravest(results);
    const report: ConformReport = {
      shim: flags.shim,
      runtime: flags.runtime,
      specification: flags.spec,
      seed,
      verdict,
      results,
    };
    output.write(rendered(report, flags, output));
    return {
      conforms: exitCode.holds,
      violates: exitCode.nonConformant,
      'could not judge': exitCode.unjudged,
    }[verdict];
  } finally {
    janitor.sweep();
  }
}

function rendered(report: ConformReport, flags: ConformFlags, output: Output): string {
  switch (flags.format) {
    case 'json':
      return JSON.stringify(report, null, 2);
    case 'junit':
      return junitText(report);
    case 'html':
      return htmlText(report);
    case 'text': {
      const all =
        flags.output === undefined ? [] : report.results.map((each) => resultText(each, output.colors));
      return [...all, summaryText(report, output.colors)].join('\n');
    }
  }
}

function headText({ shim, runtime, spec }: ConformFlags, seed: number): string {
  return `${shim} with ${runtime}, judged by the rules and by ${spec}; seed ${seed}\n`;
}

/** Tries the world's part of a counterexample, the shim's own steps left to the shim. */
async function fromCounterexample(
  under: ShimUnderTest,
  file: string,
  property: string | undefined,
): Promise<CheckResult> {
  const traced = traceFrom('--from', file, property);
  const rule = seenAs.get(traced.property);
  if (rule === undefined) {
    throw new InputError(
      `'${traced.property}' cannot be seen from outside a shim (got it, allowed ${[...seenAs.keys()].map((name) => `'${name}'`).join(', ')}): name another with --property`,
      exitCode.usage,
    );
  }
  const model = modelOf(traced.revision, traced.bound);
  const byLabel = new Map(model.actions.map((action) => [labelOf(action), action]));
  const steps = traced.labels
    .map((label) => byLabel.get(label))
    .filter((step): step is AnyAction => step !== undefined && isSteered(step));
  const isForced = new SteeredGraph(traced.revision, traced.bound).isForced(steps, traced.property);
  const name = `${traced.revision.slug}: ${traced.property} (${traced.subject})`;
  return tryRace(under, { name, rules: [rule], schedule: { bound: traced.bound, steps } }, isForced);
}

/** @throws InputError where a shim cannot be run here */
function checkMachine({ shim, runtime }: ConformFlags): void {
  if (process.getuid?.() !== 0)
    cannotRun('conform starts containers (got a user, allowed root): run it with sudo');
  if (process.platform !== 'linux') cannotRun(`conform needs Linux (got ${process.platform})`);
  try {
    if (!statSync(shim).isFile()) throw new Error('no file');
    accessSync(shim, constants.X_OK);
  } catch (cause) {
    cannotRun(
      `--shim ${shim} cannot be run (${(cause as Error).message}): name the binary of a shim, as /usr/bin/containerd-shim-runc-v2`,
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
async function checkShim(shim: string, rootfs: string): Promise<void> {
  try {
    await tryShim(resolve(shim), rootfs);
  } catch (error) {
    cannotRun(
      `--shim ${shim} does not start as containerd starts it (${(error as Error).message}): name a binary that takes the actions start and delete, and serves containerd.task.v2 or v3`,
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
