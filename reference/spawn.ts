import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { type ExitStatus, reapZombie } from './reaper.ts';

const libc = koffi.load('libc.so.6');
const posixSpawn = libc.func(
  'int posix_spawnp(_Out_ int *pid, str file, uint8_t *actions, uint8_t *attributes, str *argv, str *env)',
);
const initActions = libc.func('int posix_spawn_file_actions_init(uint8_t *actions)');
const addDup2 = libc.func('int posix_spawn_file_actions_adddup2(uint8_t *actions, int from, int to)');
const destroyActions = libc.func('int posix_spawn_file_actions_destroy(uint8_t *actions)');
const duplicate = libc.func('int fcntl(int fd, int command, int least)');
const initAttributes = libc.func('int posix_spawnattr_init(uint8_t *attributes)');
const setFlags = libc.func('int posix_spawnattr_setflags(uint8_t *attributes, short flags)');
const setDefaultSignals = libc.func('int posix_spawnattr_setsigdefault(uint8_t *attributes, uint8_t *set)');

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
const env = [...Object.entries(process.env).map(([name, value]) => `${name}=${value}`), null];

const running = new Map<number, (status: ExitStatus) => void>();
let timer: NodeJS.Timeout | undefined;
process.on('SIGCHLD', collect);

/** Whether `pid` was spawned here, and is reaped here. */
export function isOwn(pid: number): boolean {
  return running.has(pid);
}

/**
 * Runs a program to its end. Unlike node:child_process this does not fork: Node's many pages need not be copied.
 *
 * @param stdio its descriptors from 0 on
 * @param more what its environment has besides ours
 * @throws Error where it cannot be run
 */
export function spawn(
  file: string,
  args: readonly string[],
  stdio: readonly number[],
  more: readonly string[] = [],
): Promise<ExitStatus> {
  const actions = Buffer.alloc(opaqueBytes);
  initActions(actions);
  // One that stands where another is to go is moved out of its way first.
  const moved = stdio.map((fd, to) =>
    fd < stdio.length && fd !== to ? (duplicate(fd, dupCloseOnExec, aboveAll) as number) : fd,
  );
  for (const [to, from] of moved.entries()) addDup2(actions, from, to);
  const pid = [0];
  const error = posixSpawn(
    pid,
    file,
    actions,
    attributes,
    [file, ...args, null],
    [...more, ...env],
  ) as number;
  destroyActions(actions);
  for (const [to, fd] of moved.entries()) if (fd !== stdio[to]) closeSync(fd);
  if (error !== 0) return Promise.reject(new Error(`spawn ${file} ${getSystemErrorName(-error)}`));
  timer ??= setInterval(collect, lookEveryMs);
  return new Promise((resolve) => running.set(pid[0] ?? 0, resolve));
}

let outputs = 0;

/**
 * Runs a program to its end and reads what it writes, output and errors together. That goes to a file: its end need
 * not be waited for, unlike that of a pipe.
 *
 * @param near the output's file is this, our pid and a number
 * @throws Error where it cannot be run
 */
export async function runToEnd(
  program: string,
  args: readonly string[],
  near: string,
): Promise<{ status: ExitStatus; out: string }> {
  const file = `${near}.${process.pid}.${++outputs}`;
  const stdio = [openSync('/dev/null', 'r'), openSync(file, 'wx', 0o600)];
  try {
    const status = await spawn(program, args, [...stdio, stdio[1] ?? 1]);
    return { status, out: readFileSync(file, 'utf8') };
  } finally {
    stdio.forEach(closeSync);
    rmSync(file);
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
