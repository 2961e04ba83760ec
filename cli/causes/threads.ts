import { Worker } from 'node:worker_threads';
import { searchSession } from '../thread/session.ts';
import { graphKeyOf, type JobFailure, type JobResult, type SearchJob } from './search-job.ts';
import { errorOf, type Searchers } from './searchers.ts';

/** What the build makes of search-thread.ts: Node starts a thread from a file of JavaScript. */
const threadFile = new URL('./search-thread.js', import.meta.url);

type Answer =
  | { readonly kind: 'searched'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly failure: JobFailure };

/** Threads of this process, which search a set each. @param size from 1 on */
export function startThreads(size: number): Searchers {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  /** The graph that each has searched in last. */
  const graphs = new Map<Worker, string>();
  let isClosed = false;
  const start = (): Worker => {
    const worker = new Worker(threadFile, { workerData: searchSession() });
    worker.unref();
    all.add(worker);
    return worker;
  };
  /** An idle thread, at best the one that has searched in this graph last. */
  const takeIdle = (graph: string): Worker | undefined => {
    const at = idle.findLastIndex((worker) => graphs.get(worker) === graph);
    return at < 0 ? idle.pop() : idle.splice(at, 1)[0];
  };
  return {
    room: size,
    search: async (job) => {
      const graph = graphKeyOf(job);
      const worker = takeIdle(graph) ?? start();
      graphs.set(worker, graph);
      try {
        const result = await answerOf(worker, job);
        idle.push(worker);
        return result;
      } finally {
        // terminate() has a reference of its own; without it nothing would wait for the thread's end.
        if (!isClosed) worker.unref();
      }
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function answerOf(worker: Worker, job: SearchJob): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
    };
    const onError = (error: Error): void => end(() => reject(error));
    const onExit = (): void => end(() => reject(new Error('a thread of the search has ended')));
    const onMessage = (answer: Answer): void => {
      if (answer.kind === 'searched') end(() => resolve(answer.result));
      else if (answer.kind === 'failed') end(() => reject(errorOf(answer.failure)));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit).ref();
    worker.postMessage(job);
  });
}
