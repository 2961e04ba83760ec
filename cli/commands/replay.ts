import { type Command, Option } from 'commander';
import { refusal } from '../../checker/option-checks.ts';
import type { Revision } from '../../spec/index.ts';
import { addBound, type BoundFlags, boundFrom } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { revisionArgument, revisionDefault } from '../flags/revision.ts';

interface ReplayFlags extends BoundFlags {
  readonly choices?: readonly number[];
  readonly trace?: string;
  readonly property?: string;
  readonly picture?: 'svg' | 'mermaid';
  readonly as?: 'go';
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Declares `shim-spec replay`. */
export function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('take the steps of a counterexample again')
    .addArgument(revisionArgument('the revision that it was found in'));
  addBound(command)
    .addOption(
      new Option(
        '--choices <list>',
        'the choices that check printed: numbers separated by commas, or none',
      ).argParser(parseChoices),
    )
    .option('--trace <file>', 'a report of check --format json, instead of --choices')
    .option(
      '--property <name>',
      'whose trace in that report, and what a test asks; default: the first violated one',
    )
    .addOption(new Option('--picture <kind>', 'print a sequence diagram instead').choices(['svg', 'mermaid']))
    .addOption(
      new Option(
        '--as <language>',
        'write a test that brings it about on a real shim, and fails; best with --output race_test.go',
      ).choices(['go']),
    );
  addOutput(addFormat(command, ['text', 'json'])).action(
    async (
      revision: Revision | undefined,
      { choices, trace, property, picture, as, ...flags }: ReplayFlags,
    ) => {
      const { replayTrace, takenFrom } = await import('../run/replay.ts');
      const { format, output } = flags;
      const taken = await takenFrom(
        trace === undefined
          ? {
              revision: revision ?? revisionDefault,
              bound: boundFrom(flags),
              choices: choices ?? missingChoices(),
              property,
            }
          : { report: trace, property },
      );
      if (as === undefined) process.exitCode = replayTrace(taken, { format: picture ?? format, output });
      else {
        const { writeGoTest } = await import('../run/replay-as-go.ts');
        process.exitCode = writeGoTest(taken, output);
      }
    },
  );
  addExample(command, 'replay early-exits --execs 1 --choices 0,0,0,0,0,1,0,0,1,0');
}

function parseChoices(text: string): number[] {
  if (!/^(none|\d+(,\d+)*)$/.test(text))
    throw refusal(
      `--choices ${text} is not a list`,
      '--choices',
      text,
      'numbers separated by commas, or none',
      'copy the replay command that check prints',
    );
  return text === 'none' ? [] : text.split(',').map(Number);
}

function missingChoices(): never {
  throw refusal(
    'replay needs a trace',
    '--choices',
    'neither --choices nor --trace',
    'one of them',
    'copy the replay command that check prints, or give --trace FILE',
  );
}
