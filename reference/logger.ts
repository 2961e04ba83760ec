import { closeSync, openSync, read } from 'node:fs';
import koffi from 'koffi';
import { spawn } from './spawn.ts';
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
 * is ready. It ends when both are at their end.
 *
 * @returns the process's ends of output and error
 * @throws StatusError where the program cannot be run, or is not ready in time
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2/process/io.go
 */
export async function startLogger(uri: string, { id, namespace }: LoggedProcess): Promise<[number, number]> {
  const { pathname, searchParams } = new URL(uri);
  const args = [...searchParams].flat().filter((word) => word !== '');
  const nothing = openSync('/dev/null', 'r+');
  const [out, error, ready] = [pipe(), pipe(), pipe()];
  const theirs = [nothing, nothing, nothing, out.reads, error.reads, ready.writes];
  try {
    const env = [`CONTAINER_ID=${id}`, `CONTAINER_NAMESPACE=${namespace}`];
    const ended = spawn(decodeURIComponent(pathname), args, theirs, env);
    ended.catch(() => undefined);
    for (const fd of new Set(theirs)) closeSync(fd);
    await Promise.race([untilClosed(ready.reads), failing(ended), tooLate()]);
    return [out.writes, error.writes];
  } catch (cause) {
    closeSync(out.writes);
    closeSync(error.writes);
    throw new StatusError(
      code.unknown,
      `failed to start the logging program ${pathname}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  } finally {
    closeSync(ready.reads);
  }
}

function pipe(): { reads: number; writes: number } {
  const fds = [0, 0];
  if (pipe2(fds, closeOnExec) !== 0) throw new StatusError(code.unknown, 'no pipe can be made');
  return { reads: fds[0] ?? 0, writes: fds[1] ?? 0 };
}

function untilClosed(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    read(fd, Buffer.alloc(1), (error) => (error ? reject(error) : resolve()));
  });
}

async function failing(ended: Promise<number>): Promise<never> {
  throw new Error(`it has ended with status ${await ended}`);
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new Error(`it was not ready within ${readyTimeoutMs} ms`)),
      readyTimeoutMs,
    ).unref();
  });
}
