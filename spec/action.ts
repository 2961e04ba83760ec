/**
 * What all actions have in common: a search and a trace tell them apart by these fields.
 *
 * @module
 */
import type { CallId, Pid, ProcessId, ThreadId } from './vocabulary.ts';

/** An action of any revision, as a search or a trace sees it. */
export interface AnyAction {
  /** Its name: `RuncForks`, `ShimReplies`. */
  readonly type: string;
  /** The call whose handler takes it, or that is sent. */
  readonly call?: CallId;
  /** The goroutine that takes it, where that is no handler. */
  readonly thread?: ThreadId;
  /** The process that it happens to. */
  readonly process?: ProcessId;
  /** The pid that the kernel gives. */
  readonly pid?: Pid;
}

/** A name that is unique among a bound's actions: `RuncForks(create c1, 100)`. */
export function labelOf(action: AnyAction): string {
  const { type, call, thread, process, pid } = action;
  const of = [call, thread, process, pid].filter((part) => part !== undefined);
  return of.length > 0 ? `${type}(${of.join(', ')})` : type;
}
