import { type Command, Option } from 'commander';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { statesFlag } from '../flags/limits.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';

interface ProveFlags {
  readonly pidNamespace: 'private' | 'shared' | 'both';
  readonly maxStates: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Declares `shim-spec prove`. */
export function addProve(program: Command): void {
  const command = program
    .command('prove')
    .description(
      'check the argument that proposed keeps its rules with any number of containers, execs and calls',
    )
    .addOption(
      new Option('--pid-namespace <kind>', 'of the container in focus')
        .choices(['private', 'shared', 'both'])
        .default('both'),
    )
    .addOption(statesFlag('give up a part that has more').default(3_000_000));
  addOutput(addFormat(command, ['text', 'json']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} every part holds, ${exitCode.incomplete} one does not, or was cut short: then nothing is shown.`,
    )
    .action(async ({ pidNamespace, maxStates, ...flags }: ProveFlags) => {
      const { prove } = await import('../run/prove.ts');
      const kinds = pidNamespace === 'both' ? (['private', 'shared'] as const) : [pidNamespace];
      process.exitCode = prove({ ...flags, kinds, statesMax: maxStates });
    });
  addExample(command, 'prove --pid-namespace private');
}
