import { closeSync, constants, fstatSync, lstatSync, openSync, open as openWithCallback } from 'node:fs';
import { promisify } from 'node:util';
import { isLogger, type LoggedProcess, startLogger } from './logger.ts';
import { code, StatusError } from './ttrpc/status.ts';

const openLater = promisify(openWithCallback);

/** How long a client may take to open its end of the input, in milliseconds. */
const clientComesMs = 1_000;

/** Where a process's standard input and outputs go, as containerd says it: paths of FIFOs, URIs, or empty. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the shim keeps open for a process, and what the process inherits. */
export interface Stdio {
  readonly inherited: readonly number[];
  /** Closes what the process has inherited; the shim needs it no more. */
  readonly release: () => void;
  /** Lets the process see the end of its input once the client has closed it, too. */
  readonly closeInput: () => void;
}

/**
 * Opens the FIFOs of a process without a terminal. The process gets them themselves: no byte goes through the shim,
 * and one that nobody reads holds up its own process alone.
 *
 * The outputs are opened for reading, too, so that opening does not wait for a reader and a reader that goes away
 * does not kill the process. The input ends when the client closes it.
 *
 * @throws StatusError for a path that cannot be opened, or a scheme that is not known
 */
export async function openStdio({ stdin, stdout, stderr }: StdioPaths, of: LoggedProcess): Promise<Stdio> {
  const opened: number[] = [];
  const keeper: number[] = [];
  try {
    opened.push(stdin === '' ? open('/dev/null', constants.O_RDONLY) : await openInput(stdin, keeper));
    if (isLogger(stdout)) opened.push(...(await startLogger(stdout, of)));
    else for (const path of [stdout, stderr]) opened.push(openOutput(path));
    return { inherited: opened, release: () => closeAll(opened), closeInput: () => closeAll(keeper) };
  } catch (error) {
    closeAll(opened);
    closeAll(keeper);
    throw error;
  }
}

/** Waits for the client's end of the input; a client that does not come gets one that is kept for it. */
async function openInput(path: string, keeper: number[]): Promise<number> {
  if (!lstatSync(path).isFIFO()) return open(path, constants.O_RDONLY);
  const timer = setTimeout(
    () => keeper.push(open(path, constants.O_RDWR | constants.O_NONBLOCK)),
    clientComesMs,
  );
  try {
    return await openLater(path, constants.O_RDONLY);
  } catch (cause) {
    throw new StatusError(code.unknown, `failed to open stdio ${path}: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

function openOutput(path: string): number {
  if (path === '') return open('/dev/null', constants.O_WRONLY);
  const [, scheme, file] = /^([a-z]+):\/\/(.*)$/.exec(path) ?? [];
  if (scheme === 'file') return open(file ?? '', constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  if (scheme !== undefined && scheme !== 'fifo') {
    throw new StatusError(
      code.unimplemented,
      `unknown STDIO scheme ${scheme} (allowed: fifo, file, binary for both outputs)`,
    );
  }
  return open(file ?? path, constants.O_RDWR);
}

/** Opens a FIFO or file; a descriptor of anything that could stall the shim is refused. */
function open(path: string, flags: number): number {
  try {
    const fd = openSync(path, flags | constants.O_NOCTTY, 0o600);
    const stats = fstatSync(fd);
    if (stats.isFIFO() || stats.isFile() || path === '/dev/null') return fd;
    closeSync(fd);
    throw new Error('it is neither a FIFO nor a file');
  } catch (cause) {
    throw new StatusError(code.unknown, `failed to open stdio ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function closeAll(fds: number[]): void {
  for (const fd of fds.splice(0)) closeSync(fd);
}
