import { closeSync, openSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { openPipe } from '../linux/pipe.ts';
import { type Child, isOwn, spawn } from '../linux/spawn.ts';

const readyTimeoutMs = 10_000;
/** How long a program may run once its process is deleted; then how long after SIGTERM. */
const graceMs = 10_000;
const termMs = 2_000;
/** Each of the two when the shim ends. */
const nowMs = 1_000;

/** The process whose output a logging program reads, for the program's environment. */
export interface LoggedProcess {
  readonly id: string;
  readonly namespace: string;
}

/** How a logging program says that it is ready: by the end of descriptor 5, or by a byte and then the end. */
const schemes = ['binary:', 'binary-v2:'] as const;

/** Whether an output is `binary://PATH?ARGUMENT=VALUE` or `binary-v2://…`, a program that reads the process's output and error. */
export function isLogger(uri: string): boolean {
  return schemes.some((scheme) => uri.startsWith(`${scheme}//`));
}

/**
 * Starts a logging program. It reads the process's output from descriptor 3 and its error from 4, says by 5 that it is
 * ready, and ends when both inputs have ended. Its environment is CONTAINER_ID and CONTAINER_NAMESPACE.
 *
 * @param uri `binary://`: it closes 5 when it is ready; `binary-v2://`: it writes a byte before, so that a program that
 *   fails is not taken for a ready one
 * @returns the ends of output and error that are written to, and the program, to be ended by `endLogger`
 * @throws StatusError where the program cannot be run, has ended before it was ready, or is not ready in time
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2/process/io.go
 */
export async function startLogger(
  uri: string,
  { id, namespace }: LoggedProcess,
): Promise<{ readonly output: number; readonly error: number; readonly logger: Child }> {
  const opened = new Set<number>();
  let child: Child | null = null;
  try {
    const { protocol, pathname, searchParams } = new URL(uri);
    const args = [...searchParams].flat().filter((word) => word !== '');
    const nothing = openSync('/dev/null', 'r+');
    opened.add(nothing);
    const [out, error, ready] = [pipe(opened), pipe(opened), pipe(opened)];
    const theirs = [nothing, nothing, nothing, out.reads, error.reads, ready.writes];
    const env = [`CONTAINER_ID=${id}`, `CONTAINER_NAMESPACE=${namespace}`];
    child = spawn(decodeURIComponent(pathname), args, theirs, env);
    closePipes(opened, theirs);
    opened.delete(ready.reads);
    await untilReady(ready.reads, child, protocol === 'binary-v2:');
    return { output: out.writes, error: error.writes, logger: child };
  } catch (cause) {
    if (child && isOwn(child.pid)) process.kill(child.pid, 'SIGKILL');
    closePipes(opened, opened);
    const why = (cause as Error).message;
    throw new StatusError(code.unknown, `failed to start the logging program ${uri}: ${why}`, { cause });
  }
}

/** Programs whose processes are deleted, and that still run. */
const ending = new Set<Child>();

/** Makes a logging program end once its process is deleted, by signals if it does not end by itself. Returns at once. */
export function endLogger(logger: Child): void {
  if (!isOwn(logger.pid) || ending.has(logger)) return;
  ending.add(logger);
  const term = setTimeout(() => signal([logger], 'SIGTERM'), graceMs);
  const kill = setTimeout(() => signal([logger], 'SIGKILL'), graceMs + termMs);
  void logger.ended.then(() => {
    clearTimeout(term);
    clearTimeout(kill);
    ending.delete(logger);
  });
}

/** Ends the programs whose processes are deleted, since the shim ends. Most end by themselves before a signal. */
export async function endLoggersNow(): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, nowMs);
    });
    await Promise.race([Promise.all([...ending].map(({ ended }) => ended)), tooLong]);
    clearTimeout(timer);
    signal(ending, name);
  }
}

function signal(loggers: Iterable<Child>, name: NodeJS.Signals): void {
  for (const { pid } of loggers) if (isOwn(pid)) process.kill(pid, name);
}

function pipe(opened: Set<number>): { reads: number; writes: number } {
  const made = openPipe();
  opened.add(made.reads).add(made.writes);
  return made;
}

function closePipes(opened: Set<number>, fds: Iterable<number>): void {
  for (const fd of new Set(fds)) {
    closeSync(fd);
    opened.delete(fd);
  }
}

/** Waits until the program says by the pipe `fd` that it is ready, then closes this end. No thread waits for it. */
async function untilReady(fd: number, { pid, ended }: Child, needsByte: boolean): Promise<void> {
  const socket = new Socket({ fd, readable: true, writable: false });
  let timer: NodeJS.Timeout | undefined;
  let bytes = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).once('end', resolve);
      socket.on('data', (chunk) => {
        bytes += chunk.length;
        if (!needsByte) resolve();
      });
      void ended.then(() => resolve());
      timer = setTimeout(
        () => reject(new Error(`it was not ready within ${readyTimeoutMs} ms`)),
        readyTimeoutMs,
      );
    });
    // Its end closes the pipe as well, and either may be noticed first.
    if (isEnding(pid)) throw new Error(`it has ended with status ${await ended}`);
    if (needsByte && bytes === 0) throw new Error('it has closed CONTAINER_WAIT and written no byte to it');
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Whether a program ends or has ended: then it has no descriptors any more. */
function isEnding(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).length === 0;
  } catch {
    return true;
  }
}
