#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { ModelError, ReplayError } from '../checker/index.ts';
import { Impossible, revisions } from '../spec/index.ts';
import { type CheckFlags, check } from './commands/check.ts';
import { checkAll } from './commands/check-all.ts';
import type { ConformFlags } from './commands/conform.ts';
import type { DiffFlags } from './commands/diff.ts';
import type { GraphFlags } from './commands/graph.ts';
import type { LiveFlags } from './commands/live.ts';
import type { ProveFlags } from './commands/prove.ts';
import type { ReplayFlags } from './commands/replay.ts';
import type { SimulateFlags } from './commands/simulate.ts';
import type { ValidateFlags } from './commands/validate.ts';
import { InputError } from './errors.ts';
import { exitCode } from './exit-codes.ts';
import { boundDefaults, withHelp } from './flags/bound.ts';
import { outputTo } from './flags/output.ts';

const revisionDefault = 'early-exits';
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

function addBound(command: Command): Command {
  return command
    .option('--containers <n>', 'containers in the shim, 1 to 4', boundDefaults.containers)
    .option('--execs <n>', 'execs of each container, 0 to 8', boundDefaults.execs)
    .option('--with <options>', withHelp, boundDefaults.with)
    .option('--output <file>', 'write the result to a file instead of standard output');
}

function addFormat(command: Command, formats: readonly string[]): Command {
  return command.addOption(
    new Option('--format <format>', 'how to print the result').choices(formats).default('text'),
  );
}

// What only some commands need is loaded when they need it: check has to be quick.
const program = new Command('shim-spec')
  .description('In which order may a containerd shim publish that a process started and that it exited?')
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

addFormat(
  addBound(
    program
      .command('check')
      .description('explore every interleaving of a revision up to a bound, and judge every property')
      .argument(
        '[revision]',
        `one of ${revisions.map((revision) => revision.slug).join(', ')}`,
        revisionDefault,
      ),
  ),
  ['text', 'json', 'junit', 'sarif', 'itf'],
)
  .addOption(
    new Option(
      '--engine <engine>',
      'the search: fast; plain, which is slow and obviously right; or symbolic, for bounds with more states than can be listed',
    )
      .choices(['fast', 'plain', 'symbolic'])
      .default('fast'),
  )
  .option(
    '--reduce <reduction>',
    'look at fewer states for the same verdicts: symmetry, or unread with --engine symbolic, or none',
    'none',
  )
  .option('--workers <n>', 'threads that search, or auto for one a core; the outcome is the same', 'auto')
  .option(
    '--show <property>',
    'whose trace to print: a property or witness, all, none, or shortest',
    'shortest',
  )
  .option('--max-depth <steps>', 'do not go deeper than this')
  .option('--max-states <n>', 'stop after this many distinct states')
  .option('--timeout <seconds>', 'stop after this time')
  .option('--memory <size>', 'stop before the stored states take more, in M or G', '2G')
  .option(
    '--checkpoint <file>',
    'write the search to a file as it goes; where the file is there, go on from it, as if it had never stopped',
  )
  .option('--checkpoint-every <seconds>', 'between two of those at least', '60')
  .option(
    '--distinct <n>',
    'list up to n counterexamples of each violated property that differ in whom or what step breaks it',
    '1',
  )
  .option(
    '--profile',
    'say where the states come from: how often each action was taken, and what each table adds',
  )
  .option(
    '--coverage',
    'say what stood in the way of each type of action: at which values of which part of the state, and what never did',
  )
  .option('--coverage-of <text>', 'the same of each single action whose name holds this text')
  .option('--no-continue', 'stop at the first violation instead of judging every property')
  .addHelpText(
    'after',
    `\nExit codes: ${exitCode.holds} all hold, ${exitCode.deadlock} deadlock, ${exitCode.safety} another rule is violated, ${exitCode.incomplete} incomplete, ${exitCode.vacuous} a witness was not reached, ${exitCode.evaluation} the model failed, ${exitCode.usage} usage, ${exitCode.file} a file.`,
  )
  .option('--all', 'check every revision, and print a table of revisions and properties', false)
  .action((slug: string, flags: CheckFlags & { output?: string; all: boolean }) => {
    const output = outputTo(flags.output);
    const isOfOne =
      flags.profile ||
      flags.checkpoint ||
      flags.distinct !== '1' ||
      flags.coverage ||
      flags.coverageOf !== undefined;
    if (flags.all && isOfOne) {
      throw new InputError(
        '--coverage, --profile, --distinct and --checkpoint are of one revision (got --all, allowed a revision): leave one of them out',
        exitCode.usage,
      );
    }
    process.exitCode = flags.all ? checkAll(flags, output) : check(slug, flags, output);
  });

