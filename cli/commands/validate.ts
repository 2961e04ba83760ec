import { type Command, Option } from 'commander';
import { findRevision } from '../../render/find-revision.ts';
import type { Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { integerFlag } from '../flags/integer.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { parseRevision } from '../flags/revision.ts';

interface ValidateFlags {
  /** What commander makes of null would be an empty text. */
  readonly spec: Revision | 'none';
  readonly namespace?: string;
  readonly breaches: number;
  readonly steps?: string;
  readonly revision?: Revision;
  readonly format: 'text' | 'json' | 'html';
  readonly output: Output;
}

/** Declares `shim-spec validate`. */
export function addValidate(program: Command): void {
  const command = program
    .command('validate')
    .description(
      "judge recorded logs: ctr events behind any prefix, containerd's journal, events as JSON, plain or compressed",
    )
    .argument('[paths...]', 'files and folders that are one log; - for standard input')
    .addOption(
      new Option('--spec <revision>', 'the revision whose behaviours are allowed; none for the rules alone')
        .argParser((slug: string) => (slug === 'none' ? slug : parseRevision(slug)))
        .default(parseRevision('proposed'), 'proposed'),
    )
    .option('--namespace <name>', 'only events of this namespace')
    .addOption(
      integerFlag('--breaches <n>', 'how many groups of breaches to show', {
        min: 0,
        max: 1_000_000,
      }).default(5),
    );
  command
    .option(
      '--steps <file>',
      "take the record of a shim's own steps through a revision, in place of a log; - for standard input",
    )
    .addOption(
      new Option('--revision <revision>', 'with --steps: the revision that the record is of')
        .argParser(parseRevision)
        .conflicts(['spec', 'namespace', 'breaches']),
    );
  addOutput(addFormat(command, ['text', 'json', 'html']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} no rule is broken, ${exitCode.rejected} one is, ${exitCode.unjudged} could not judge all, ${exitCode.file} a file.`,
    )
    .action(
      async (paths: string[], { spec, breaches, steps, revision: recorded, ...flags }: ValidateFlags) => {
        if (steps !== undefined) {
          const { validateSteps } = await import('../steps/validate-steps.ts');
          process.exitCode = await validateSteps(steps, {
            ...flags,
            paths,
            revision: recorded ?? findRevision('main'),
          });
          return;
        }
        requireLog(paths, recorded);
        const { validateLog } = await import('../run/validate.ts');
        const revision = spec === 'none' ? null : spec;
        process.exitCode = await validateLog(paths, { ...flags, revision, breachesMax: breaches });
      },
    );
  addExample(command, 'validate events.log --spec main');
}

function requireLog(paths: readonly string[], recorded: Revision | undefined): void {
  if (paths.length === 0)
    throw new InputError(
      'validate has nothing to judge (got no path, allowed the files of a log, or --steps FILE): name one',
      exitCode.usage,
    );
  if (recorded !== undefined)
    throw new InputError(
      `--revision goes with --steps (got --revision ${recorded.slug} alone): for a log of events say --spec ${recorded.slug}`,
      exitCode.usage,
    );
}
