import type { Command } from 'commander';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { integerFlag, seedByClock, seedRange } from '../flags/integer.ts';
import { addOutput, type Output } from '../flags/output.ts';

interface VerifyFlags {
  readonly sample?: number;
  readonly seed?: number;
  readonly output: Output;
}

/** Declares `shim-spec verify-certificate`. */
export function addVerifyCertificate(program: Command): void {
  const command = program
    .command('verify-certificate')
    .description(
      'confirm, without the code of the engines, that the states of check --certificate include the initial one, that no step leads out of them, and that they break no rule',
    )
    .argument('<file>', 'what check --certificate wrote')
    .addOption(
      integerFlag(
        '--sample <n>',
        'take the steps of so many states only, chosen at random; default: all, but 10,000 of the states of --engine symbolic where these are more than 1,000,000',
        {
          min: 1,
          max: 2 ** 31,
        },
      ),
    )
    .addOption(integerFlag('--seed <n>', 'of the sample; default: by the clock, and printed', seedRange));
  addOutput(command)
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} every rule is certified, ${exitCode.incomplete} a sample, not every rule, or a search with --reduce unread, ${exitCode.rejected} the certificate is wrong, ${exitCode.file} it cannot be read.`,
    )
    .action(async (file: string, { sample, seed = seedByClock(), output }: VerifyFlags) => {
      const { verifyCertificate } = await import('../certificate/verify-certificate.ts');
      process.exitCode = await verifyCertificate(file, { sample: sample ?? null, seed, output });
    });
  addExample(command, 'verify-certificate main.certificate');
}
