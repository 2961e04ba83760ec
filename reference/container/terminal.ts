import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { ReadStream } from 'node:tty';
import { libc } from '../linux/libc.ts';
import { openPolled } from '../linux/polled.ts';
import { ConsoleSocket } from './console-socket.ts';
import type { TerminalEnds } from './stdio.ts';

const ioctl = libc<[fd: number, request: number, argument: Buffer]>(
  'int ioctl(int fd, unsigned long request, uint8_t *argument)',
);
const setWindowSize = 0x5414;
const chunkBytes = 64 * 1024;

/** A process's terminal: the shim holds the master and copies between it and the client's ends. */
export class Terminal {
  readonly #socket: ConsoleSocket;
  readonly #input: Socket | null;
  readonly #output: Socket | null;
  #master: { readonly stream: ReadStream; readonly fd: number } | null = null;
  /** The master again, for what the client types. */
  #keys: Socket | null = null;
  #onEnd: () => void = () => undefined;
  /** Settles when all that the processes wrote has reached the client's end. */
  readonly drained: Promise<void> = new Promise((resolve) => {
    this.#onEnd = resolve;
  });

  /**
   * @param ends belong to the terminal from here on
   * @param folder for the socket that runc sends the master to
   */
  constructor({ input, output }: TerminalEnds, folder: string) {
    this.#input = clientEnd(input, { readable: true, writable: false });
    // It is open for both, and Node would read back what it wrote.
    this.#output = clientEnd(output, { readable: false, writable: true });
    try {
      this.#socket = new ConsoleSocket(folder);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Path of the socket that runc sends the master to. */
  get socket(): string {
    return this.#socket.path;
  }

  /** Takes the master that runc has sent. @throws Error where it sent none */
  attach(): void {
    const fd = this.#socket.receive();
    const stream = new ReadStream(fd);
    this.#master = { stream, fd };
    stream.on('error', () => this.#end()); // EIO: the last process has closed its end.
    stream.on('end', () => this.#readRest(fd));
    stream.on('close', () => this.#end());
    if (this.#output) stream.pipe(this.#output, { end: false });
    else stream.resume();
    if (!this.#input) return;
    // Not to `stream`, whose writes block every task: what the process does not read waits in the client's FIFO.
    this.#keys = openPolled(fd, 'write').socket;
    this.#keys.on('error', () => this.#keys?.destroy());
    this.#input.pipe(this.#keys, { end: false });
  }

  /** Closes the socket for the master. */
  detach(): void {
    this.#socket.close();
  }

  /** Does nothing before there is a terminal, as in upstream. @throws Error where it is gone */
  resize(width: number, height: number): void {
    if (!this.#master) return;
    const size = Buffer.alloc(8);
    size.writeUInt16LE(height, 0);
    size.writeUInt16LE(width, 2);
    if (this.#master.stream.destroyed || ioctl(this.#master.fd, setWindowSize, size) !== 0)
      throw new Error('the terminal is gone');
  }

  closeInput(): void {
    this.#input?.destroy();
  }

  /** Closes everything; what was not passed on yet is lost. */
  close(): void {
    this.#input?.destroy();
    this.#keys?.destroy();
    this.#master?.stream.destroy();
    this.#output?.destroy();
  }

  /**
   * Reads what is left in the kernel, before the descriptor is closed.
   *
   * Why: the kernel gives 4 KB at a time, and libuv takes a short read from a hung-up terminal for its end (uv__stream_io).
   */
  #readRest(fd: number): void {
    const chunk = Buffer.alloc(chunkBytes);
    try {
      for (let bytes = readSync(fd, chunk); bytes > 0; bytes = readSync(fd, chunk))
        this.#output?.write(Buffer.from(chunk.subarray(0, bytes)));
    } catch {
      // EIO: that was all.
    }
  }

  /** Passes on what is left, for as long as the reader takes. */
  #end(): void {
    this.#input?.destroy();
    this.#keys?.destroy();
    const stream = this.#master?.stream;
    // Behind a slow reader the stream still holds some, although the terminal is gone.
    for (let chunk = stream?.read(); chunk; chunk = stream?.read()) this.#output?.write(chunk);
    stream?.destroy();
    if (!this.#output || this.#output.destroyed) this.#onEnd();
    else
      this.#output.end(() => {
        this.#output?.destroy();
        this.#onEnd();
      });
  }
}

function clientEnd(fd: number | null, ways: { readable: boolean; writable: boolean }): Socket | null {
  if (fd === null) return null;
  const end = new Socket({ fd, ...ways });
  end.on('error', () => end.destroy());
  return end;
}
