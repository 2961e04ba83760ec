import { useEffect, useRef, useState } from 'preact/hooks';
import { type Bound, revisions } from '../../spec/index.ts';
import type { Column, Order, Told } from './worker.ts';

/** The worker's code, put here by the build: a page from a file may not load a worker from another file. */
declare const workerSource: string;

const statesMax = 3_000_000;

/** How far the search of a revision is. */
export interface Running {
  readonly revision: string;
  readonly states: number;
  readonly depth: number;
}

/** The checker in a thread of its own, and what it has found within a bound. */
interface Checker {
  readonly columns: ReadonlyMap<string, Column>;
  /** null where it does nothing. */
  readonly running: Running | null;
  /** Why a search failed; empty where none did. */
  readonly failure: string;
  readonly check: (slugs: readonly string[]) => void;
  readonly stop: () => void;
}

const workerUrl = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));

const startWorker = (): Worker => new Worker(workerUrl);

export function useChecker(bound: Bound): Checker {
  const [columns, setColumns] = useState<ReadonlyMap<string, Column>>(new Map());
  const [running, setRunning] = useState<Running | null>(null);
  const [failure, setFailure] = useState('');
  const worker = useRef<Worker | null>(null);
  const isBusy = useRef(false);
  // It is started with the page, since to start it takes about as long as a small search.
  useEffect(() => {
    worker.current = startWorker();
    return () => worker.current?.terminate();
  }, []);
  const rest = (): void => {
    isBusy.current = false;
    setRunning(null);
  };
  const stop = (): void => {
    if (isBusy.current) {
      worker.current?.terminate();
      worker.current = startWorker();
    }
    rest();
  };
  // What was found within another bound is not shown beside this one.
  useEffect(() => {
    stop();
    setColumns(new Map());
  }, [JSON.stringify(bound)]);
  const check = (slugs: readonly string[]): void => {
    stop();
    setColumns(new Map());
    setFailure('');
    const thread = worker.current;
    if (!thread) return;
    isBusy.current = true;
    const left = [...slugs];
    const next = (): void => {
      const slug = left.shift();
      if (slug === undefined) {
        rest();
        return;
      }
      setRunning({ revision: slug, states: 0, depth: 0 });
      thread.postMessage({ revision: slug, bound, statesMax } satisfies Order);
    };
    thread.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data.kind === 'progress') {
        setRunning(data);
        return;
      }
      if (data.kind === 'result')
        setColumns((before) => new Map([...before, [data.column.revision, data.column]]));
      else setFailure(`${data.revision}: ${data.message}`);
      next();
    };
    next();
  };
  return { columns, running, failure, check, stop };
}

/** Every revision by its name. */
export const slugs: readonly string[] = revisions.map(({ slug }) => slug);
