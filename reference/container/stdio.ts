import { closeSync, constants, fchownSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { openPipe } from '../linux/pipe.ts';
import type { Child } from '../linux/spawn.ts';
import { Copy } from './copy.ts';
import { isLogger, type LoggedProcess, startLogger } from './logger.ts';
import { makeFolder } from './make-folder.ts';

const devNull = '/dev/null';

/** A process's standard input and outputs, as containerd names them: paths of FIFOs, URIs, or empty. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Owner of a process's pipes, as ids of the host. Why: a process in a user namespace can reopen only its own. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The pipes of a process without a terminal, and the client's ends that the shim copies from and to. */
export class Stdio {
  /** The process's descriptors 0, 1 and 2; the shim's copies of them until `release`. */
  readonly inherited: number[] = [];
  /** The program that reads the outputs; null for none. */
  logger: Child | null = null;
  /** What `attach` begins to copy: from the client, and to it. */
  readonly #input: End[] = [];
  readonly #outputs: End[] = [];
  /** Keeps the input open until CloseIO, whoever writes to it meanwhile. */
  readonly #keeper: number[] = [];
  #copies: { readonly input: readonly Copy[]; readonly outputs: readonly Copy[] } | null = null;

  /** Adds the input: `path` is a FIFO, a file, or empty. */
  addInput(path: string, owner: Owner | null): void {
    if (kindOf(path) !== 'FIFO') {
      this.inherited.push(openKind(path, 'file', constants.O_RDONLY));
      return;
    }
    const fifo = openKind(path, 'FIFO', constants.O_RDONLY | constants.O_NONBLOCK);
    const pipe = pipeBeside(fifo);
    this.#input.push({ from: fifo, to: pipe.writes });
    this.inherited.push(pipe.reads);
    this.#keeper.push(openSync(`/proc/self/fd/${fifo}`, constants.O_WRONLY | constants.O_NONBLOCK));
    give(pipe.reads, owner);
  }

  /** Adds an output that is copied to `fd`, which is closed with it. */
  addOutput(fd: number, owner: Owner | null): void {
    const pipe = pipeBeside(fd);
    this.#outputs.push({ from: pipe.reads, to: fd });
    this.inherited.push(pipe.writes);
    give(pipe.writes, owner);
  }

  /** Closes the shim's copies of what the process has inherited. */
  release(): void {
    closeAll(this.inherited);
  }

  /** Begins to copy. Call it when runc has succeeded: until then its own words go where the process's would. */
  attach(): void {
    const begin = (ends: End[]): Copy[] => ends.splice(0).map(({ from, to }) => new Copy(from, to));
    this.#copies = { input: begin(this.#input), outputs: begin(this.#outputs) };
  }

  /** Settles when all that the processes wrote has reached the client's ends, and no process can write more. */
  get drained(): Promise<unknown> {
    return Promise.all((this.#copies?.outputs ?? []).map(({ done }) => done));
  }

  /** CloseIO: from here on the input ends with its last writer. */
  closeInput(): void {
    closeAll(this.#keeper);
  }

  /** Closes the shim's ends. What the processes have written is passed on before, and what they write later is not. */
  async close(): Promise<void> {
    this.closeInput();
    closeAll([...this.#input, ...this.#outputs].flatMap(({ from, to }) => [from, to]));
    this.#input.length = 0;
    this.#outputs.length = 0;
    for (const copy of this.#copies?.input ?? []) copy.stop();
    await Promise.all((this.#copies?.outputs ?? []).map((copy) => copy.finish()));
  }
}

/** A pipe; where there are no more descriptors, `fd` is closed. */
function pipeBeside(fd: number): ReturnType<typeof openPipe> {
  try {
    return openPipe();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

interface End {
  readonly from: number;
  readonly to: number;
}

/** The client's ends of a terminal, as descriptors that never block; null for none. */
export interface TerminalEnds {
  readonly input: number | null;
  readonly output: number | null;
  /** The program that reads `output`; null for none. */
  readonly logger: Child | null;
}

/**
 * Opens the client's ends of a process without a terminal, and a pipe for each, which the process inherits.
 *
 * Why: the shim has to close an output at Delete while a process in the background holds it, to keep the input open when
 * its client dies, and to keep runc's own words out of it. FIFOs are opened for both ways: then opening does not wait for
 * the client, and a client that goes away does not kill the process.
 *
 * @param owner becomes the owner of the pipes. Default: null, which leaves the owner unchanged
 * @throws StatusError for a path that cannot be opened, an unknown scheme, or an owner that cannot be set
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2/process/io.go
 */
export async function openStdio(
  { stdin, stdout, stderr }: StdioPaths,
  of: LoggedProcess,
  owner: Owner | null = null,
): Promise<Stdio> {
  const stdio = new Stdio();
  const ends: number[] = [];
  try {
    stdio.addInput(stdin, owner);
    if (isLogger(stdout)) {
      const { output, error, logger } = await startLogger(stdout, of);
      stdio.logger = logger;
      ends.push(output, error);
      for (let fd = ends.shift(); fd !== undefined; fd = ends.shift()) stdio.addOutput(fd, owner);
    } else {
      for (const path of [stdout, stderr]) {
        if (isNothing(path)) stdio.inherited.push(openKind(path, 'file', constants.O_WRONLY));
        else stdio.addOutput(openOutput(path), owner);
      }
    }
    return stdio;
  } catch (error) {
    closeAll(ends);
    stdio.release();
    await stdio.close();
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

function openOutput(path: string): number {
  const [, scheme, file] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/.exec(path) ?? [];
  const append = constants.O_WRONLY | constants.O_APPEND;
  if (scheme === 'file') return openLog(path);
  if (scheme !== undefined && scheme !== 'fifo') {
    throw new StatusError(
      code.unimplemented,
      `unknown STDIO scheme ${scheme} (allowed: fifo, file, binary or binary-v2 for both outputs)`,
    );
  }
  const plain = file ?? path;
  return kindOf(plain) === 'FIFO' ? openFifo(plain) : openKind(plain, 'file', append);
}

/** Changes the owner of a pipe. */
function give(fd: number, owner: Owner | null): void {
  if (owner === null) return;
  try {
    fchownSync(fd, owner.uid, owner.gid);
  } catch (cause) {
    const why = (cause as Error).message;
    const whom = `io_uid ${owner.uid}, io_gid ${owner.gid}`;
    throw new StatusError(code.unknown, `failed to chown stdio to ${whom}: ${why}`, { cause });
  }
}

/** Opens a log file for appending; the file and its folders are made. @param uri `file://PATH`, escaped */
function openLog(uri: string): number {
  let file: string;
  try {
    file = decodeURIComponent(new URL(uri).pathname);
    makeFolder(dirname(file), 0o755);
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
