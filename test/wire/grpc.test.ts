import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcClient } from '../../wire/grpc/client.ts';
import { framed, MessageReader } from '../../wire/grpc/messages.ts';
import { code } from '../../wire/ttrpc/status.ts';

const texts = ['one', '', 'three'.repeat(20_000), 'four'];
const sent = Buffer.concat(texts.map((text) => framed(Buffer.from(text))));

describe('MessageReader', () => {
  it.each([1, 4, 5, 6, 1_000, 2 ** 20])('finds the messages in parts of %i bytes', (length) => {
    const found: string[] = [];
    const reader = new MessageReader((data, from, to) => found.push(data.toString('utf8', from, to)));
    for (let at = 0; at < sent.length; at += length) {
      reader.push(sent.subarray(at, at + length));
      if (at % 3 !== 0) reader.flush();
    }
    reader.flush();
    expect(found).toEqual(texts);
    expect(reader.isWithin).toBe(false);
    reader.push(sent.subarray(0, 6));
    reader.flush();
    expect(reader.isWithin).toBe(true);
  });

  it('refuses a message that is compressed or longer than 16 MiB, before it has come', () => {
    const read = (...bytes: readonly number[]): void => {
      const reader = new MessageReader(() => expect.fail('no message was whole'));
      reader.push(Buffer.from(bytes));
      reader.flush();
    };
    expect(() => read(1, 0, 0, 0, 1)).toThrow('compressed');
    expect(() => read(0, 1, 0, 0, 1)).toThrow('got 16777217 bytes, allowed 16777216');
  });
});

describe('GrpcClient', () => {
  let folder: string;
  let socket: string;
  let server: Http2Server;
  let sessions: Set<ServerHttp2Session>;
  let client: GrpcClient;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shim-spec-grpc-'));
    socket = join(folder, 's');
    server = createServer();
    sessions = new Set();
    server.on('session', (session) => sessions.add(session));
    server.listen(socket);
    await once(server, 'listening');
    client = await GrpcClient.connect(socket);
  });
  afterEach(async () => {
    client.close();
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  /** Answers each call, and sends its trailers. */
  function answer(
    send: (stream: ServerHttp2Stream) => void,
    trailers: Readonly<Record<string, string>> = { 'grpc-status': '0' },
  ): void {
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      send(stream);
    });
  }

  async function streamed(signal = new AbortController().signal): Promise<string[]> {
    const found: string[] = [];
    await client.stream(
      'p.S',
      'M',
      Buffer.from('?'),
      (data, from, to) => found.push(data.toString('utf8', from, to)),
      signal,
    );
    return found;
  }

  it('sends a request and takes a stream of messages, and one of them where one is asked for', async () => {
    const asked: Buffer[] = [];
    answer((stream) => {
      stream.on('data', (part: Buffer) => asked.push(part));
      stream.on('end', () => stream.end(sent));
    });
    expect(await streamed()).toEqual(texts);
    expect(Buffer.concat(asked)).toEqual(framed(Buffer.from('?')));
    expect(Buffer.from(await client.call('p.S', 'M', Buffer.from('?'))).toString()).toBe(texts.at(-1));
  });

  it('has the code and the message of the status', async () => {
    answer((stream) => stream.end(sent), { 'grpc-status': '5', 'grpc-message': 'no%20such%20topic' });
    await expect(streamed()).rejects.toMatchObject({ code: code.notFound, message: 'no such topic' });
  });

  it('says where a stream has no status, ends within a message, or is none of gRPC', async () => {
    answer((stream) => stream.end(sent.subarray(0, -1)));
    await expect(streamed()).rejects.toMatchObject({ code: code.internal });
    server.removeAllListeners('stream');
    answer((stream) => stream.end(sent), {});
    await expect(streamed()).rejects.toMatchObject({ code: code.unavailable });
    server.removeAllListeners('stream');
    server.on('stream', (stream) => {
      stream.respond({ ':status': 404 });
      stream.end();
    });
    await expect(streamed()).rejects.toThrow('the server answers HTTP 404');
  });

  it('is unavailable when the connection ends, and where nobody listens', async () => {
    answer((stream) => stream.write(sent, () => stream.session?.destroy()));
    await expect(streamed()).rejects.toMatchObject({ code: code.unavailable });
    await expect(streamed()).rejects.toMatchObject({ code: code.unavailable });
    await expect(GrpcClient.connect(join(folder, 'nobody'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives a call up at its deadline, for a signal, and where its taker throws', async () => {
    const ended: Promise<unknown>[] = [];
    answer((stream) => {
      ended.push(once(stream, 'close'));
      stream.write(sent);
    });
    await expect(client.call('p.S', 'M', Buffer.of(), { timeoutMs: 50 })).rejects.toMatchObject({
      code: code.deadlineExceeded,
    });
    await expect(streamed(AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(streamed(AbortSignal.abort('no more'))).rejects.toBe('no more');
    const thrown = new Error('of the taker');
    const taken = client.stream(
      'p.S',
      'M',
      Buffer.of(),
      () => {
        throw thrown;
      },
      new AbortController().signal,
    );
    await expect(taken).rejects.toBe(thrown);
    // The server hears of each.
    await Promise.all(ended);
    expect(ended.length).toBeGreaterThanOrEqual(3);
  });
});
