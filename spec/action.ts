import type { CallId, Pid, ProcessId, ThreadId } from './vocabulary.ts';

/** An action of any revision, as a search or a trace sees it. */
export interface AnyAction {
  readonly type: string;
  readonly call?: CallId;
  readonly thread?: ThreadId;
  readonly process?: ProcessId;
  readonly pid?: Pid;
}

/** A name that is unique among a bound's actions: `RuncForks(create c1, 100)`. */
export function labelOf(action: AnyAction): string {
  const { type, call, thread, process, pid } = action;
  const of = [call, thread, process, pid].filter((part) => part !== undefined);
  return of.length > 0 ? `${type}(${of.join(', ')})` : type;
}
