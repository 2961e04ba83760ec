import { containerOf, type ProcessId } from '../../spec/index.ts';

/** A process as the Task API names it; the init's exec id is empty. */
export interface ProcessName {
  readonly id: string;
  readonly execId: string;
}

/** The reducer's name for a process. */
export function processIdOf({ id, execId }: ProcessName): ProcessId {
  return execId === '' ? id : `${id}/${execId}`;
}

export function processNameOf(process: ProcessId): ProcessName {
  const id = containerOf(process);
  return { id, execId: process.slice(id.length + 1) };
}
