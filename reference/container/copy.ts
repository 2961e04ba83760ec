import { createWriteStream, fstatSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { movePipe, pipeCapacity, setPipeCapacity } from '../linux/pipe.ts';

/** When pipes become larger, and how large: on a loaded machine each end waits for its turn at every pipe. */
const turnsUntilMuch = 16;
const muchBytes = 256 * 1024;
const pageBytes = 4096;
const fileChunkBytes = 64 * 1024;
/** How often the kernel moves bytes before other work of the shim has its turn. */
const movesMax = 16;
/** How long `finish` waits for a reader, where the kernel gives its pipe no more room. */
const finishMs = 1_000;

/**
 * Copies from a pipe or FIFO to another one or to a file, only as fast as the reader takes it. Neither end blocks, and no
 * thread waits.
 *
 * Between pipes the kernel moves the bytes (splice(2)). Node cannot wait until a pipe can be read without reading from it,
 * nor until one can be written to without writing: so a page goes through it first, each time.
 */
export class Copy {
  /** Settles when everything is written and both ends are closed, or the reader is gone for good. */
  readonly done: Promise<void>;
  readonly #from: number;
  readonly #to: number;
  readonly #source: Socket;
  readonly #sink: Writable;
  readonly #isToFile: boolean;
  #turns = 0;

  /** Both descriptors are the copy's from here on. */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#isToFile = fstatSync(to).isFile();
    // A FIFO may be open for both, and Node would read back what it wrote.
    this.#sink = this.#isToFile
      ? createWriteStream('', { fd: to })
      : new Socket({ fd: to, readable: false, writable: true });
    this.done = new Promise((resolve) => this.#sink.once('close', resolve));
    // The writer is told as a reader's absence tells it: by SIGPIPE.
    this.#sink.on('error', () => this.stop());
    this.#sink.on('finish', () => this.#sink.destroy());
    this.#source = this.#open();
  }

  #open(): Socket {
    const buffer = Buffer.alloc(this.#isToFile ? fileChunkBytes : pageBytes);
    const callback = (bytes: number): boolean => {
      this.#sink.write(buffer.subarray(0, bytes), (error) => error || this.#goOn());
      // The buffer is read into again when it is written.
      return false;
    };
    // Node's types do not know `onread` here.
    const options: object = { fd: this.#from, readable: true, writable: false, onread: { buffer, callback } };
    const source = new Socket(options);
    source.on('error', () => this.#sink.end());
    source.on('end', () => this.#sink.end());
    return source.resume();
  }

  #goOn(): void {
    if (this.#source.destroyed) return;
    if (++this.#turns === turnsUntilMuch)
      for (const fd of [this.#from, this.#to]) setPipeCapacity(fd, muchBytes);
    if (!this.#isToFile) for (let i = 0; i < movesMax && movePipe(this.#from, this.#to) > 0; i++);
    this.#source.resume();
  }

  /** Passes on what has been written so far, also to a reader that comes late, and closes both ends. */
  async finish(): Promise<void> {
    if (this.#sink.destroyed) return;
    const isOver = this.#sink.writableEnded;
    const rest = isOver ? [] : this.#rest();
    this.#source.destroy();
    for (const chunk of rest) this.#sink.write(chunk);
    makeRoom(this.#to, this.#sink.writableLength);
    if (!isOver) this.#sink.end();
    const timer = setTimeout(() => this.stop(), finishMs);
    await this.done;
    clearTimeout(timer);
  }

  /** Closes both ends; what was not passed on is lost. */
  stop(): void {
    this.#source.destroy();
    this.#sink.destroy();
  }

  /** What the pipe holds. It may get more all the time, so no more than it can hold. */
  #rest(): Buffer[] {
    const chunks: Buffer[] = [];
    try {
      for (let left = pipeCapacity(this.#from); left > 0; ) {
        const chunk = Buffer.alloc(left);
        const bytes = readSync(this.#from, chunk);
        if (bytes === 0) break;
        chunks.push(chunk.subarray(0, bytes));
        left -= bytes;
      }
    } catch {
      // EAGAIN: that was all.
    }
    return chunks;
  }
}

/** Makes a pipe hold `bytes` more, so that what is written last need not wait for its reader. */
function makeRoom(fd: number, bytes: number): void {
  const capacity = pipeCapacity(fd);
  if (capacity > 0 && bytes > 0) setPipeCapacity(fd, capacity + bytes + pageBytes);
}
