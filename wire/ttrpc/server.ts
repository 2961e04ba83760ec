import { createServer, type Server, type Socket } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Request, RequestSchema, ResponseSchema } from '../proto/gen/ttrpc_pb.ts';
import { refuseTooManyFields } from './fields.ts';
import { dataMaxBytes, encodeFrame, type Frame, FrameDecoder, frameType, tooLarge } from './frame.ts';
import { code, StatusError } from './status.ts';

/** What a method knows of its call besides the payload. */
interface CallContext {
  /** Aborted when the client is gone or its deadline has passed. */
  readonly signal: AbortSignal;
  readonly metadata: ReadonlyMap<string, string>;
}

/** One message in, one message out, both serialised. @throws StatusError to answer with an error */
export type UnaryMethod = (payload: Uint8Array, context: CallContext) => Promise<Uint8Array> | Uint8Array;

/** Services by name, each its methods by name. */
export type Services = Readonly<Record<string, Readonly<Record<string, UnaryMethod>>>>;

/** A client that does not read is disconnected when more than this waits to be written to it, in bytes. */
const writeMaxBytes = 16 * 1024 ** 2;

/** How many calls of one connection may be open at once; more are refused. */
const callsMax = 10_000;

/** How many calls of one connection begin before other connections get a turn: a few milliseconds in a shim. */
const callsPerTurn = 16;

/** Makes a server for `services`; `listen` and `close` are node:net's. */
export function serveTtrpc(services: Services): Server & { readonly connections: ReadonlySet<Socket> } {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    new Connection(socket, services).serve();
  });
  return Object.assign(server, { connections });
}

/** One client. Its calls run concurrently and are answered in any order. */
class Connection {
  readonly #socket: Socket;
  readonly #services: Services;
  readonly #calls = new Map<number, AbortController>();
  /** Frames that were read and whose calls have not begun; no more are read until this is empty. */
  #waiting: ReturnType<FrameDecoder['push']> = [];

  constructor(socket: Socket, services: Services) {
    this.#socket = socket;
    this.#services = services;
  }

  serve(): void {
    const decoder = new FrameDecoder();
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('data', (chunk) => {
      const isInTurns = this.#waiting.length > 0;
      this.#waiting = [...this.#waiting, ...decoder.push(chunk)];
      if (!isInTurns) this.#takeTurn();
    });
    this.#socket.on('close', () => {
      for (const call of this.#calls.values())
        call.abort(new StatusError(code.cancelled, 'the client is gone'));
    });
  }

  /** Without turns, libuv reads 2 MiB from one connection before it looks at another: thousands of calls. */
  #takeTurn(): void {
    for (const frame of this.#waiting.splice(0, callsPerTurn)) this.#take(frame, frame.isTooLarge);
    if (this.#socket.destroyed) return;
    if (this.#waiting.length === 0) {
      this.#socket.resume();
      return;
    }
    this.#socket.pause();
    setImmediate(() => this.#takeTurn());
  }

  #take(frame: Frame, isTooLarge: boolean): void {
    if (frame.type !== frameType.request) return;
    if (frame.stream % 2 === 0 || this.#calls.has(frame.stream)) {
      // An even or repeated stream id breaks the protocol; later frames could not be told apart.
      this.#socket.destroy();
      return;
    }
    void this.#call(frame, isTooLarge);
  }

  async #call({ stream, data }: Frame, isTooLarge: boolean): Promise<void> {
    try {
      if (isTooLarge) throw new StatusError(code.resourceExhausted, tooLarge());
      if (this.#calls.size >= callsMax)
        throw new StatusError(code.resourceExhausted, `too many calls at once (allowed ${callsMax})`);
      this.#answer(stream, { payload: await this.#run(stream, decodeRequest(data)) });
    } catch (error) {
      const status = error instanceof StatusError ? error.code : code.unknown;
      this.#answer(stream, {
        status: { code: status, message: error instanceof Error ? error.message : String(error) },
      });
    }
  }

  async #run(stream: number, request: Request): Promise<Uint8Array> {
    const service = own(this.#services, request.service);
    const handler = service && own(service, request.method);
    if (!handler) {
      throw new StatusError(code.unimplemented, `service ${request.service} has no method ${request.method}`);
    }
    const call = new AbortController();
    const deadlineMs = Number(request.timeoutNano) / 1e6;
    const timer =
      deadlineMs > 0
        ? setTimeout(
            () => call.abort(new StatusError(code.deadlineExceeded, 'context deadline exceeded')),
            Math.min(deadlineMs, 2 ** 31 - 1),
          )
        : undefined;
    this.#calls.set(stream, call);
    const metadata = new Map(request.metadata.map(({ key, value }) => [key, value]));
    try {
      return await abortable(call.signal, async () =>
        handler(request.payload, { signal: call.signal, metadata }),
      );
    } finally {
      clearTimeout(timer);
      this.#calls.delete(stream);
    }
  }

  #answer(
    stream: number,
    response: { status?: { code: number; message: string }; payload?: Uint8Array },
  ): void {
    if (this.#socket.destroyed) return;
    const data = toBinary(ResponseSchema, create(ResponseSchema, response));
    if (data.length > dataMaxBytes) {
      this.#answer(stream, { status: { code: code.resourceExhausted, message: tooLarge(data.length) } });
      return;
    }
    this.#socket.write(encodeFrame({ stream, type: frameType.response, flags: 0, data }));
    if (this.#socket.writableLength > writeMaxBytes) this.#socket.destroy();
  }
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function decodeRequest(data: Uint8Array): Request {
  refuseTooManyFields(data, 'ttrpc.Request');
  try {
    return fromBinary(RequestSchema, data);
  } catch (cause) {
    throw new StatusError(
      code.invalidArgument,
      `the request is no ttrpc.Request: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Rejects with the signal's reason as soon as it is aborted, whatever the call does then. */
function abortable<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    call().then(resolve, reject);
  });
}
