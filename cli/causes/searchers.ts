import { ModelError } from '../../checker/misuse.ts';
import type { Revision } from '../../spec/index.ts';
import { type JobFailure, type JobResult, runJob, type SearchJob } from './search-job.ts';

/** Whoever searches sets for a sweep: this thread, others, or other machines. */
export interface Searchers {
  /** How many jobs it takes at a time. */
  readonly room: number;
  /** It ends with `interrupt` where it was cancelled, or the job was taken back, or these searchers were closed. */
  readonly search: (job: SearchJob) => Promise<JobResult>;
  /** Takes back a job that nobody needs any more, unless it has begun. */
  readonly withdraw?: (job: SearchJob) => void;
  readonly close: () => Promise<void>;
}

/** Searches in this thread, one set after the other. */
export function searchHere(
  revisions: readonly Revision[],
  isCancelled: () => boolean = () => false,
): Searchers {
  const byName = new Map(revisions.map((revision) => [nameOf(revision), revision]));
  return {
    room: 1,
    search: async (job) => runJob(job, byName.get(job.revision) as Revision, isCancelled),
    close: async () => undefined,
  };
}

/** How jobs name a revision. */
export function nameOf({ slug, file }: Revision): string {
  return file ?? slug;
}

/** The error that a search elsewhere has ended with. */
export function errorOf({ name, message }: JobFailure): Error {
  return name === 'ModelError' ? new ModelError(message) : new Error(message);
}

/** An error as plain data. */
export function failureOf(error: unknown): JobFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  return { name: error instanceof ModelError ? 'ModelError' : error.name, message: error.message };
}
