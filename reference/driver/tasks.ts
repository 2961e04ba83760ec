/** What the shim knows of containers and processes besides what the reducer orders. */

import type { Mount } from '../../wire/proto/gen/task_pb.ts';
import { endLogger } from '../container/logger.ts';
import type { RuncOptions } from '../container/runc.ts';
import { Runc } from '../container/runc.ts';
import type { Owner, Stdio, StdioPaths } from '../container/stdio.ts';
import type { Terminal } from '../container/terminal.ts';
import type { Cgroups } from '../linux/cgroup.ts';
import type { Child } from '../linux/spawn.ts';

const drainTimeoutMs = 2_000;

/** How and when a process ended. */
interface Ended {
  readonly status: number;
  readonly atMs: number;
}

/** A process, the init or an exec. */
export interface TaskProcess {
  readonly stdio: StdioPaths & { readonly terminal: boolean };
  /** An exec's OCI process, JSON. */
  readonly spec: string;
  opened: Stdio | null;
  terminal: Terminal | null;
  /** The program that takes its outputs. */
  logger: Child | null;
  ended: Ended | null;
}

/** A container. */
export interface Task {
  readonly id: string;
  readonly namespace: string;
  readonly bundle: string;
  /** As Create was told. */
  readonly rootfs: readonly Mount[];
  readonly runc: Runc;
  /** Of its processes' inputs and outputs; null for nobody else. */
  readonly ioOwner: Owner | null;
  readonly processes: Map<string, TaskProcess>;
  isPaused: boolean;
  /** Settles when the Pause or Resume that came last has ended. */
  pausing: Promise<unknown>;
  /** Null before there are any. */
  cgroups: Cgroups | null;
}

/** A container without a process yet. */
export function newTask(
  { id, namespace, bundle, rootfs }: Pick<Task, 'id' | 'namespace' | 'bundle' | 'rootfs'>,
  options: RuncOptions,
  owner: Owner | null,
): Task {
  return {
    id,
    namespace,
    bundle,
    rootfs,
    runc: new Runc(options),
    ioOwner: owner,
    processes: new Map(),
    isPaused: false,
    pausing: Promise.resolve(),
    cgroups: null,
  };
}

export function newProcess(stdio: StdioPaths & { readonly terminal: boolean }, spec: string): TaskProcess {
  return { stdio, spec, opened: null, terminal: null, logger: null, ended: null };
}

/** Waits for what a terminal still has to pass on. */
export async function drained({ terminal, ended }: TaskProcess): Promise<void> {
  if (!terminal || !ended) return;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, drainTimeoutMs);
  });
  await Promise.race([terminal.drained, tooLong]);
  clearTimeout(timer);
}

/** Closes what the shim holds of a process's input and outputs; it is deleted. */
export function closeEnds({ opened, terminal, logger }: TaskProcess): void {
  opened?.closeInput();
  terminal?.close();
  if (logger) endLogger(logger);
}

/** Runs `change`, a Pause or Resume, when those before it have ended: what it may do depends on what they did. */
export function inTurn<T>(task: Task, change: () => Promise<T>): Promise<T> {
  const turn = task.pausing.then(change);
  task.pausing = turn.catch(() => undefined);
  return turn;
}

/** A process that is frozen dies when it thaws: upstream's `runc kill` thaws a paused container for SIGKILL. */
export async function thaw(task: Task): Promise<void> {
  if (!task.isPaused) return;
  task.isPaused = false;
  // It fails where the container has died of the signal already, as in cgroup v2.
  await task.runc.run(['resume', task.id]).catch(() => undefined);
}
