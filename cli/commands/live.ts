import type { Command } from 'commander';
import type { Revision } from '../../spec/index.ts';
import { addBound, type BoundFlags, boundFrom } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { statesFlag } from '../flags/limits.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { revisionArgument, revisionDefault } from '../flags/revision.ts';

interface LiveFlags extends BoundFlags {
  readonly maxStates: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Declares `shim-spec live`. */
export function addLive(program: Command): void {
  const command = program
    .command('live')
    .description(
      'look for weakly fair runs that break a rule about states at rest for ever: deadlocks and livelocks',
    )
    .addArgument(revisionArgument('what to check'));
  addBound(command).addOption(statesFlag('judge nothing where there are more').default(1_000_000));
  addOutput(addFormat(command, ['text', 'json'])).action(
    async (revision: Revision | undefined, flags: LiveFlags) => {
      const { live } = await import('../run/live.ts');
      const request = { ...flags, bound: boundFrom(flags), statesMax: flags.maxStates };
      process.exitCode = live(revision ?? revisionDefault, request);
    },
  );
  addExample(command, 'live proposed --execs 1 --with delete,kill,wait');
}
