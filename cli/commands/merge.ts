import type { Command } from 'commander';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';

/** Declares `shim-spec merge`. */
export function addMerge(program: Command): void {
  const command = program
    .command('merge')
    .description('put the files of causes --shard together: the answer that one process would give')
    .argument('<files...>', 'one for each shard, each once, in any order');
  addOutput(addFormat(command, ['text', 'json', 'svg']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} every set is judged for every rule, ${exitCode.incomplete} some are unknown, ${exitCode.file} a file that is missing, damaged, or of another sweep or version.`,
    )
    .action(
      async (
        files: readonly string[],
        { format, output }: { format: 'text' | 'json' | 'svg'; output: Output },
      ) => {
        const { merge } = await import('../run/causes.ts');
        process.exitCode = await merge(files, { format, output });
      },
    );
  addExample(command, 'merge shard-*.json --format json');
}
