import { availableParallelism } from 'node:os';
import { searchRanges } from '../../checker/plan.ts';
import { addressText } from '../../conformance/fleet/redis.ts';
import { loadBullmq } from '../beside.ts';
import { codeHashOf } from '../causes/code-hash.ts';
import { connectQueue, type QueuedJob, queueName } from '../causes/redis.ts';
import { flawOfJob } from '../causes/result-check.ts';
import { revisionOfJob } from '../causes/revision-of-job.ts';
import type { JobResult, SearchJob } from '../causes/search-job.ts';
import { failureOf } from '../causes/searchers.ts';
import { startThreads } from '../causes/threads.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { interruption, printComplaint, printResult, showStatus } from '../thread/session.ts';

/** A worker that is gone for this long gives its jobs to others. */
const lockMs = 10_000;
const stalledMs = 5_000;
/** How often a job may lose its worker before it counts as failed. */
const stalledMax = 100;

/** What `shim-spec worker` is asked for. */
interface WorkerRequest {
  readonly queue: string;
  /** Threads; null for one per core. */
  readonly workers: number | null;
}

/** `shim-spec worker`: searches what sweeps file, until it is ended. @returns the exit code */
export async function work({ queue: url, workers }: WorkerRequest): Promise<number> {
  const { UnrecoverableError, Worker } = await loadBullmq();
  const connection = await connectQueue(url);
  const size = workers ?? Math.min(searchRanges.crew.max, availableParallelism());
  const threads = startThreads(size);
  let searched = 0;
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const worker = new Worker<QueuedJob<SearchJob>, JobResult>(
    queueName,
    async ({ data }) => {
      const flaw = flawOfJob(data?.job);
      // No other worker would take it.
      if (flaw !== null) throw new UnrecoverableError(JSON.stringify(failureOf(senseless(flaw))));
      const revision = await revisionOfJob(data.job);
      const code = codeHashOf(revision);
      if (code !== data.code) {
        end(exitCode.usage);
        throw new InputError(refusal(revision.slug, data.code, code), exitCode.usage);
      }
      try {
        const result = await threads.search(data.job);
        if (result.end === 'interrupt') throw new InputError('this worker was ended', exitCode.incomplete);
        return result;
      } catch (error) {
        if (error instanceof InputError) throw error;
        throw new UnrecoverableError(JSON.stringify(failureOf(error)));
      }
    },
    {
      connection,
      concurrency: size,
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      maxStalledCount: stalledMax,
    },
  );
  // A Redis that is away comes back, or the user ends the worker.
  worker.on('error', () => undefined);
  worker.on('failed', (_, error) => {
    if (error instanceof InputError) printComplaint(`shim-spec: ${error.message}\n`);
  });
  worker.on('completed', () => showStatus(`${++searched} sets searched for ${addressText(url)}`));
  interruption().addEventListener('abort', () => end(exitCode.holds));
  await worker.waitUntilReady();
  printResult(`${size} ${size === 1 ? 'thread' : 'threads'} for ${addressText(url)}; Ctrl-C ends it\n`);
  const exit = await ended;
  await worker.close();
  await threads.close();
  connection.disconnect();
  return exit;
}

function senseless(flaw: string): Error {
  const message = `the queue has what is no job (got ${flaw}, allowed what causes --queue files): let only shim-spec write to that Redis`;
  printComplaint(`shim-spec: ${message}\n`);
  return new InputError(message, exitCode.file);
}

function refusal(slug: string, wanted: string, own: string): string {
  return `this worker refuses a job of ${slug} (got one of the code ${wanted.slice(0, 16)}, allowed ${own.slice(0, 16)}): install the same version here as where causes runs`;
}
