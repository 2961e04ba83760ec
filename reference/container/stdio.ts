import {
  closeSync,
  constants,
  fchownSync,
  mkdirSync,
  openSync,
  open as openWithCallback,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { Child } from '../linux/spawn.ts';
import { isLogger, type LoggedProcess, startLogger } from './logger.ts';

const openLater = promisify(openWithCallback);
const devNull = '/dev/null';
/** O_PATH: finds the file without opening it. */
const openPath = 0o10000000;

/** How long to wait for a client to open its end of the input, in milliseconds. */
const clientComesMs = 1_000;
const waitingMax = 2;
let waiting = 0;

/** A process's standard input and outputs, as containerd names them: paths of FIFOs, URIs, or empty. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Owner of a process's FIFOs and files, as ids of the host. Why: a process in a user namespace can reopen only its own. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What the shim keeps open for a process, and what the process inherits. */
export interface Stdio {
  readonly inherited: readonly number[];
  /** Closes the shim's copies of what the process has inherited. */
  readonly release: () => void;
  /** The program that reads the outputs; null for none. */
  readonly logger: Child | null;
  /** Closes the shim's end of the input: it ends once the client has closed it, too. */
  readonly closeInput: () => void;
}

/** The client's ends of a terminal, as descriptors that never block; null for none. */
export interface TerminalEnds {
  readonly input: number | null;
  readonly output: number | null;
  /** The program that reads `output`; null for none. */
  readonly logger: Child | null;
}

/**
 * Opens the FIFOs of a process without a terminal. The process inherits the FIFOs themselves: no byte goes through the
 * shim, and an output that nobody reads blocks only its own process.
 *
 * The outputs are opened for reading, too: then opening does not wait for a reader, and a reader that goes away does not
 * kill the process. The input ends when the client closes it.
 *
 * @param owner becomes the owner of the FIFOs and output files, not of /dev/null or a logging program's pipes. Default: null,
 *   which leaves the owner unchanged
 * @throws StatusError for a path that cannot be opened, an unknown scheme, or an owner that cannot be set
 * @source https://github.com/containerd/go-runc/blob/main/io_unix.go
 */
export async function openStdio(
  { stdin, stdout, stderr }: StdioPaths,
  of: LoggedProcess,
  owner: Owner | null = null,
): Promise<Stdio> {
  const opened: number[] = [];
  const keeper: number[] = [];
  try {
    opened.push(await openInput(stdin, keeper));
    give(opened, stdin, ['FIFO'], owner);
    let logger: Child | null = null;
    if (isLogger(stdout)) {
      const started = await startLogger(stdout, of);
      opened.push(started.output, started.error);
      logger = started.logger;
    } else {
      for (const path of [stdout, stderr]) {
        opened.push(openOutput(path));
        give(opened, path, ['FIFO', 'file'], owner);
      }
    }
    return { inherited: opened, logger, release: () => closeAll(opened), closeInput: () => closeAll(keeper) };
  } catch (error) {
    closeAll(opened);
    closeAll(keeper);
    throw error;
  }
}

/**
 * Opens the client's ends of a terminal: FIFOs, or a logging program for the output.
 *
 * @throws StatusError for a path that cannot be opened, or is neither
 */
export async function openTerminalEnds(
  { stdin, stdout }: StdioPaths,
  of: LoggedProcess,
): Promise<TerminalEnds> {
  const input = isNothing(stdin) ? null : openFifo(stdin);
  try {
    if (isNothing(stdout)) return { input, output: null, logger: null };
    if (!isLogger(stdout)) return { input, output: openFifo(stdout.replace(/^fifo:\/\//, '')), logger: null };
    const { output, error, logger } = await startLogger(stdout, of);
    closeSync(error);
    return { input, output, logger };
  } catch (error) {
    if (input !== null) closeSync(input);
    throw error;
  }
}

/**
 * Opens the input once the client has opened its end: then the process sees the end when the client closes it. If no client
 * comes within a second, the shim keeps an end itself until CloseIO, as upstream always does.
 *
 * Waiting takes one of Node's few threads, so at most two inputs wait; any more open at once. The FIFO is reopened through
 * its descriptor: its path may lead elsewhere by then.
 */
async function openInput(path: string, keeper: number[]): Promise<number> {
  if (kindOf(path) !== 'FIFO') return openKind(path, 'file', constants.O_RDONLY);
  const found = openKind(path, 'FIFO', openPath);
  const fifo = `/proc/self/fd/${found}`;
  const keep = (): void => void keeper.push(openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK));
  if (waiting >= waitingMax) keep();
  const timer = keeper.length > 0 ? undefined : setTimeout(keep, clientComesMs);
  waiting++;
  try {
    return await openLater(fifo, constants.O_RDONLY);
  } finally {
    waiting--;
    clearTimeout(timer);
    closeSync(found);
  }
}

function openOutput(path: string): number {
  const [, scheme, file] = /^([a-z]+):\/\/(.*)$/.exec(path) ?? [];
  const append = constants.O_WRONLY | constants.O_APPEND;
  if (scheme === 'file') return openLog(path);
  if (scheme !== undefined && scheme !== 'fifo') {
    throw new StatusError(
      code.unimplemented,
      `unknown STDIO scheme ${scheme} (allowed: fifo, file, binary for both outputs)`,
    );
  }
  const plain = file ?? path;
  return kindOf(plain) === 'FIFO'
    ? openKind(plain, 'FIFO', constants.O_RDWR)
    : openKind(plain, 'file', append);
}

/** Changes the owner of what was opened last, if it is of one of the kinds. */
function give(
  opened: readonly number[],
  path: string,
  kinds: readonly ('FIFO' | 'file')[],
  owner: Owner | null,
): void {
  const fd = opened.at(-1);
  if (owner === null || fd === undefined) return;
  const kind = kindOf(`/proc/self/fd/${fd}`);
  if (kind === null || !kinds.includes(kind)) return;
  try {
    fchownSync(fd, owner.uid, owner.gid);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new StatusError(
      code.unknown,
      `failed to chown stdio ${path} to io_uid ${owner.uid}, io_gid ${owner.gid}: ${why}`,
      { cause },
    );
  }
}

/** Opens a log file for appending; the file and its folders are made. @param uri `file://PATH`, escaped */
function openLog(uri: string): number {
  let file: string;
  try {
    file = decodeURIComponent(new URL(uri).pathname);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw notOpened(uri, cause as Error);
  }
  return openKind(file, 'file', constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
}

/** Opens a FIFO for the shim itself: neither opening nor using it blocks. */
function openFifo(path: string): number {
  return openKind(path, 'FIFO', constants.O_RDWR | constants.O_NONBLOCK);
}

/** Opens a file of `kind`, and refuses others, which could stall the shim. An empty path is /dev/null. */
function openKind(path: string, kind: 'FIFO' | 'file', flags: number): number {
  let fd: number;
  try {
    // For a regular file this changes nothing; opening what has taken its place might block.
    const atOnce = kind === 'file' ? constants.O_NONBLOCK : 0;
    fd = openSync(path || devNull, flags | constants.O_NOCTTY | atOnce, 0o644);
  } catch (cause) {
    throw notOpened(path, cause as Error);
  }
  if (kindOf(`/proc/self/fd/${fd}`) === kind || (isNothing(path) && kind === 'file')) return fd;
  closeSync(fd);
  throw notOpened(path, new Error(`it is no ${kind}`));
}

/** What a path leads to, through symbolic links; null for neither. */
function kindOf(path: string): 'FIFO' | 'file' | null {
  const stats = statSync(path || devNull, { throwIfNoEntry: false });
  if (stats?.isFIFO()) return 'FIFO';
  return stats?.isFile() ? 'file' : null;
}

function isNothing(path: string): boolean {
  return path === '' || path === devNull;
}

function notOpened(path: string, cause: Error): StatusError {
  return new StatusError(code.unknown, `failed to open stdio ${path}: ${cause.message}`, { cause });
}

function closeAll(fds: number[]): void {
  for (const fd of fds.splice(0)) closeSync(fd);
}
