import { findRevision, isRevisionFile } from '../../render/find-revision.ts';
import type { Revision } from '../../spec/index.ts';
import { loadRevision } from '../run/revision-file.ts';
import type { SearchJob } from './search-job.ts';

const loaded = new Map<string, Promise<Revision>>();

/** The revision that a job names; a module is loaded once. */
export function revisionOfJob({ revision }: SearchJob): Promise<Revision> | Revision {
  if (!isRevisionFile(revision)) return findRevision(revision);
  const before = loaded.get(revision) ?? loadRevision(revision);
  loaded.set(revision, before);
  return before;
}
