import type { Mount } from '../../wire/proto/gen/task_pb.ts';
import type { Cgroups } from '../linux/cgroup.ts';
import type { Child } from '../linux/spawn.ts';
import { endLogger } from './logger.ts';
import type { RuncOptions } from './runc.ts';
import { Runc } from './runc.ts';
import type { Owner, Stdio, StdioPaths } from './stdio.ts';
import type { Terminal } from './terminal.ts';

const drainTimeoutMs = 2_000;

/** How and when a process ended. */
interface ProcessEnd {
  readonly status: number;
  readonly atMs: number;
}

/** A process of a container: its init, or an exec. */
export interface ContainerProcess {
  readonly stdio: StdioPaths & { readonly terminal: boolean };
  /** An exec's OCI process, JSON. */
  readonly spec: string;
  opened: Stdio | null;
  terminal: Terminal | null;
  /** The program that reads its outputs. */
  logger: Child | null;
  end: ProcessEnd | null;
}

/** An image that CRIU has written of a container's processes. */
export interface Checkpoint {
  /** Its folder. */
  readonly image: string;
  /** The folder of the image that it was written on top of; empty for none. */
  readonly parent: string;
}

/** What the shim knows of a container besides its state, which is the reducer's. */
export interface Container {
  readonly id: string;
  readonly namespace: string;
  readonly bundle: string;
  /** The mounts that Create asked for. */
  readonly rootfs: readonly Mount[];
  readonly runc: Runc;
  /** Where its processes come from; null where the container starts anew. */
  readonly checkpoint: Checkpoint | null;
  /** Owner of the processes' pipes; null leaves it unchanged. */
  readonly ioOwner: Owner | null;
  /** By exec id; the init's is empty. */
  readonly processes: Map<string, ContainerProcess>;
  isPaused: boolean;
  /** Settles when the latest Pause or Resume has ended. */
  pausing: Promise<unknown>;
  /** Null until they are known. */
  cgroups: Cgroups | null;
}

/** A container without a process yet. */
export function newContainer(
  made: Pick<Container, 'id' | 'namespace' | 'bundle' | 'rootfs' | 'checkpoint'>,
  options: RuncOptions,
  ioOwner: Owner | null,
): Container {
  return {
    ...made,
    runc: new Runc(options),
    ioOwner,
    processes: new Map(),
    isPaused: false,
    pausing: Promise.resolve(),
    cgroups: null,
  };
}

/** @param spec an exec's OCI process, JSON; empty for an init */
export function newProcess(stdio: ContainerProcess['stdio'], spec: string): ContainerProcess {
  return { stdio, spec, opened: null, terminal: null, logger: null, end: null };
}

/** Waits until the output of an ended process has been passed on, for at most two seconds, as upstream. */
export async function untilDrained({ opened, terminal, end }: ContainerProcess): Promise<void> {
  if (!end) return;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, drainTimeoutMs);
  });
  await Promise.race([Promise.all([terminal?.drained, opened?.drained]), tooLong]);
  clearTimeout(timer);
}

/** Closes the shim's ends of a deleted process's input and outputs, although a process in the background holds its own. */
export async function closeStreams({ opened, terminal, logger }: ContainerProcess): Promise<void> {
  terminal?.close();
  await opened?.close();
  if (logger) endLogger(logger);
}

/** Runs `change`, a Pause or Resume, after those before it: whether it is allowed depends on what they did. */
export function inTurn<T>(container: Container, change: () => Promise<T>): Promise<T> {
  const turn = container.pausing.then(change);
  container.pausing = turn.catch(() => undefined);
  return turn;
}

/** Thaws a paused container after SIGKILL, as upstream's `runc kill` does: a frozen process dies only when it thaws. */
export async function thaw(container: Container): Promise<void> {
  if (!container.isPaused) return;
  container.isPaused = false;
  // It fails where the container has died of the signal already, as in cgroup v2.
  await container.runc.run(['resume', container.id]).catch(() => undefined);
}
