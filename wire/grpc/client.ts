/**
 * A gRPC client on a unix socket, on Node's own HTTP/2, for calls that are answered by one message or by a stream.
 * Messages are bytes; bring your own protobuf.
 *
 * A call is one HTTP/2 stream, `POST /SERVICE/METHOD`. Both directions carry messages:
 *
 * ```text
 *  ┌──────────────┬───────────────────────────┬───────────
 *  │ u8 compressed│ length of the data, u32 BE│ data …
 *  └──────────────┴───────────────────────────┴───────────
 * ```
 *
 * The status is in the trailers, or in the headers where no message comes.
 *
 * @source https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { createConnection } from 'node:net';
import { code, StatusError } from '../ttrpc/status.ts';
import { framed, MessageReader, type TakeMessage } from './messages.ts';

/** What may be on its way before it is read, in bytes: more than a frame, so that reading and sending overlap. */
const windowBytes = 2 ** 20;

/** A connection to a gRPC server; many calls may be in flight on it. */
export class GrpcClient {
  readonly #session: ClientHttp2Session;
  /** Settles when the connection has ended, with the reason. */
  readonly closed: Promise<Error>;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
    this.closed = new Promise((resolve) => {
      session.on('error', (error) => resolve(gone(error)));
      session.on('close', () => resolve(gone()));
    });
  }

  /** Connects to a unix socket. @throws the socket's error where nobody listens at `path` */
  static connect(path: string): Promise<GrpcClient> {
    return new Promise((resolve, reject) => {
      const session = connect('http://localhost', {
        createConnection: () => createConnection({ path }),
        settings: { initialWindowSize: windowBytes },
      });
      session.once('error', reject);
      session.once('connect', () => {
        session.off('error', reject);
        session.setLocalWindowSize(windowBytes);
        resolve(new GrpcClient(session));
      });
    });
  }

  /**
   * Calls a method. The payload and the answer are serialised messages.
   *
   * @param options `timeoutMs`: the deadline, in milliseconds; default: none
   * @throws StatusError with the server's code, or `unavailable` when the connection ends, or `deadlineExceeded`
   */
  async call(
    service: string,
    method: string,
    payload: Uint8Array,
    { timeoutMs = 0 }: { readonly timeoutMs?: number } = {},
  ): Promise<Uint8Array> {
    let answer: Uint8Array = new Uint8Array();
    const take: TakeMessage = (data, from, to) => {
      answer = data.subarray(from, to);
    };
    const header = timeoutMs > 0 ? { 'grpc-timeout': `${Math.round(timeoutMs)}m` } : {};
    const stream = this.#request(`/${service}/${method}`, payload, header);
    const abort = new AbortController();
    const tooLate = new StatusError(code.deadlineExceeded, `${method}: no answer within ${timeoutMs} ms`);
    const timer = timeoutMs > 0 ? setTimeout(() => abort.abort(tooLate), timeoutMs) : undefined;
    try {
      await read(stream, take, abort.signal);
    } finally {
      clearTimeout(timer);
    }
    return answer;
  }

  /**
   * Calls a method that answers with a stream of messages, until the server ends it.
   *
   * Why a callback: a message may take some microseconds in all, and an iterator that is awaited takes a part of that for
   * each.
   *
   * @param take is given each message
   * @param signal gives the call up
   * @throws StatusError with the server's code, or `unavailable` when the connection ends; the signal's reason; what `take` throws
   */
  async stream(
    service: string,
    method: string,
    payload: Uint8Array,
    take: TakeMessage,
    signal: AbortSignal,
  ): Promise<void> {
    await read(this.#request(`/${service}/${method}`, payload, {}), take, signal);
  }

  close(): void {
    this.#session.destroy();
  }

  /** @throws StatusError where the connection has ended */
  #request(path: string, payload: Uint8Array, headers: Readonly<Record<string, string>>): ClientHttp2Stream {
    if (this.#session.destroyed) throw gone();
    const stream = this.#session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: path,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      ...headers,
    });
    stream.end(framed(payload));
    return stream;
  }
}

/** Takes the messages of a call until its end. @throws as {@link GrpcClient.stream} */
function read(stream: ClientHttp2Stream, take: TakeMessage, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const messages = new MessageReader(take);
    let status: StatusError | null = null;
    let givenUp: { readonly why: unknown } | null = null;
    let failure: Error | null = null;
    const giveUp = (why: unknown): void => {
      givenUp ??= { why };
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    const readStatus = (headers: IncomingHttpHeaders): void => {
      status ??= statusIn(headers);
    };
    stream.on('response', readStatus);
    stream.on('trailers', readStatus);
    let isWaiting = false;
    const flush = (): void => {
      isWaiting = false;
      if (givenUp) return;
      try {
        messages.flush();
      } catch (error) {
        giveUp(error);
      }
    };
    stream.on('data', (part: Buffer) => {
      messages.push(part);
      if (isWaiting) return;
      isWaiting = true;
      // A server that has much to say sends a frame for each message, and Node reads hundreds of them at once.
      setImmediate(flush);
    });
    stream.on('error', (error) => (failure ??= gone(error)));
    stream.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      flush();
      if (givenUp) reject(givenUp.why);
      else if (status?.code !== code.ok) reject(status ?? failure ?? gone());
      else if (messages.isWithin) reject(new StatusError(code.internal, 'gRPC: the last message is cut off'));
      else resolve();
    });
  });
}

/** Null where the headers have no status. */
function statusIn(headers: IncomingHttpHeaders): StatusError | null {
  const { 'grpc-status': number, 'grpc-message': message = '' } = headers;
  if (number !== undefined) return new StatusError(Number(number), decodedMessage(String(message)));
  const http = headers[constants.HTTP2_HEADER_STATUS];
  return http === undefined || Number(http) === 200
    ? null
    : new StatusError(code.unavailable, `the server answers HTTP ${String(http)}: it speaks no gRPC`);
}

/** gRPC escapes a message as URLs do; a server may forget to. */
function decodedMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function gone(cause?: Error): StatusError {
  return new StatusError(code.unavailable, `gRPC: ${cause?.message ?? 'closed'}`, { cause });
}
