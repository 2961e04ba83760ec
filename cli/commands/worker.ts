import type { Command } from 'commander';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { redisUrl } from '../flags/redis-url.ts';
import { workersFlag } from '../flags/workers.ts';

interface WorkerFlags {
  readonly queue: string;
  /** null for as many as help. */
  readonly workers: number | null;
}

/** Declares `shim-spec worker`. */
export function addWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('search what causes --queue files, on any machine, until it is ended')
    .requiredOption('--queue <url>', 'the Redis whose jobs it takes, redis://HOST:PORT', redisUrl)
    .addOption(workersFlag())
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} ended by Ctrl-C or SIGTERM, ${exitCode.usage} usage, a queue of another version or a job of other code, ${exitCode.file} no Redis that answers.`,
    )
    .action(async (flags: WorkerFlags) => {
      const { work } = await import('../run/worker.ts');
      process.exitCode = await work(flags);
    });
  addExample(command, 'worker --queue redis://10.0.0.5:6379');
}
