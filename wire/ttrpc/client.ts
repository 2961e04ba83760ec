import { createConnection, type Socket } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { RequestSchema, ResponseSchema } from '../proto/gen/ttrpc_pb.ts';
import { encodeFrame, type Frame, FrameDecoder, frameType, tooLarge } from './frame.ts';
import { code, StatusError } from './status.ts';

/** Options of a call. */
export interface CallOptions {
  /** After this time the client gives up, and the server may, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Pending {
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** A connection to a ttrpc server; many calls may be in flight on it. */
export class TtrpcClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #streamNext = 1;
  #gone: Error | null = null;
  #onClosed: (error: Error) => void = () => undefined;
  /** Settles when the connection has ended, with the reason. */
  readonly closed: Promise<Error> = new Promise((resolve) => {
    this.#onClosed = resolve;
  });

  private constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (chunk) => {
      for (const frame of decoder.push(chunk)) this.#take(frame, frame.isTooLarge);
    });
    socket.on('error', (cause) =>
      this.#end(new StatusError(code.unavailable, `ttrpc: ${cause.message}`, { cause })),
    );
    socket.on('close', () => this.#end(new StatusError(code.unavailable, 'ttrpc: closed')));
  }

  /** Connects to a unix socket. @throws the socket's error where nobody listens at `path` */
  static connect(path: string): Promise<TtrpcClient> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ path });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new TtrpcClient(socket));
      });
    });
  }

  /**
   * Calls a method. The payload and the answer are serialised messages.
   *
   * @throws StatusError with the server's code, or `unavailable` when the connection ends, or `deadlineExceeded`
   */
  call(service: string, method: string, payload: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    if (this.#gone) return Promise.reject(this.#gone);
    const stream = this.#streamNext;
    this.#streamNext += 2;
    const { timeoutMs = 0, metadata = {} } = options;
    const request = create(RequestSchema, {
      service,
      method,
      payload,
      timeoutNano: BigInt(Math.round(timeoutMs * 1e6)),
      metadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
    return new Promise((resolve, reject) => {
      const data = toBinary(RequestSchema, request);
      // First: it throws for a message that is too large.
      const frame = encodeFrame({ stream, type: frameType.request, flags: 0, data });
      const timer =
        timeoutMs > 0
          ? setTimeout(() => {
              this.#pending.delete(stream);
              reject(new StatusError(code.deadlineExceeded, `${method}: no answer within ${timeoutMs} ms`));
            }, timeoutMs)
          : undefined;
      this.#pending.set(stream, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#socket.write(frame);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Lets Node end although the connection is open. */
  unref(): void {
    this.#socket.unref();
  }

  #take({ stream, type, data }: Frame, isTooLarge: boolean): void {
    const pending = this.#pending.get(stream);
    if (!pending || type !== frameType.response) return;
    this.#pending.delete(stream);
    if (isTooLarge) {
      pending.reject(new StatusError(code.resourceExhausted, tooLarge()));
      return;
    }
    try {
      const { status, payload } = fromBinary(ResponseSchema, data);
      if (status && status.code !== code.ok) pending.reject(new StatusError(status.code, status.message));
      else pending.resolve(payload);
    } catch (cause) {
      pending.reject(
        new StatusError(code.internal, `the answer is no ttrpc.Response: ${(cause as Error).message}`, {
          cause,
        }),
      );
    }
  }

  #end(error: Error): void {
    this.#gone ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
    this.#onClosed(this.#gone);
  }
}
