import type { Command } from 'commander';
import type { Revision } from '../../spec/index.ts';
import { addBound, type BoundFlags, boundFrom } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { integerFlag, seedByClock, seedRange } from '../flags/integer.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { revisionArgument, revisionDefault } from '../flags/revision.ts';

interface SimulateFlags extends BoundFlags {
  readonly walks: number;
  readonly steps: number;
  readonly seed?: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Declares `shim-spec simulate`. */
export function addSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .description(
      'walk at random, for bounds that are too large to be searched: finds violations, proves nothing',
    )
    .addArgument(revisionArgument('what to walk through'));
  addBound(command)
    .addOption(integerFlag('--walks <n>', 'how many walks', { min: 1, max: 1e8 }).default(1_000))
    .addOption(integerFlag('--steps <n>', 'the most steps of a walk', { min: 1, max: 1e6 }).default(300))
    .addOption(integerFlag('--seed <n>', 'of the walks; default: by the clock, and printed', seedRange));
  addOutput(addFormat(command, ['text', 'json'])).action(
    async (revision: Revision | undefined, { seed = seedByClock(), ...flags }: SimulateFlags) => {
      const { simulateWalks } = await import('../run/simulate.ts');
      const request = { ...flags, bound: boundFrom(flags), stepsMax: flags.steps, seed };
      process.exitCode = simulateWalks(revision ?? revisionDefault, request);
    },
  );
  addExample(command, 'simulate main --containers 2 --execs 2 --with all --walks 300 --seed 1');
}
