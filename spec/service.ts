import type { Call } from './environment.ts';
import type { Processes } from './process.ts';
import type { CallId, ContainerId, Exit, Pid, ProcessId, ThreadId } from './vocabulary.ts';

/** What the rules and the traces need to see of a service: every revision's state has it. */
export interface Service extends Processes {
  readonly calls: Record<CallId, Call & { readonly todo?: readonly { readonly process: ProcessId }[] }>;
  readonly mu: ThreadId | null;
  readonly containers: Record<ContainerId, boolean>;
  readonly processExits: { pc: string; e: Exit | null; cps: ProcessId[] };
  /** The tables that came with `early-exits`. */
  readonly running?: Record<Pid, ProcessId[]>;
  readonly exitSubscribers?: Record<CallId, boolean>;
  readonly exits?: Record<CallId, Record<Pid, Exit[]>>;
  /** The tables of `proposed`. */
  readonly starting?: Record<CallId, boolean>;
  readonly held?: Record<ContainerId, { readonly e: Exit | null }>;
  /** A table that came with `running-execs`. */
  readonly containerInitExit?: Record<ContainerId, Exit | null>;
  readonly runningExecs?: Record<ContainerId, number>;
  /** Goroutines that a revision starts besides its handlers and the exit loop. */
  readonly goroutines?: Record<ThreadId, { pc: string }>;
}
