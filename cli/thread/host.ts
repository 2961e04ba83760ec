import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Worker } from 'node:worker_threads';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import type { SessionData, Told } from './session.ts';

/** What the build makes of command.ts: Node starts a thread from a file of JavaScript. */
const threadFile = new URL('./command.js', import.meta.url);

const statusEveryMs = 1_000;
const retryMs = 5;
const columnsDefault = 80;
const clearLine = '\r\x1b[K';

/**
 * Runs the command line in a thread, and writes what it tells.
 *
 * The first SIGINT or SIGTERM asks the command to stop; it then prints what it has found. The second one ends the process.
 *
 * @returns the exit code
 */
export async function runInThread(args: readonly string[]): Promise<number> {
  const interrupts = new Int32Array(new SharedArrayBuffer(4));
  const isTerminal = isatty(1);
  const session: SessionData = {
    interrupts,
    isTerminal,
    columns: (isTerminal && process.stdout.columns) || columnsDefault,
  };
  const worker = new Worker(threadFile, {
    argv: [...args],
    workerData: session,
    // The conformance tester gives sockets descriptors that it has opened itself.
    trackUnmanagedFds: false,
  });
  const status = new StatusLine(args[0] ?? '');
  let hasEnded = false;
  worker.on('message', (told: Told) => {
    if (told.kind === 'status') return status.set(told.text);
    if (told.kind === 'end') {
      hasEnded = true;
      return;
    }
    status.clear();
    writeAll(told.kind === 'result' ? 1 : 2, told.text);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (Atomics.add(interrupts, 0, 1) === 0) {
        worker.postMessage('interrupt');
        return status.set('stopping; once more to end at once');
      }
      status.clear();
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  return new Promise((resolve, reject) => {
    worker.once('error', (error: NodeJS.ErrnoException) => {
      status.end();
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return reject(error);
      writeAll(
        2,
        'shim-spec: Node ran out of memory: lower the bound, --memory or --max-states, or give Node more by NODE_OPTIONS=--max-old-space-size=MiB\n',
      );
      resolve(exitCode.incomplete);
    });
    worker.once('exit', (code) => {
      status.end();
      if (hasEnded) return resolve(code);
      // Of our own code none does so. Its exit code would be taken for a verdict.
      writeAll(
        2,
        'shim-spec: the command was ended before its result (got process.exit, or an await that nothing settles, in the module of a revision; allowed neither): mend the module\n',
      );
      resolve(exitCode.evaluation);
    });
  });
}

/** On a terminal, one line on standard error that says what happens and since when, every second; elsewhere nothing. */
class StatusLine {
  readonly #startMs = performance.now();
  readonly #timer: NodeJS.Timeout | null;
  #text: string;
  #isShown = false;

  constructor(text: string) {
    this.#text = text;
    this.#timer = isatty(2) ? setInterval(() => this.#show(), statusEveryMs) : null;
  }

  set(text: string): void {
    this.#text = text;
  }

  clear(): void {
    if (this.#isShown) writeAll(2, clearLine);
    this.#isShown = false;
  }

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.clear();
  }

  #show(): void {
    if (this.#text === '') return;
    const seconds = Math.floor((performance.now() - this.#startMs) / 1_000);
    const since = `, ${seconds} s`;
    const room = (process.stderr.columns || columnsDefault) - 1 - since.length;
    writeAll(2, `${clearLine}${this.#text.slice(0, room)}${since}`);
    this.#isShown = true;
  }
}

/** Writes all of a text. Ends the process quietly where nobody reads it any more. */
function writeAll(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(exitCode.closedPipe);
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
      else failToWrite(fd, error);
    }
  }
}

function failToWrite(fd: 1 | 2, error: unknown): never {
  if (fd === 1)
    writeAll(
      2,
      `shim-spec: standard output cannot be written (got ${causeText(error)}, allowed an open file or pipe): name a file with --output\n`,
    );
  process.exit(exitCode.file);
}
