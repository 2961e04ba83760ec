import { Argument, type Command } from 'commander';
import type { Revision } from '../../spec/index.ts';
import { addBound, type BoundFlags, boundFrom } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { statesFlag } from '../flags/limits.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { parseRevision } from '../flags/revision.ts';

interface DiffFlags extends BoundFlags {
  readonly maxStates: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Declares `shim-spec diff`. */
export function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('print a shortest events log that one revision allows and another forbids, both ways')
    .addArgument(new Argument('<a>', 'a revision: a slug, or the path of a module').argParser(parseRevision))
    .addArgument(new Argument('<b>', 'another one').argParser(parseRevision));
  addBound(command).addOption(statesFlag('give up where a revision has more states').default(1_000_000));
  addOutput(addFormat(command, ['text', 'json'])).action(
    async (a: Revision, b: Revision, flags: DiffFlags) => {
      const { diffRevisions } = await import('../run/diff.ts');
      process.exitCode = diffRevisions(a, b, {
        ...flags,
        bound: boundFrom(flags),
        statesMax: flags.maxStates,
      });
    },
  );
  addExample(command, 'diff mu-locked running-execs --execs 1 --with none');
}
