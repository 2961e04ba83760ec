import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import type { Revision } from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { integerFlag } from '../flags/integer.ts';
import { type MetricsAddress, metricsAddress } from '../flags/metrics-address.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { plainName, redisUrl } from '../flags/redis-url.ts';
import { parseRevision } from '../flags/revision.ts';

interface WatchFlags {
  readonly address: string;
  readonly namespace?: string;
  /** What commander makes of null would be an empty text. */
  readonly spec: Revision | 'none';
  readonly metrics?: MetricsAddress;
  readonly format: 'text' | 'json';
  readonly output: Output;
  readonly to?: string;
  readonly node: string;
  readonly keep: number;
}

/** Declares `shim-spec watch`. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('judge the events of a running containerd as they come, until a signal ends it')
    .option('--address <socket>', "containerd's gRPC socket", '/run/containerd/containerd.sock')
    .option('--namespace <name>', 'only events of this namespace')
    .addOption(
      new Option('--spec <revision>', 'the revision whose behaviours are allowed; none for the rules alone')
        .argParser((slug: string) => (slug === 'none' ? slug : parseRevision(slug)))
        .default(parseRevision('proposed'), 'proposed'),
    )
    .addOption(
      new Option(
        '--metrics <address>',
        'serve metrics for Prometheus on this port of 127.0.0.1, or HOST:PORT',
      ).argParser(metricsAddress),
    )
    .addOption(
      new Option(
        '--to <url>',
        'judge nothing here, and bring the events to this Redis, for shim-spec judge',
      ).argParser(redisUrl),
    )
    .addOption(
      new Option('--node <name>', 'what this machine is called among those of the fleet')
        .argParser(plainName)
        .default(hostname(), "the machine's name"),
    )
    .addOption(
      integerFlag('--keep <n>', 'how many events Redis holds at most, about', {
        min: 1_000,
        max: 1_000_000_000,
      }).default(1_000_000),
    );
  addOutput(addFormat(command, ['text', 'json']))
    .addHelpText(
      'after',
      `\n--format json writes an object a line: a breach, a gap, or the end.\nExit codes: ${exitCode.holds} no rule was broken, ${exitCode.rejected} one was.`,
    )
    .action(async ({ spec, to, ...flags }: WatchFlags) => {
      if (to !== undefined) {
        const { shipEvents } = await import('../fleet/ship.ts');
        process.exitCode = await shipEvents({ ...flags, to });
        return;
      }
      const { watchContainerd } = await import('../watch/watch.ts');
      process.exitCode = await watchContainerd({ ...flags, revision: spec === 'none' ? null : spec });
    });
  addExample(command, 'watch --namespace k8s.io --metrics :9464');
}
