import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
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

/** At least as large as glibc's own: posix_spawn_file_actions_t, posix_spawnattr_t, sigset_t. */
const opaqueBytes = 512;
/** POSIX_SPAWN_SETSIGDEF and POSIX_SPAWN_SETSIGMASK: every signal as a new process has it. */
const signalFlags = 0x04 | 0x08;
/** Between looks for an end that no SIGCHLD told of; it also keeps Node running, in milliseconds. */
const lookEveryMs = 1_000;

/** F_DUPFD_CLOEXEC, and a descriptor above all that a program is given. */
const dupCloseOnExec = 1030;
const aboveAll = 64;

const attributes = Buffer.alloc(opaqueBytes);
initAttributes(attributes);
setDefaultSignals(attributes, Buffer.alloc(opaqueBytes, 0xff));
setFlags(attributes, signalFlags);
const ours = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);

const running = new Map<number, (status: ExitStatus) => void>();
let timer: NodeJS.Timeout | undefined;
process.on('SIGCHLD', collect);

/** Whether `pid` was spawned here, and is reaped here. */
export function isOwn(pid: number): boolean {
  return running.has(pid);
}

/** A program that runs, or has run. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<ExitStatus>;
}

/**
 * Runs a program. Unlike node:child_process this does not fork: Node's many pages need not be copied.
 *
 * @param stdio its descriptors from 0 on
 * @param environment `NAME=VALUE`. Default: ours
 * @throws Error where it cannot be run
 */
export function spawn(
  file: string,
  args: readonly string[],
  stdio: readonly number[],
  environment: readonly string[] = ours,
): Child {
  const moved: number[] = [];
  try {
    const pid = spawnWith(file, [file, ...args, null], outOfTheWay(stdio, moved), [...environment, null]);
    timer ??= setInterval(collect, lookEveryMs);
    return { pid, ended: new Promise((resolve) => running.set(pid, resolve)) };
  } finally {
    moved.forEach(closeSync);
  }
}

/** Moves a descriptor that stands where another is to go. @param moved what has to be closed */
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
 * Waits for a program's end. It is killed when the deadline of the client whom it is for has passed, as upstream; not when
 * the client goes: containerd may be started anew while its tasks run.
 */
export async function endOf(child: Child, client?: AbortSignal): Promise<ExitStatus> {
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
 * Runs a program to its end and reads what it writes, output and errors together. That goes to a file: its end need
 * not be waited for, unlike that of a pipe.
 *
 * @param client as for `endOf`
 * @param near the output's file is this, `out`, our pid and a number: not the name of a log, which may be removed meanwhile
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
    const status = await endOf(spawn(program, args, [...stdio, stdio[1] ?? 1]), client);
    return { status, out: readFileSync(file, 'utf8') };
  } finally {
    stdio.forEach(closeSync);
    rmSync(file, { force: true });
  }
}

/** Reaps what has ended of what was spawned here. */
function collect(): void {
  for (const [pid, resolve] of running) {
    const status = reapZombie(pid);
    if (status === null) continue;
    running.delete(pid);
    resolve(status);
  }
  if (running.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
