import { type Command, Option } from 'commander';
import type { Engine } from '../../checker/limits.ts';
import type { Revision } from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import { addBound, type BoundFlags, boundFrom } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { integerFlag } from '../flags/integer.ts';
import { addLimits, type LimitFlags, limitsFrom } from '../flags/limits.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { revisionDefault, revisionsArgument } from '../flags/revision.ts';
import { spellFlag } from '../flags/spelling.ts';
import { workersFlag } from '../flags/workers.ts';
import type { CheckFormat, CheckRequest } from '../run/search.ts';

interface CheckFlags extends BoundFlags, LimitFlags {
  readonly engine: Engine;
  readonly reduce: 'symmetry' | 'unread' | 'none';
  readonly shortest?: true;
  /** null for as many as help. */
  readonly workers: number | null;
  readonly show: string;
  readonly distinct: number;
  readonly checkpoint?: string;
  /** Seconds. */
  readonly checkpointEvery: number;
  readonly certificate?: string;
  readonly profile?: true;
  readonly coverage?: true;
  readonly coverageOf?: string;
  readonly all?: true;
  readonly format: CheckFormat;
  readonly output: Output;
}

/** Declares `shim-spec check`. */
export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('explore every interleaving of a revision up to a bound, and judge every property')
    .addArgument(revisionsArgument('what to check, several side by side'));
  addBound(command);
  addSearch(command);
  addLimits(command);
  addReports(command);
  addOutput(addFormat(command, ['text', 'json', 'junit', 'sarif', 'itf']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} all hold, ${exitCode.deadlock} deadlock, ${exitCode.safety} another rule is violated, ${exitCode.incomplete} incomplete, ${exitCode.vacuous} a witness was not reached, ${exitCode.evaluation} a bug in the model, ${exitCode.usage} usage, ${exitCode.file} a file.`,
    )
    .action(async (given: readonly Revision[], flags: CheckFlags) => {
      const [revision = revisionDefault, ...others] = given;
      if (others.length > 0) {
        const { checkSeveral } = await import('../run/check-several.ts');
        process.exitCode = checkSeveral([revision, ...others], requestOf(flags));
      } else if (flags.all) {
        const { checkAll } = await import('../run/check-all.ts');
        process.exitCode = checkAll(requestOf(flags));
      } else {
        const { checkRevision } = await import('../run/check.ts');
        process.exitCode = checkRevision(revision, requestOf(flags));
      }
    });
  addExample(command, 'check main --execs 1');
}

/** How to search. */
function addSearch(command: Command): void {
  command
    .addOption(
      new Option(
        `${spellFlag('engine')} <engine>`,
        'fast; plain, which is slow and simple enough to trust; or symbolic, which writes sets of states as decision diagrams, for bounds with more states than can be listed',
      )
        .choices(['fast', 'plain', 'symbolic'])
        .default('fast'),
    )
    .addOption(
      new Option(
        `${spellFlag('reduction')} <reduction>`,
        'look at less for the same verdicts: symmetry, with --engine fast, takes states for one that differ in names alone; unread, with --engine symbolic, leaves out what no step and no rule reads',
      )
        .choices(['symmetry', 'unread', 'none'])
        .default('none'),
    )
    .option(
      spellFlag('shortest'),
      'find shortest counterexamples with --engine symbolic, which takes longer; those of the others are',
    )
    .addOption(workersFlag())
    .option(
      '--checkpoint <file>',
      'save the search to this file as it goes; the same command resumes from it, with the outcome of one run',
    )
    .addOption(
      integerFlag('--checkpoint-every <seconds>', 'the least time between two checkpoints', {
        min: 0,
        max: 86_400,
      }).default(60),
    )
    .option(
      '--certificate <file>',
      'write the states of a complete search to this file, those of --engine symbolic as a decision diagram; shim-spec verify-certificate confirms them without the engines',
    );
}

/** What to tell of the search. */
function addReports(command: Command): void {
  command
    .option(
      '--show <property>',
      'whose trace to print: a property or witness, all, none, or shortest',
      'shortest',
    )
    .addOption(
      integerFlag(
        '--distinct <n>',
        'list up to n counterexamples of each violated property that differ in the subject or in the step that breaks it',
        { min: 1, max: 1_000 },
      ).default(1),
    )
    .option(
      '--profile',
      'print how often each action was taken, which never was, and how many states there would be without each table',
    )
    .option(
      '--coverage',
      'print of each type of action how often it was taken, which parts of the state stopped it and at which values, what it read to no effect, and how far actions got that were never taken',
    )
    .option('--coverage-of <text>', 'the same for each single action whose name contains this text')
    .option('--all', 'check every revision, and print a table of revisions and properties');
}

function requestOf({
  distinct,
  checkpoint,
  certificate,
  show,
  engine,
  format,
  output,
  ...flags
}: CheckFlags): CheckRequest {
  return {
    bound: boundFrom(flags),
    limits: limitsFrom(flags),
    ...{ engine, show, distinct, format, output },
    reduction: flags.reduce === 'none' ? null : flags.reduce,
    isShortest: flags.shortest === true,
    workers: flags.workers,
    checkpoint:
      checkpoint === undefined ? null : { file: checkpoint, everyMs: 1_000 * flags.checkpointEvery },
    certificate: certificate ?? null,
    isProfiled: flags.profile === true,
    coverage: flags.coverageOf ?? (flags.coverage ? '' : null),
  };
}
