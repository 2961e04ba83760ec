import { createRequire } from 'node:module';
import { type Command, CommanderError } from 'commander';
import { ModelError } from '../checker/misuse.ts';
import { OptionError } from '../checker/option-checks.ts';
import { ReplayError } from '../checker/replay.ts';
import { Impossible } from '../spec/index.ts';
import { addCauses } from './commands/causes.ts';
import { addCheck } from './commands/check.ts';
import { addConform } from './commands/conform.ts';
import { addDiff } from './commands/diff.ts';
import { addDrift } from './commands/drift.ts';
import { addExplore } from './commands/explore.ts';
import { addGraph } from './commands/graph.ts';
import { addJudge } from './commands/judge.ts';
import { addLive } from './commands/live.ts';
import { addMerge } from './commands/merge.ts';
import { addProve } from './commands/prove.ts';
import { addReplay } from './commands/replay.ts';
import { addSimulate } from './commands/simulate.ts';
import { addValidate } from './commands/validate.ts';
import { addVerifyCertificate } from './commands/verify-certificate.ts';
import { addWatch } from './commands/watch.ts';
import { addWorker } from './commands/worker.ts';
import { InputError } from './errors.ts';
import { exitCode, exitCodes } from './exit-codes.ts';
import { assertFlagsCombine } from './flags/combinations.ts';
import { loadRevisions } from './flags/revision.ts';
import { PlainCommand } from './flags/usage-errors.ts';
import { columns, printComplaint, printResult } from './thread/session.ts';

/** The command line. Each command loads what it runs once it runs: check has to start quickly. */
export function makeProgram(version: string): Command {
  const program = new PlainCommand('shim-spec')
    .description('In which order may a containerd shim publish that a process started and that it exited?')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: printResult,
      writeErr: printComplaint,
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
    })
    .hook('preAction', (_, command) => assertFlagsCombine(command))
    .hook('preAction', (_, command) => loadRevisions(command))
    .addHelpText('after', `\nExit codes:\n${exitCodeLines()}\n\nEvery command and flag: docs/cli.md`);
  for (const add of [
    ...[
      addCheck,
      addVerifyCertificate,
      addCauses,
      addMerge,
      addWorker,
      addReplay,
      addDiff,
      addLive,
      addProve,
    ],
    ...[addSimulate, addGraph, addConform, addValidate, addWatch, addJudge, addDrift, addExplore],
  ])
    add(program);
  return program;
}

function exitCodeLines(): string {
  return exitCodes.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n');
}

/** Runs a command line. @returns the exit code */
export async function runProgram(args: readonly string[]): Promise<number> {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  try {
    await makeProgram(version).parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? exitCode.holds);
  } catch (error) {
    return report(error);
  }
}

/** Prints what went wrong; a stack only where it is a bug of ours. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.holds : exitCode.usage;
  if (error instanceof OptionError) return complain(error.message, exitCode.usage);
  if (error instanceof InputError) return complain(error.message, error.exitCode);
  if (error instanceof ReplayError) return complain(error.message, exitCode.replay);
  if (error instanceof ModelError)
    return complain(
      [`bug in the model: ${error.message}`, ...framesOfUser(error.cause)].join('\n'),
      exitCode.evaluation,
    );
  if (error instanceof Impossible) return complain(`bug in the model: ${error.stack}`, exitCode.evaluation);
  throw error;
}

const ours = new URL('..', import.meta.url).href;

/** Where in modules of the user's an error was thrown; our own frames say nothing to whoever has to mend it. */
function framesOfUser(cause: unknown): string[] {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  return stack.split('\n').filter((line) => /^ +at .*file:/.test(line) && !line.includes(ours));
}

function complain(message: string, code: number): number {
  printComplaint(`shim-spec: ${message}\n`);
  return code;
}
