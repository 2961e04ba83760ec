import type { Command, Option } from 'commander';
import { environmentNames } from '../../render/bound.ts';
import { noOptions, type Options, type Revision, revisions } from '../../spec/index.ts';
import type { Shard } from '../causes/shards/shards.ts';
import { exitCode } from '../exit-codes.ts';
import { addExtent, type BoundFlags, boundFrom, withFlag } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { integerFlag } from '../flags/integer.ts';
import { addSizeLimits, limitsFrom, type SizeLimitFlags } from '../flags/limits.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { redisUrl } from '../flags/redis-url.ts';
import { revisionArgument, revisionDefault } from '../flags/revision.ts';
import { shardFlag } from '../flags/shard.ts';
import { workersFlag } from '../flags/workers.ts';

interface CausesFlags extends BoundFlags, SizeLimitFlags {
  /** null for as many as help. */
  readonly workers: number | null;
  readonly all?: true;
  readonly cache?: string;
  readonly queue?: string;
  readonly shard?: Shard;
  /** Its port. */
  readonly ui?: number;
  readonly format: 'text' | 'json' | 'svg';
  readonly output: Output;
}

const everyOption = Object.fromEntries(
  Object.keys(noOptions).map((name) => [name, true]),
) as unknown as Options;

/** Of each search: a set with more states is unknown. */
const statesMaxDefault = 100_000;

/** `--ui`: a port. */
function uiFlag(): Option {
  const flag = integerFlag('--ui [port]', 'show a page on this machine that fills as the sweep goes', {
    min: 0,
    max: 65_535,
  });
  return flag.preset(0);
}

/** Declares `shim-spec causes`. */
export function addCauses(program: Command): void {
  const command = program
    .command('causes')
    .description(
      'for each rule find the minimal sets of options that break it, and the maximal sets under which it holds',
    )
    .addArgument(revisionArgument('what to ask about'));
  addExtent(command, { containers: 1, execs: 1 })
    .addOption(
      withFlag('the options that may be in a set, without parts of the road', everyOption, environmentNames),
    )
    .option('--all', 'ask of every revision')
    .addOption(workersFlag())
    .option(
      '--cache <folder>',
      'take what an earlier search has said of the same code, set and limits from this folder',
    )
    .option(
      '--queue <url>',
      'have the sets searched by shim-spec worker over this Redis, redis://HOST:PORT',
      redisUrl,
    )
    .addOption(
      shardFlag(
        'answer a part of the question, and write a file for shim-spec merge: as many parts as revisions, twice that with shared-pid-namespace; without --output it is printed',
      ),
    )
    .addOption(uiFlag());
  addSizeLimits(command, statesMaxDefault);
  addOutput(addFormat(command, ['text', 'json', 'svg']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} every set is judged for every rule, ${exitCode.incomplete} some are unknown, ${exitCode.evaluation} a bug in the model, ${exitCode.usage} usage, ${exitCode.file} a file.`,
    )
    .action(async (revision: Revision | undefined, flags: CausesFlags) => {
      const { causes } = await import('../run/causes.ts');
      const { workers, format, output, cache = null, queue = null, shard = null, ui = null } = flags;
      const { timeoutMs, statesMax, memoryMaxBytes } = limitsFrom({ ...flags, continue: true });
      process.exitCode = await causes({
        question: {
          revisions: flags.all ? revisions : [revision ?? revisionDefault],
          bound: boundFrom(flags),
          limits: {
            ...(statesMax === undefined ? {} : { statesMax }),
            ...(timeoutMs === undefined ? {} : { timeoutMs }),
            ...(memoryMaxBytes === undefined ? {} : { memoryMaxBytes }),
          },
        },
        ...{ isAll: flags.all === true, workers, cache, queue, shard, ui, format, output },
      });
    });
  addExample(command, 'causes main --execs 0 --with delete,shutdown');
}
