/**
 * A gRPC client for unary calls on a unix socket, on Node's own HTTP/2. Messages are bytes; bring your own protobuf.
 *
 * A call is one HTTP/2 stream, `POST /SERVICE/METHOD`. Both directions carry one message:
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

const prefixBytes = 5;

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
      const session = connect('http://localhost', { createConnection: () => createConnection({ path }) });
      session.once('error', reject);
      session.once('connect', () => {
        session.off('error', reject);
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
  call(
    service: string,
    method: string,
    payload: Uint8Array,
    { timeoutMs = 0 }: { readonly timeoutMs?: number } = {},
  ): Promise<Uint8Array> {
    if (this.#session.destroyed) return Promise.reject(gone());
    const stream = this.#session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: `/${service}/${method}`,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      ...(timeoutMs > 0 ? { 'grpc-timeout': `${Math.round(timeoutMs)}m` } : {}),
    });
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt32BE(payload.length, 1);
    stream.end(Buffer.concat([prefix, payload]));
    return answerOf(stream, `${method}: no answer within ${timeoutMs} ms`, timeoutMs);
  }

  close(): void {
    this.#session.destroy();
  }
}

function answerOf(stream: ClientHttp2Stream, tooLate: string, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status: StatusError | null = null;
    let failure: Error | null = null;
    const timer =
      timeoutMs > 0
        ? setTimeout(() => {
            failure = new StatusError(code.deadlineExceeded, tooLate);
            stream.close(constants.NGHTTP2_CANCEL);
          }, timeoutMs)
        : undefined;
    const read = (headers: IncomingHttpHeaders): void => {
      status ??= statusIn(headers);
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => (failure ??= gone(error)));
    stream.on('close', () => {
      clearTimeout(timer);
      if (status?.code === code.ok) resolve(messageIn(Buffer.concat(chunks)));
      else reject(status ?? failure ?? gone());
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

function messageIn(data: Buffer): Uint8Array {
  return data.length < prefixBytes
    ? new Uint8Array()
    : data.subarray(prefixBytes, prefixBytes + data.readUInt32BE(1));
}

function gone(cause?: Error): StatusError {
  return new StatusError(code.unavailable, `gRPC: ${cause?.message ?? 'closed'}`, { cause });
}
