#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { ModelError } from '../checker/misuse.ts';
import { OptionError } from '../checker/option-checks.ts';
import { ReplayError } from '../checker/replay.ts';
import { Impossible } from '../spec/index.ts';
import { addCheck } from './commands/check.ts';
import { addConform } from './commands/conform.ts';
import { addDiff } from './commands/diff.ts';
import { addExplore } from './commands/explore.ts';
import { addGraph } from './commands/graph.ts';
import { addLive } from './commands/live.ts';
import { addProve } from './commands/prove.ts';
import { addReplay } from './commands/replay.ts';
import { addSimulate } from './commands/simulate.ts';
import { addValidate } from './commands/validate.ts';
import { addWatch } from './commands/watch.ts';
import { InputError } from './errors.ts';
import { exitCode } from './exit-codes.ts';
import { assertFlagsCombine } from './flags/combinations.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const program = new Command('shim-spec')
  .description('In which order may a containerd shim publish that a process started and that it exited?')
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .hook('preAction', (_, command) => assertFlagsCombine(command));
// Each loads what it runs once it runs: check has to start quickly.
for (const add of [
  ...[addCheck, addReplay, addDiff, addLive, addProve],
  ...[addSimulate, addGraph, addConform, addValidate, addWatch, addExplore],
])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints what went wrong; a stack only where it is a bug of ours. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.holds : exitCode.usage;
  if (error instanceof OptionError) return complain(error.message, exitCode.usage);
  if (error instanceof InputError) return complain(error.message, error.exitCode);
  if (error instanceof ReplayError) return complain(error.message, exitCode.replay);
  if (error instanceof ModelError || error instanceof Impossible) {
    return complain(`bug in the model: ${error.stack}`, exitCode.evaluation);
  }
  throw error;
}

function complain(message: string, code: number): number {
  process.stderr.write(`shim-spec: ${message}\n`);
  return code;
}
