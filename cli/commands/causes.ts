import type { Command } from 'commander';
import { environmentNames } from '../../render/bound.ts';
import { noOptions, type Options, type Revision } from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import { addExtent, type BoundFlags, boundFrom, withFlag } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { addSizeLimits, limitsFrom, type SizeLimitFlags } from '../flags/limits.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { revisionArgument, revisionDefault } from '../flags/revision.ts';
import { workersFlag } from '../flags/workers.ts';

interface CausesFlags extends BoundFlags, SizeLimitFlags {
  /** null for as many as help. */
  readonly workers: number | null;
  readonly format: 'text' | 'json' | 'svg';
  readonly output: Output;
}

const everyOption = Object.fromEntries(
  Object.keys(noOptions).map((name) => [name, true]),
) as unknown as Options;

/** Of each search: a set with more states is unknown. */
const statesMaxDefault = 100_000;

/** Declares `shim-spec causes`. */
export function addCauses(program: Command): void {
  const command = program
    .command('causes')
    .description(
      'for each rule find the minimal sets of options that break it, and the maximal sets under which it holds',
    )
    .addArgument(revisionArgument('what to ask about'));
  addExtent(command, { containers: 1, execs: 1 })
    .addOption(withFlag('the options that may be in a set', everyOption, environmentNames))
    .addOption(workersFlag());
  addSizeLimits(command, statesMaxDefault);
  addOutput(addFormat(command, ['text', 'json', 'svg']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} every set is judged for every rule, ${exitCode.incomplete} some are unknown, ${exitCode.evaluation} a bug in the model, ${exitCode.usage} usage, ${exitCode.file} a file.`,
    )
    .action(async (revision: Revision | undefined, { format, output, workers, ...flags }: CausesFlags) => {
      const { causes } = await import('../run/causes.ts');
      process.exitCode = await causes(revision ?? revisionDefault, {
        bound: boundFrom(flags),
        limits: limitsFrom({ ...flags, continue: true }),
        ...{ workers, format, output },
      });
    });
  addExample(command, 'causes main --execs 0 --with delete,shutdown');
}
