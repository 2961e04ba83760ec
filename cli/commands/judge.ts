import { type Command, Option } from 'commander';
import type { Revision } from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { plainName, redisUrl } from '../flags/redis-url.ts';
import { parseRevision } from '../flags/revision.ts';

interface JudgeFlags {
  readonly from: string;
  readonly group: string;
  /** What commander makes of null would be an empty text. */
  readonly spec: Revision | 'none';
  readonly drain: boolean;
  readonly report: boolean;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Declares `shim-spec judge`. */
export function addJudge(program: Command): void {
  const command = program
    .command('judge')
    .description("judge a fleet's events, which watch --to brings to Redis; start it as often as you like")
    .addOption(
      new Option('--from <url>', 'the Redis that holds them: redis://HOST:PORT/DATABASE')
        .argParser(redisUrl)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--group <name>', 'the workers that share the events out; each group judges all of them')
        .argParser(plainName)
        .default('judge'),
    )
    .addOption(
      new Option('--spec <revision>', 'the revision whose behaviours are allowed; none for the rules alone')
        .argParser((slug: string) => (slug === 'none' ? slug : parseRevision(slug)))
        .default(parseRevision('proposed'), 'proposed'),
    )
    .option('--drain', 'end once every event that is there is judged', false)
    .option('--report', 'print what all workers of the group have found, and judge nothing', false);
  addOutput(addFormat(command, ['text', 'json']))
    .addHelpText(
      'after',
      `\n--format json writes an object a line: a breach, or the end.\nExit codes: ${exitCode.holds} no rule was broken, ${exitCode.rejected} one was, ${exitCode.unjudged} (--report) something is not judged.`,
    )
    .action(async ({ spec, report, ...flags }: JudgeFlags) => {
      const { judgeFleet, reportFleet } = await import('../fleet/judge.ts');
      const revision = spec === 'none' ? null : spec;
      process.exitCode = await (report ? reportFleet(flags) : judgeFleet({ ...flags, revision }));
    });
  addExample(command, 'judge --from redis://redis.example:6379 --group fleet');
}
