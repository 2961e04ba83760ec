/**
 * What revisions have in common, so that rules, traces and pictures can be written once. A table that a single revision
 * has is not here: the revision itself says what rules it brings.
 *
 * @module
 */
import type { Call } from './environment.ts';
import type { Processes } from './process.ts';
import type { CallId, ContainerId, Exit, Pid, ProcessId, ThreadId } from './vocabulary.ts';

/** A call, with the exits that its handler has still to publish. */
export interface ServiceCall extends Call {
  /** Exits that came before the start returned. */
  readonly todo?: readonly OwedExit[];
}

/** An exit that a handler publishes for the exit loop. */
export interface OwedExit {
  /** Whose exit it is. */
  readonly process: ProcessId;
}

/** How a service has stopped: the Go runtime panicked, Shutdown ended it, somebody killed it. */
export type Stopped = 'panicked' | 'ended' | 'crashed';

/** The goroutine `processExits`, as far as all revisions have it. */
export interface ServiceExitLoop {
  /** Where it stands. */
  pc: string;
  /** The exit in its hands. */
  e: Exit | null;
  /** The processes that the exit belongs to, those that are not dealt with yet. */
  cps: ProcessId[];
}

/** A goroutine besides the handlers and the exit loop. */
export interface Goroutine {
  /** Where it stands. */
  pc: string;
}

/** What the rules and the traces need to see of a service: every revision's state has it. */
export interface Service extends Processes {
  /** Every call with its handler's frame. */
  readonly calls: Record<CallId, ServiceCall>;
  /** The thread that holds `s.mu`. */
  readonly mu: ThreadId | null;
  /** Whether `s.containers` has an entry. */
  readonly containers: Record<ContainerId, boolean>;
  /** The goroutine that handles exits. */
  readonly processExits: ServiceExitLoop;
  /** pid → the processes that were started with it; came with `early-exits`. */
  readonly running?: Record<Pid, ProcessId[]>;
  /** The starts that are told of every exit while they wait for runc; came with `early-exits`. */
  readonly exitSubscribers?: Record<CallId, boolean>;
  /** What the subscribers have been told; came with `early-exits`. */
  readonly exits?: Record<CallId, Record<Pid, Exit[]>>;
  /** Starts whose pid is not known yet; of `proposed`. */
  readonly starting?: Record<CallId, boolean>;
  /** Goroutines that a revision starts besides its handlers and the exit loop. */
  readonly goroutines?: Record<ThreadId, Goroutine>;
}