addFormat(
  addBound(
    program
      .command('replay')
      .description('take the steps of a counterexample again')
      .argument('[revision]', 'the revision that it was found in', revisionDefault),
  ),
  ['text', 'json'],
)
  .option('--choices <list>', 'the choices that check printed')
  .option('--trace <file>', 'a report of check --format json, instead of --choices')
  .option('--property <name>', 'whose trace in that report; default: the first that is violated')
  .option('--picture <kind>', 'print a sequence diagram instead: svg, or mermaid')
  .action(async (slug: string, flags: ReplayFlags & { output?: string }) => {
    const { replayCommand } = await import('./commands/replay.ts');
    process.exitCode = replayCommand(slug, flags, outputTo(flags.output));
  });

addFormat(
  addBound(
    program
      .command('diff')
      .description('a shortest events log that one revision allows and another forbids, both ways')
      .argument('<a>', 'a revision')
      .argument('<b>', 'another one'),
  ),
  ['text', 'json'],
)
  .option('--max-states <n>', 'give up where a revision has more states', '1000000')
  .action(async (a: string, b: string, flags: DiffFlags & { output?: string }) => {
    const { diff } = await import('./commands/diff.ts');
    process.exitCode = diff(a, b, flags, outputTo(flags.output));
  });

addFormat(
  addBound(
    program
      .command('live')
      .description(
        'look for weakly fair runs that break a rule about states at rest for ever: deadlocks and livelocks',
      )
      .argument('[revision]', 'the revision', revisionDefault),
  ),
  ['text', 'json'],
)
  .option('--max-states <n>', 'judge nothing where there are more', '1000000')
  .action(async (slug: string, flags: LiveFlags & { output?: string }) => {
    const { live } = await import('./commands/live.ts');
    process.exitCode = live(slug, flags, outputTo(flags.output));
  });

addFormat(
  program
    .command('prove')
    .description(
      'check the argument that proposed keeps its rules with any number of containers, execs and calls',
    )
    .option('--output <file>', 'write the result to a file instead of standard output'),
  ['text', 'json'],
)
  .addOption(
    new Option('--pid-namespace <kind>', 'of the container that is looked at')
      .choices(['private', 'shared', 'both'])
      .default('both'),
  )
  .option('--max-states <n>', 'give up a part that has more', '3000000')
  .addHelpText(
    'after',
    `\nExit codes: ${exitCode.holds} every part holds, ${exitCode.incomplete} one does not, or was cut short: then nothing is shown.`,
  )
  .action(async (flags: ProveFlags & { output?: string }) => {
    const { prove } = await import('./commands/prove.ts');
    process.exitCode = prove(flags, outputTo(flags.output));
  });

addFormat(
  addBound(
    program
      .command('simulate')
      .description(
        'walk at random, for bounds that are too large to be searched: finds violations, proves nothing',
      )
      .argument('[revision]', 'the revision', revisionDefault),
  ),
  ['text', 'json'],
)
  .option('--walks <n>', 'how many walks', '1000')
  .option('--steps <n>', 'steps of a walk at most', '300')
  .option('--seed <n>', 'of the walks; default: by the clock, and printed')
  .action(async (slug: string, flags: SimulateFlags & { output?: string }) => {
    const { simulateCommand } = await import('./commands/simulate.ts');
    process.exitCode = simulateCommand(slug, flags, outputTo(flags.output));
  });

