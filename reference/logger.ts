import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import koffi from 'koffi';
import { type Child, isOwn, spawn } from './spawn.ts';
import { code, StatusError } from './ttrpc/status.ts';

const libc = koffi.load('libc.so.6');
const pipe2 = libc.func('int pipe2(_Out_ int *fds, int flags)');
const closeOnExec = 0o2000000;
const readyTimeoutMs = 10_000;

/** Whose output a logging program gets, as its environment says it. */
export interface LoggedProcess {
  readonly id: string;
  readonly namespace: string;
}

/** Whether an output is `binary://PATH?ARGUMENT=VALUE`: a program that takes the process's output and error. */
export function isLogger(uri: string): boolean {
  return uri.startsWith('binary://');
}

/**
 * Starts a logging program: it reads the process's output from descriptor 3 and its error from 4, and closes 5 when it
 * is ready. It ends when both are at their end. Its environment is CONTAINER_ID and CONTAINER_NAMESPACE.
 *
 * @returns the process's ends of output and error
 * @throws StatusError where the program cannot be run, or is not ready in time
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2/process/io.go
 */
export async function startLogger(uri: string, { id, namespace }: LoggedProcess): Promise<[number, number]> {
  const opened = new Set<number>();
  let child: Child | null = null;
  try {
    const { pathname, searchParams } = new URL(uri);
    const args = [...searchParams].flat().filter((word) => word !== '');
    const nothing = openSync('/dev/null', 'r+');
    opened.add(nothing);
    const [out, error, ready] = [pipe(opened), pipe(opened), pipe(opened)];
    const theirs = [nothing, nothing, nothing, out.reads, error.reads, ready.writes];
    const env = [`CONTAINER_ID=${id}`, `CONTAINER_NAMESPACE=${namespace}`];
    child = spawn(decodeURIComponent(pathname), args, theirs, env);
    close(opened, theirs);
    opened.delete(ready.reads);
    await untilReady(ready.reads, child);
    return [out.writes, error.writes];
  } catch (cause) {
    if (child && isOwn(child.pid)) process.kill(child.pid, 'SIGKILL');
    close(opened, opened);
    const why = (cause as Error).message;
    throw new StatusError(code.unknown, `failed to start the logging program ${uri}: ${why}`, { cause });
  }
}

function pipe(opened: Set<number>): { reads: number; writes: number } {
  const fds = [0, 0];
  if (pipe2(fds, closeOnExec) !== 0) throw new Error('no pipe can be made');
  const [reads = 0, writes = 0] = fds;
  opened.add(reads).add(writes);
  return { reads, writes };
}

function close(opened: Set<number>, fds: Iterable<number>): void {
  for (const fd of new Set(fds)) {
    closeSync(fd);
    opened.delete(fd);
  }
}

/** Waits until the other end of the pipe `fd` is closed, and closes this one. No thread waits for it. */
async function untilReady(fd: number, { ended }: Child): Promise<void> {
  const socket = new Socket({ fd, readable: true, writable: false });
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).once('data', resolve).once('end', resolve).resume();
      void ended.then((status) => reject(new Error(`it has ended with status ${status}`)));
      timer = setTimeout(
        () => reject(new Error(`it was not ready within ${readyTimeoutMs} ms`)),
        readyTimeoutMs,
      );
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
