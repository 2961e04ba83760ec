/**
 * The state of a watch for lack of memory.
 *
 * @module
 */
import type { ContainerId } from '../vocabulary.ts';

/** What is known of a container that runs out of memory. */
export interface Oom {
  /** Whether the machine has cgroup v1. Never changes. */
  readonly isV1: boolean;
  /** Whether somebody watches its cgroup. */
  isWatched: boolean;
  /** What of its init: not killed for memory; killed, and counted by the kernel; published as TaskOOM; never noticed. */
  kill: 'none' | 'counted' | 'told' | 'missed';
}

/** The watches of all containers. */
export type Ooms = Record<ContainerId, Oom>;
