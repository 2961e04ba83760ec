import { type Command, Option } from 'commander';
import { refusal } from '../../checker/option-checks.ts';
import type { Revision } from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { integerFlag, seedByClock, seedRange } from '../flags/integer.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { parseRevision } from '../flags/revision.ts';
import type { ConformFormat } from '../run/conform.ts';

interface ConformFlags {
  readonly shim?: string;
  readonly list?: true;
  readonly baseline?: string;
  readonly runtime: string;
  readonly config?: string;
  readonly spec: Revision;
  readonly only: readonly string[];
  readonly from?: string;
  readonly property?: string;
  readonly runs: number;
  readonly seed?: number;
  readonly path?: string;
  /** Seconds. */
  readonly timeLimit: number;
  readonly format: ConformFormat;
  readonly output: Output;
}

/** Declares `shim-spec conform`. */
export function addConform(program: Command): void {
  const command = program
    .command('conform')
    .description(
      'test any shim against the rules: plain scenarios, known races made deterministic, generated schedules (as root)',
    )
    .option('--shim <path>', 'the binary of the shim')
    .option('--list', 'list the checks and their rules, and run none')
    .option('--runtime <name>', 'the OCI runtime that it has to use', 'runc')
    .option(
      '--config <file>',
      "the shim's own configuration, as gVisor's: TOML, given by runtimeoptions.v1.Options with binary_name and root before it",
    )
    .addOption(
      new Option('--spec <revision>', 'the revision whose behaviours are allowed')
        .argParser(parseRevision)
        .default(parseRevision('proposed'), 'proposed'),
    )
    .addOption(
      new Option('--only <text>', 'only checks whose name contains this; may be given more than once')
        .argParser((text: string, before: string[]) => [...before, text])
        .default([], 'every check'),
    )
    .option(
      '--baseline <file>',
      'known failures, as conform --format json writes them, or lines CHECK: RULE; only others fail',
    )
    .option('--from <file>', 'try the counterexample of a report of check --format json, and nothing else')
    .option('--property <name>', 'whose trace in that report; default: the first violated one');
  addSchedules(command);
  addOutput(addFormat(command, ['text', 'json', 'junit', 'html']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} conforms, ${exitCode.nonConformant} violates a rule, ${exitCode.unjudged} could not judge, ${exitCode.cannotRun} cannot run here.`,
    )
    .action(
      async ({
        from,
        property,
        runs,
        seed = seedByClock(),
        path,
        timeLimit,
        spec,
        shim,
        list,
        baseline,
        config,
        ...flags
      }: ConformFlags) => {
        const { conformShim, listText } = await import('../run/conform.ts');
        const generate = { seed, runs, timeLimitMs: 1_000 * timeLimit, ...(path ? { path } : {}) };
        const schedules = runs === 0 ? null : generate;
        if (list) {
          flags.output.write(listText({ only: flags.only, generate: schedules }));
          return;
        }
        process.exitCode = await conformShim({
          ...flags,
          shim: shimOf(shim),
          baseline: baseline ?? null,
          config: config ?? null,
          revision: spec,
          seed,
          generate: schedules,
          counterexample: from === undefined ? null : { file: from, property },
        });
      },
    );
  addExample(command, 'conform --shim /usr/bin/containerd-shim-runc-v2');
}

function shimOf(shim: string | undefined): string {
  if (shim !== undefined) return shim;
  throw refusal(
    '--shim is missing',
    '--shim',
    'nothing',
    'the binary of a shim, as /usr/bin/containerd-shim-runc-v2',
    'name it, or list the checks with --list',
  );
}

/** Which schedules are generated. */
function addSchedules(command: Command): void {
  command
    .addOption(
      integerFlag('--runs <n>', 'generated schedules; 0 for none', { min: 0, max: 1_000_000 }).default(10),
    )
    .addOption(
      integerFlag('--seed <n>', 'of the generated schedules; default: by the clock, and printed', seedRange),
    )
    .addOption(
      new Option('--path <path>', 'the generated schedule that was printed with a failure').argParser(
        parsePath,
      ),
    )
    .addOption(
      integerFlag('--time-limit <seconds>', 'begin no further generated schedule after this', {
        min: 1,
        max: 86_400,
      }).default(120),
    );
}

function parsePath(text: string): string {
  if (/^\d+(:\d+)*$/.test(text)) return text;
  throw refusal(
    `--path ${text} is not a path`,
    '--path',
    text,
    'numbers separated by colons',
    'copy it from the failure',
  );
}
