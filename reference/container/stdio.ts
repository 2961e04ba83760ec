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
const nothing = '/dev/null';
/** O_PATH: the file itself is not opened. */
const openPath = 0o10000000;

/** How long a client may take to open its end of the input, in milliseconds. */
const clientComesMs = 1_000;
const waitingMax = 2;
let waiting = 0;

/** Where a process's standard input and outputs go, as containerd says it: paths of FIFOs, URIs, or empty. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whom the FIFOs and files of a process are given to, host ids: a process in a user namespace may reopen its own alone. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What the shim keeps open for a process, and what the process inherits. */
export interface Stdio {
  readonly inherited: readonly number[];
  /** Closes what the process has inherited; the shim needs it no more. */
  readonly release: () => void;
  /** What takes the outputs; null where nothing does. */
  readonly logger: Child | null;
  /** Lets the process see the end of its input once the client has closed it, too. */
  readonly closeInput: () => void;
}

/** The client's ends of a terminal, descriptors that never wait; null for none. */
export interface TerminalEnds {
  readonly input: number | null;
  readonly output: number | null;
  /** What reads `output`; null where nothing does. */
  readonly logger: Child | null;
}

/**
 * Opens the FIFOs of a process without a terminal. The process gets them themselves: no byte goes through the shim,
 * and one that nobody reads holds up its own process alone.
 *
 * The outputs are opened for reading, too, so that opening does not wait for a reader and a reader that goes away
 * does not kill the process. The input ends when the client closes it.
 *
 * @param owner of FIFOs and of the files that are written. Default: they keep theirs. /dev/null and what a logging program
 *   reads are never given away, as upstream, whose process has pipes in between, which are
 * @throws StatusError for a path that cannot be opened, a scheme that is not known, or an owner that cannot be set
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
 * @throws StatusError for a path that cannot be opened, or is something else
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
 * Waits for the client's end of the input, so that the process sees its end when the client closes it; a client that
 * does not come gets one that is kept until CloseIO, as upstream keeps one for all.
 *
 * Waiting takes a thread of Node's few. It is the same FIFO all the time, whatever its path leads to meanwhile, so it
 * ends in time; and where others wait already, nobody is waited for.
 */
async function openInput(path: string, keeper: number[]): Promise<number> {
  if (kindOf(path) !== 'FIFO') return open(path, 'file', constants.O_RDONLY);
  const place = open(path, 'FIFO', openPath);
  const fifo = `/proc/self/fd/${place}`;
  const keep = (): void => void keeper.push(openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK));
  if (waiting >= waitingMax) keep();
  const timer = keeper.length > 0 ? undefined : setTimeout(keep, clientComesMs);
  waiting++;
  try {
    return await openLater(fifo, constants.O_RDONLY);
  } finally {
    waiting--;
    clearTimeout(timer);
    closeSync(place);
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
  return kindOf(plain) === 'FIFO' ? open(plain, 'FIFO', constants.O_RDWR) : open(plain, 'file', append);
}

/** Gives what was opened last to the owner, if it is of one of the kinds. */
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

/** Opens a log file to be appended to; it, and the folders that it is in, are made. @param uri `file://PATH`, escaped */
function openLog(uri: string): number {
  let file: string;
  try {
    file = decodeURIComponent(new URL(uri).pathname);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw notOpened(uri, cause as Error);
  }
  return open(file, 'file', constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
}

/** A FIFO for the shim itself: neither opening nor using it waits. */
function openFifo(path: string): number {
  return open(path, 'FIFO', constants.O_RDWR | constants.O_NONBLOCK);
}

/** Opens what is of `kind`; anything else could stall the shim. An empty path is /dev/null. */
function open(path: string, kind: 'FIFO' | 'file', flags: number): number {
  let fd: number;
  try {
    // A file does not care whether it is opened without waiting; what has taken its place since might.
    const atOnce = kind === 'file' ? constants.O_NONBLOCK : 0;
    fd = openSync(path || nothing, flags | constants.O_NOCTTY | atOnce, 0o644);
  } catch (cause) {
    throw notOpened(path, cause as Error);
  }
  if (kindOf(`/proc/self/fd/${fd}`) === kind || (isNothing(path) && kind === 'file')) return fd;
  closeSync(fd);
  throw notOpened(path, new Error(`it is no ${kind}`));
}

/** What a path leads to, through symbolic links; null where it leads to neither, or nowhere. */
function kindOf(path: string): 'FIFO' | 'file' | null {
  const stats = statSync(path || nothing, { throwIfNoEntry: false });
  if (stats?.isFIFO()) return 'FIFO';
  return stats?.isFile() ? 'file' : null;
}

function isNothing(path: string): boolean {
  return path === '' || path === nothing;
}

function notOpened(path: string, cause: Error): StatusError {
  return new StatusError(code.unknown, `failed to open stdio ${path}: ${cause.message}`, { cause });
}

function closeAll(fds: number[]): void {
  for (const fd of fds.splice(0)) closeSync(fd);
}