addBound(
  program
    .command('graph')
    .description('write every state and step within a bound, for Graphviz, or for CADP and mCRL2')
    .argument('[revision]', 'the revision', revisionDefault),
)
  .addOption(new Option('--as <kind>', 'the format').choices(['dot', 'aut']).default('dot'))
  .option('--max-states <n>', 'give up where there are more', '100000')
  .action(async (slug: string, flags: GraphFlags & { output?: string }) => {
    const { graphCommand } = await import('./commands/graph.ts');
    process.exitCode = graphCommand(slug, flags, outputTo(flags.output));
  });

program
  .command('conform')
  .description(
    'put a shim before the rules: plain courses, known races made deterministic, generated schedules (as root)',
  )
  .requiredOption('--shim <path>', 'the binary of the shim')
  .option('--runtime <name>', 'the OCI runtime that it is to use', 'runc')
  .option('--spec <revision>', 'the revision whose behaviours are allowed', 'proposed')
  .option('--only <text>', 'only checks whose name holds this; may be given more than once', collect, [])
  .option('--from <file>', 'try the counterexample of a report of check --format json, and nothing else')
  .option('--property <name>', 'whose trace in that report; default: the first that is violated')
  .option('--runs <n>', 'generated schedules; 0 for none', '10')
  .option('--seed <n>', 'of the generated schedules; default: by the clock, and printed')
  .option('--path <path>', 'the generated schedule that was printed with a failure')
  .option('--time-limit <seconds>', 'begin no further generated schedule after this', '120')
  .addOption(
    new Option('--format <format>', 'how to print the result')
      .choices(['text', 'json', 'junit', 'html'])
      .default('text'),
  )
  .option('--output <file>', 'write the result to a file instead of standard output')
  .addHelpText(
    'after',
    `\nExit codes: ${exitCode.holds} conforms, ${exitCode.nonConformant} violates a rule, ${exitCode.unjudged} could not judge, ${exitCode.cannotRun} cannot run here.`,
  )
  .action(async (flags: ConformFlags) => {
    const { conformCommand } = await import('./commands/conform.ts');
    process.exitCode = await conformCommand(flags, outputTo(flags.output));
  });

program
  .command('validate')
  .description(
    'judge a recorded log: ctr events, printed or as JSON lines, or the record of the reference shim',
  )
  .argument('<file>', 'the log; - for standard input')
  .option(
    '--spec <revision>',
    'the revision whose behaviours are allowed; none for the rules alone',
    'proposed',
  )
  .option('--namespace <name>', 'only events of this namespace')
  .option('--breaches <n>', 'how many breaches to show', '5')
  .addOption(
    new Option('--format <format>', 'how to print the result')
      .choices(['text', 'json', 'html'])
      .default('text'),
  )
  .option('--output <file>', 'write the result to a file instead of standard output')
  .addHelpText(
    'after',
    `\nExit codes: ${exitCode.holds} no rule is broken, ${exitCode.rejected} one is, ${exitCode.unjudged} could not judge all, ${exitCode.file} a file.`,
  )
  .action(async (file: string, flags: ValidateFlags & { output?: string }) => {
    const { validateCommand } = await import('./commands/validate.ts');
    process.exitCode = await validateCommand(file, flags, outputTo(flags.output));
  });

program
  .command('explore')
  .description('serve the explorer, which runs the checker in your browser, on this machine')
  .option('--port <n>', 'the port; 0 for any that is free', '8080')
  .action(async (flags: { port: string }) => {
    const { explore } = await import('./commands/explore.ts');
    await explore(flags);
  });

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints what went wrong; a stack only where it is a bug of ours. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.holds : exitCode.usage;
  if (error instanceof InputError) return say(error.message, error.exitCode);
  if (error instanceof ReplayError) return say(error.message, exitCode.replay);
  if (error instanceof ModelError || error instanceof Impossible) {
    return say(`the specification failed, which is a bug of it: ${error.stack}`, exitCode.evaluation);
  }
  throw error;
}

function say(message: string, code: number): number {
  process.stderr.write(`shim-spec: ${message}\n`);
  return code;
}
