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

/** A terminal whose master the shim holds: copies between it and the client's ends. */
export class Terminal {
  readonly #socket: ConsoleSocket;
  readonly #input: Socket | null;
  readonly #output: Socket | null;
  #master: { readonly stream: ReadStream; readonly fd: number } | null = null;
  /** Where input goes: the master, too. */
  #keys: Socket | null = null;
  #onEnd: () => void = () => undefined;
  /** Settles when everything that the processes wrote has been passed on. */
  readonly drained: Promise<void> = new Promise((resolve) => {
    this.#onEnd = resolve;
  });

  /** @param ends are the terminal's from here on */
  constructor({ input, output }: TerminalEnds) {
    this.#input = endOf(input, { readable: true, writable: false });
    // A FIFO that is opened for both would be read, too: its own output.
    this.#output = endOf(output, { readable: false, writable: true });
    try {
      this.#socket = new ConsoleSocket();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Where runc is to send the master. */
  get socket(): string {
    return this.#socket.path;
  }

  /** Takes the master that runc has sent. @throws Error where it has sent none */
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
    // What the process does not read waits in the client's FIFO: a write to `stream` would hold up every task.
    this.#keys = openPolled(fd, 'write').socket;
    this.#keys.on('error', () => this.#keys?.destroy());
    this.#input.pipe(this.#keys, { end: false });
  }

  /** Waits for no master any more. */
  detach(): void {
    this.#socket.close();
  }

  /** Does nothing before there is a terminal, as upstream. @throws Error where it is gone */
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

  /** Gives up what has not been passed on. */
  close(): void {
    this.#input?.destroy();
    this.#keys?.destroy();
    this.#master?.stream.destroy();
    this.#output?.destroy();
  }

  /**
   * libuv takes a short read from a terminal that was hung up for its end (uv__stream_io), and the kernel gives 4 KB at
   * a time: what is left in the kernel then is read here, before the descriptor is closed.
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

  /** Passes on what there is, for as long as it takes the reader. */
  #end(): void {
    this.#input?.destroy();
    this.#keys?.destroy();
    const stream = this.#master?.stream;
    // What a slow reader has kept in the stream is there still, though the terminal is gone.
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

function endOf(fd: number | null, ways: { readable: boolean; writable: boolean }): Socket | null {
  if (fd === null) return null;
  const end = new Socket({ fd, ...ways });
  end.on('error', () => end.destroy());
  return end;
}
