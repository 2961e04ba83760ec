import { randomUUID } from 'node:crypto';
import type { Job, Queue, QueueEvents } from 'bullmq';
import { ModelError } from '../../checker/misuse.ts';
import type { Revision } from '../../spec/index.ts';
import { loadBullmq } from '../beside.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { keyOf } from './cache.ts';
import { connectQueue, type QueuedJob, queueName } from './redis.ts';
import { flawInModel, isFailure } from './result-check.ts';
import { revisionOfJob } from './revision-of-job.ts';
import { graphKeyOf, type JobFailure, type JobResult, jobText, type SearchJob } from './search-job.ts';
import { errorOf, type Searchers } from './searchers.ts';

/** Jobs that may wait or run at a time; verdicts withdraw those that wait. */
const room = 32;
/** A worker with other code refuses a job and ends, so each such worker takes one attempt. */
const attempts = 1_000;
const pollMs = 100;

/**
 * Searches on the workers of a queue. A job that Redis has lost, as by a restart, is filed again; a search is a function of its
 * job, so it does not matter how often it is made.
 *
 * @throws InputError where the queue cannot be used
 */
export async function searchOnQueue(url: string, codeOf: (job: SearchJob) => string): Promise<Searchers> {
  const { Queue, QueueEvents } = await loadBullmq();
  const connection = await connectQueue(url);
  const queue: Queue<QueuedJob<SearchJob>, JobResult> = new Queue(queueName, { connection });
  queue.on('error', () => undefined);
  const ends = new Ends(new QueueEvents(queueName, { connection }));
  // Two sweeps share no jobs: one of them would withdraw the other's.
  const sweep = randomUUID();
  /** Whether each job was taken back, once Redis has said so. */
  const withdrawals = new Map<string, Promise<boolean>>();
  const open = new Set<string>();
  const rankOf = ranksOfGraphs();
  const idOf = (job: SearchJob): string => `${sweep}-${keyOf(job, codeOf(job))}`;
  const file = (job: SearchJob): Promise<unknown> =>
    queue.add(
      'search',
      { job, code: codeOf(job) },
      { jobId: idOf(job), priority: rankOf(job), attempts, removeOnFail: false },
    );
  const remove = (id: string): Promise<unknown> => queue.remove(id).catch(() => 0);
  let isClosed = false;
  return {
    room,
    search: async (job) => {
      const id = idOf(job);
      await withdrawals.get(id);
      withdrawals.delete(id);
      open.add(id);
      await file(job);
      while (!isClosed && !(await withdrawals.get(id))) {
        const found: Job<QueuedJob<SearchJob>, JobResult> | undefined = await queue.getJob(id);
        if (!found && !withdrawals.has(id)) await file(job);
        if (found?.finishedOn) {
          open.delete(id);
          await remove(id);
          return resultOf(found, job, await revisionOfJob(job));
        }
        await ends.pause(id);
      }
      open.delete(id);
      return { end: 'interrupt', states: 0, rules: [] };
    },
    withdraw: (job) => {
      const id = idOf(job);
      if (withdrawals.has(id)) return;
      // A job that runs stays: its worker has it.
      const isTaken = queue.remove(id).then(
        (count) => count > 0,
        () => false,
      );
      withdrawals.set(id, isTaken);
      void isTaken.then((is) => {
        if (is) ends.wake(id);
        else withdrawals.delete(id);
      });
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...open].map(remove));
      await ends.close();
      await queue.close();
      connection.disconnect();
    },
  };
}

/**
 * Numbers from 1 on, one for the jobs of each graph, in the order in which these came. As the priority of a job: a worker
 * keeps few graphs, so all work on the first ones before they begin others.
 */
function ranksOfGraphs(): (job: SearchJob) => number {
  const ranks = new Map<string, number>();
  return (job) => {
    const key = graphKeyOf(job);
    const rank = ranks.get(key) ?? ranks.size + 1;
    ranks.set(key, rank);
    return rank;
  };
}

/** Tells when a job has ended. What it misses, as while Redis is away, is found by looking now and then. */
class Ends {
  readonly #events: QueueEvents;
  readonly #waiting = new Map<string, () => void>();

  constructor(events: QueueEvents) {
    this.#events = events;
    events.on('error', () => undefined);
    events.on('completed', ({ jobId }) => this.wake(jobId));
    events.on('failed', ({ jobId }) => this.wake(jobId));
  }

  /** Waits until a job ends, and at most for {@link pollMs}. */
  pause(id: string): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(id), pollMs);
      this.#waiting.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  wake(id: string): void {
    const wake = this.#waiting.get(id);
    this.#waiting.delete(id);
    wake?.();
  }

  close(): Promise<void> {
    return this.#events.close();
  }
}

function resultOf(
  job: Job<QueuedJob<SearchJob>, JobResult>,
  asked: SearchJob,
  revision: Revision,
): JobResult {
  const { returnvalue, failedReason = '' } = job;
  if (!returnvalue && failedReason !== '') throw errorOf(failureIn(failedReason));
  const flaw = flawInModel(returnvalue, asked, revision);
  if (flaw === null) return returnvalue;
  throw new InputError(
    `the queue has another answer than a worker gives (got ${flaw}, allowed the result of ${jobText(asked)}): let only shim-spec write to that Redis`,
    exitCode.file,
  );
}

/** What a worker says of a bug in a model, which no other worker would search better. */
function failureIn(reason: string): JobFailure {
  try {
    const failure: unknown = JSON.parse(reason);
    if (isFailure(failure)) return failure;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { name: ModelError.name, message: reason };
}
