/**
 * The state of a watch for lack of memory.
 *
 * @module
 */
import type { ContainerId, Exit, ProcessId } from '../vocabulary.ts';

/** An exit that was reaped and waits for a look at the kernel's counter. */
export interface UnexplainedExit {
  /** Whose exit it is, as the shim says it. */
  readonly process: ProcessId;
  /** The exit. */
  readonly e: Exit;
}

/** What is known of a container that runs out of memory. */
export interface Oom {
  /** Whether the machine has cgroup v1. Never changes. */
  readonly isV1: boolean;
  /** Whether somebody watches its cgroup. */
  isWatched: boolean;
  /** What of its init: not killed for memory; killed, and counted by the kernel; published as TaskOOM; never noticed. */
  kill: 'none' | 'counted' | 'told' | 'missed';
  /** Of a shim that looks at the counter itself: what waits for the look, oldest first. Absent for the others. */
  exits?: UnexplainedExit[];
}

/** The watches of all containers. */
export type Ooms = Record<ContainerId, Oom>;
