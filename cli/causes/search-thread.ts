/** A thread of {@link startThreads}: searches one set after the other. */
import { parentPort } from 'node:worker_threads';
import { isInterrupted } from '../thread/session.ts';
import { revisionOfJob } from './revision-of-job.ts';
import { runJob, type SearchJob } from './search-job.ts';
import { failureOf } from './searchers.ts';

parentPort?.on('message', async (job: SearchJob) => {
  try {
    const result = runJob(job, await revisionOfJob(job), isInterrupted);
    parentPort?.postMessage({ kind: 'searched', result });
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', failure: failureOf(error) });
  }
});
