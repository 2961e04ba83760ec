import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { runtimeEnvironment } from './environment.ts';
import { libc } from './libc.ts';
import { type ExitStatus, reapZombie } from './reaper.ts';

const posixSpawn = libc<
  [
    pid: number[],
    file: string,
    actions: Buffer,
    attributes: Buffer,
    argv: readonly (string | null)[],
    env: readonly (string | null)[],
  ]
>('int posix_spawnp(_Out_ int *pid, str file, uint8_t *actions, uint8_t *attributes, str *argv, str *env)');
const initActions = libc<[Buffer]>('int posix_spawn_file_actions_init(uint8_t *actions)');
const addDup2 = libc<[Buffer, from: number, to: number]>(
  'int posix_spawn_file_actions_adddup2(uint8_t *actions, int from, int to)',
);
const destroyActions = libc<[Buffer]>('int posix_spawn_file_actions_destroy(uint8_t *actions)');
const duplicate = libc<[fd: number, command: number, least: number]>(
  'int fcntl(int fd, int command, int least)',
);
const initAttributes = libc<[Buffer]>('int posix_spawnattr_init(uint8_t *attributes)');
const setFlags = libc<[Buffer, flags: number]>(
  'int posix_spawnattr_setflags(uint8_t *attributes, short flags)',
);
const setDefaultSignals = libc<[Buffer, set: Buffer]>(
  'int posix_spawnattr_setsigdefault(uint8_t *attributes, uint8_t *set)',
);

/** Enough for glibc's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t. */
const opaqueBytes = 512;
/** POSIX_SPAWN_SETSIGDEF and POSIX_SPAWN_SETSIGMASK: no signal is ignored or blocked. */
const signalFlags = 0x04 | 0x08;
/** Time between looks for ends that no SIGCHLD told of, in milliseconds. The timer also keeps Node running. */
const lookEveryMs = 1_000;

/** F_DUPFD_CLOEXEC, and a descriptor above any that a program gets. */
const dupCloseOnExec = 1030;
const aboveAll = 64;

const unreaped = new Map<number, (status: ExitStatus) => void>();
let timer: NodeJS.Timeout | undefined;
let defaults: Defaults | undefined;

/** Whether `pid` is a program that `spawn` started and that was not reaped yet. */
export function isOwn(pid: number): boolean {
  return unreaped.has(pid);
}

/** A program that `spawn` started. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<ExitStatus>;
}

/**
 * Starts a program. Unlike node:child_process it does not fork, which would copy Node's page tables.
 *
 * @param stdio the program's descriptors, from 0 on
 * @param environment `NAME=VALUE`. Default: what of the shim's own is meant for an OCI runtime
 * @throws Error where it cannot be run
 */
export function spawn(
  file: string,
  args: readonly string[],
  stdio: readonly number[],
  environment?: readonly string[],
): Child {
  const moved: number[] = [];
  try {
    defaults ??= prepare();
    const env = [...(environment ?? defaults.environment), null];
    const { attributes } = defaults;
    const pid = spawnWith(file, [file, ...args, null], outOfTheWay(stdio, moved), env, attributes);
    timer ??= setInterval(reapEnded, lookEveryMs);
    return { pid, ended: new Promise((resolve) => unreaped.set(pid, resolve)) };
  } finally {
    moved.forEach(closeSync);
  }
}

/** What each program starts with. */
interface Defaults {
  readonly attributes: Buffer;
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
}

/** Before the first program: a snapshot of V8's heap holds neither signals nor the environment of its user. */
function prepare(): Defaults {
  process.on('SIGCHLD', reapEnded);
  const attributes = Buffer.alloc(opaqueBytes);
  initAttributes(attributes);
  setDefaultSignals(attributes, Buffer.alloc(opaqueBytes, 0xff));
  setFlags(attributes, signalFlags);
  const environment = runtimeEnvironment(process.env).map(([name, value]) => `${name}=${value}`);
  return { attributes, environment };
}

/** Duplicates descriptors whose number another one is to get. @param moved gets the duplicates, to be closed */
function outOfTheWay(stdio: readonly number[], moved: number[]): number[] {
  return stdio.map((fd, to) => {
    if (fd >= stdio.length || fd === to) return fd;
    const copy = duplicate(fd, dupCloseOnExec, aboveAll);
    if (copy < 0) throw new Error(`descriptor ${fd} cannot be duplicated`);
    moved.push(copy);
    return copy;
  });
}

function spawnWith(
  file: string,
  argv: readonly (string | null)[],
  stdio: readonly number[],
  environment: readonly (string | null)[],
  attributes: Buffer,
): number {
  const actions = Buffer.alloc(opaqueBytes);
  initActions(actions);
  for (const [to, from] of stdio.entries()) addDup2(actions, from, to);
  const pid = [0];
  const error = posixSpawn(pid, file, actions, attributes, argv, environment);
  destroyActions(actions);
  if (error !== 0) throw new Error(`spawn ${file} ${getSystemErrorName(-error)}`);
  return pid[0] ?? 0;
}

/**
 * Waits until a program has ended. As in upstream, the program is killed when the client's deadline has passed. It is not
 * killed when the client goes: containerd may restart while its tasks run.
 */
export async function untilEnded(child: Child, client?: AbortSignal): Promise<ExitStatus> {
  const kill = (): void => {
    const { reason } = client as { readonly reason: unknown };
    const isLate = reason instanceof StatusError && reason.code === code.deadlineExceeded;
    if (isLate && isOwn(child.pid)) process.kill(child.pid, 'SIGKILL');
  };
  if (client?.aborted) kill();
  client?.addEventListener('abort', kill);
  try {
    return await child.ended;
  } finally {
    client?.removeEventListener('abort', kill);
  }
}

let outputs = 0;

/**
 * Runs a program to its end and reads its output and errors together.
 *
 * Why a file: a pipe ends only when every process that inherited it has ended.
 *
 * @param client as for `untilEnded`
 * @param near the file is `NEAR.out.PID.NUMBER`
 * @throws Error where it cannot be run
 */
export async function runToEnd(
  program: string,
  args: readonly string[],
  near: string,
  client?: AbortSignal,
): Promise<{ status: ExitStatus; out: string }> {
  const file = `${near}.out.${process.pid}.${++outputs}`;
  const stdio: number[] = [];
  try {
    stdio.push(openSync('/dev/null', 'r'), openSync(file, 'wx', 0o600));
    const status = await untilEnded(spawn(program, args, [...stdio, stdio[1] ?? 1]), client);
    return { status, out: readFileSync(file, 'utf8') };
  } finally {
    stdio.forEach(closeSync);
    rmSync(file, { force: true });
  }
}

/** Reaps the programs that have ended. */
function reapEnded(): void {
  for (const [pid, resolve] of unreaped) {
    const status = reapZombie(pid);
    if (status === null) continue;
    unreaped.delete(pid);
    resolve(status);
  }
  if (unreaped.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
