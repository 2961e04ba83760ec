import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestSchema, ResponseSchema } from '../../wire/proto/gen/ttrpc_pb.ts';
import { TtrpcClient } from '../../wire/ttrpc/client.ts';
import { fieldsIn } from '../../wire/ttrpc/fields.ts';
import {
  dataMaxBytes,
  encodeFrame,
  type Frame,
  FrameDecoder,
  FrameError,
  frameType,
  headerBytes,
} from '../../wire/ttrpc/frame.ts';
import { type Services, serveTtrpc } from '../../wire/ttrpc/server.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { fc, test } from '../random.ts';

const frame = fc.record({
  stream: fc.nat(2 ** 32 - 1),
  type: fc.nat(255),
  flags: fc.nat(255),
  data: fc.uint8Array({ maxLength: 300 }),
});

const plain = ({ stream, type, flags, data }: Frame): object => ({ stream, type, flags, data: [...data] });

/** Gives `bytes` to a decoder in pieces that end at `cuts`. */
function decoded(bytes: Buffer, cuts: readonly number[]): ReturnType<FrameDecoder['push']> {
  const decoder = new FrameDecoder();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.flatMap((end, i) => decoder.push(bytes.subarray(ends[i - 1] ?? 0, end)));
}

describe('FrameDecoder', () => {
  test.prop([fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 })])(
    'gives the frames that were encoded, however the bytes are torn',
    (frames, cuts) => {
      const got = decoded(Buffer.concat(frames.map(encodeFrame)), cuts);
      expect(got.map(plain)).toEqual(frames.map(plain));
      expect(got.some(({ isTooLarge }) => isTooLarge)).toBe(false);
    },
  );

  test.prop([fc.integer({ min: 1, max: 5_000 }), frame, fc.array(fc.nat(), { maxLength: 10 })])(
    'passes over a frame that is too large, and understands the next',
    (excess, next, cuts) => {
      const head = Buffer.alloc(headerBytes);
      head.writeUInt32BE(dataMaxBytes + excess, 0);
      head.writeUInt32BE(7, 4);
      const large = Buffer.concat([head, Buffer.alloc(dataMaxBytes + excess), encodeFrame(next)]);
      const [first, second, ...more] = decoded(large, cuts);
      expect(first).toMatchObject({ stream: 7, isTooLarge: true });
      expect(plain(second ?? expect.fail('no second frame'))).toEqual(plain(next));
      expect(more).toEqual([]);
    },
  );

  it('copies a large frame that comes in small pieces only a few times', () => {
    const bytes = encodeFrame({ stream: 1, type: 1, flags: 0, data: Buffer.alloc(dataMaxBytes) });
    const cuts = Array.from({ length: 4_000 }, (_, i) => i * 1_000);
    expect(decoded(bytes, cuts)).toHaveLength(1);
  });

  it('refuses to encode what nobody may read', () => {
    const data = Buffer.alloc(dataMaxBytes + 1);
    expect(() => encodeFrame({ stream: 1, type: 1, flags: 0, data })).toThrow(FrameError);
  });
});

describe('serveTtrpc and TtrpcClient', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-ttrpc-'));
  const path = join(folder, 'socket');
  const aborted: string[] = [];
  let counted = 0;
  const services: Services = {
    test: {
      Echo: (payload) => payload,
      Count: () => Buffer.from(String(++counted)),
      Counted: () => Buffer.from(String(counted)),
      Reverse: async (payload) => {
        await new Promise((resolve) => setTimeout(resolve, payload[0] ?? 0));
        return payload.toReversed();
      },
      Fail: () => {
        throw new StatusError(code.notFound, 'there is none');
      },
      Throw: () => {
        throw new TypeError('a bug');
      },
      Large: () => new Uint8Array(dataMaxBytes + 1),
      Metadata: (_, { metadata }) => Buffer.from(metadata.get('containerd-namespace-ttrpc') ?? 'none'),
      Never: (payload, { signal }) =>
        new Promise(() =>
          signal.addEventListener('abort', () => aborted.push(Buffer.from(payload).toString())),
        ),
    },
  };
  const server = serveTtrpc(services);
  beforeAll(() => new Promise<void>((resolve) => server.listen(path, resolve)));
  afterAll(async () => {
    for (const connection of server.connections) connection.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const call = async (
    method: string,
    payload: Uint8Array = new Uint8Array(),
    options = {},
  ): Promise<Buffer> => {
    const client = await TtrpcClient.connect(path);
    try {
      return Buffer.from(await client.call('test', method, payload, options));
    } finally {
      client.close();
    }
  };

  it('answer each call on its own stream, in any order', async () => {
    const client = await TtrpcClient.connect(path);
    const payloads = Array.from({ length: 50 }, (_, i) => Buffer.from([50 - i, i]));
    const answers = await Promise.all(payloads.map((payload) => client.call('test', 'Reverse', payload)));
    expect(answers.map((answer) => [...answer])).toEqual(payloads.map(([ms, i]) => [i, ms]));
    client.close();
  });

  it('pass on codes, messages and metadata', async () => {
    await expect(call('Fail')).rejects.toMatchObject({ code: code.notFound, message: 'there is none' });
    await expect(call('Throw')).rejects.toMatchObject({ code: code.unknown, message: 'a bug' });
    await expect(call('None')).rejects.toMatchObject({ code: code.unimplemented });
    await expect(call('constructor')).rejects.toMatchObject({ code: code.unimplemented });
    await expect(call('Large')).rejects.toMatchObject({ code: code.resourceExhausted });
    const metadata = { 'containerd-namespace-ttrpc': 'k8s.io' };
    expect((await call('Metadata', undefined, { metadata })).toString()).toBe('k8s.io');
  });

  it('end a call at its deadline, and cancel it when the client goes', async () => {
    await expect(call('Never', Buffer.from('late'), { timeoutMs: 50 })).rejects.toMatchObject({
      code: code.deadlineExceeded,
    });
    const client = await TtrpcClient.connect(path);
    const pending = client.call('test', 'Never', Buffer.from('left'));
    await client.call('test', 'Echo', Buffer.from(''));
    client.close();
    await expect(pending).rejects.toMatchObject({ code: code.unavailable });
    await expect.poll(() => aborted.toSorted()).toEqual(['late', 'left']);
    await expect(client.call('test', 'Echo', Buffer.from(''))).rejects.toMatchObject({
      code: code.unavailable,
    });
  });

  it('refuse a request that is too large, and go on', async () => {
    const [socket, answers] = await raw();
    const head = Buffer.alloc(headerBytes);
    head.writeUInt32BE(dataMaxBytes + 1, 0);
    head.writeUInt32BE(1, 4);
    head.writeUInt8(frameType.request, 8);
    socket.write(Buffer.concat([head, Buffer.alloc(dataMaxBytes + 1), request(3, 'Echo')]));
    await expect.poll(() => answers.map(({ stream }) => stream)).toEqual([1, 3]);
    socket.destroy();
  });

  it('take a call of one connection before a few more of another that floods them', async () => {
    const flood = 60_000;
    const frames = Array.from({ length: flood }, (_, i) => request(2 * i + 1, 'Count'));
    const file = join(folder, 'flood');
    writeFileSync(file, Buffer.concat(frames));
    // A process of its own: it fills the socket while the server reads.
    const script = `const [, path, file] = process.argv; const client = net.connect(path, () => client.write(fs.readFileSync(file))).resume()`;
    const flooding = spawn(process.execPath, ['-e', script, path, file], { stdio: 'ignore' });
    const client = await TtrpcClient.connect(path);
    try {
      await expect.poll(() => counted).toBeGreaterThan(0);
      for (let i = 0; i < 20; i++) {
        const before = counted;
        const after = Number(Buffer.from(await client.call('test', 'Counted', Buffer.alloc(0))).toString());
        expect(after - before).toBeLessThan(100);
      }
      expect(counted).toBeLessThan(flood);
      await expect.poll(() => counted).toBe(flood);
    } finally {
      client.close();
      flooding.kill('SIGKILL');
    }
  });

  test.prop([
    fc.array(fc.record({ key: fc.string(), value: fc.string({ maxLength: 300 }) }), { maxLength: 30 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.bigInt({ min: 0n, max: 2n ** 62n }),
  ])('count the fields of a request as it was encoded', (metadata, payload, timeoutNano) => {
    const message = create(RequestSchema, { service: 's', method: 'm', payload, timeoutNano, metadata });
    const fields = 2 + Number(payload.length > 0) + Number(timeoutNano > 0n) + metadata.length;
    expect(fieldsIn(toBinary(RequestSchema, message), fields + 1)).toBe(fields);
  });

  it('cut off a client that uses a stream twice, or an even one', async () => {
    for (const streams of [[1, 1], [2]]) {
      const [socket] = await raw();
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write(Buffer.concat(streams.map((stream) => request(stream, 'Never'))));
      await closed;
    }
  });

  test.prop([fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 20 })], {
    numRuns: 200,
  })('survive garbage', async (chunks) => {
    const [socket] = await raw();
    for (const chunk of chunks) socket.write(chunk);
    await new Promise((resolve) => socket.end(() => setTimeout(resolve, 1)));
    socket.destroy();
  });

  test.prop(
    [fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 40 })), { minLength: 20, maxLength: 200 })],
    {
      numRuns: 30,
    },
  )(
    'answer four clients whose frames come torn, and in turns, beside one that sends none whole',
    async (turns) => {
      const [noise] = await raw();
      const clients = await Promise.all([0, 1, 2, 3].map(raw));
      const sent = clients.map((_, i) =>
        Buffer.concat([0, 1, 2].map((n) => request(4 * n + 1, 'Echo', `${i}${n}`))),
      );
      const at = [0, 0, 0, 0];
      for (const [i, bytes] of turns) {
        clients[i]?.[0].write(sent[i]?.subarray(at[i], (at[i] ?? 0) + bytes) ?? '');
        at[i] = (at[i] ?? 0) + bytes;
        noise.write(Buffer.alloc(1, bytes));
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const [i, [socket]] of clients.entries()) socket.write(sent[i]?.subarray(at[i]) ?? '');
      for (const [i, [socket, answers]] of clients.entries()) {
        await expect.poll(() => answers.length).toBe(3);
        expect(answers.map(({ stream }) => stream).toSorted((a, b) => a - b)).toEqual([1, 5, 9]);
        for (const { stream, data } of answers)
          expect(Buffer.from(fromBinary(ResponseSchema, data).payload).toString()).toBe(
            `${i}${(stream - 1) / 4}`,
          );
        socket.destroy();
      }
      noise.destroy();
    },
  );

  it('serve after all that, and hold no connection that is gone', async () => {
    expect((await call('Echo', Buffer.from('well'))).toString()).toBe('well');
    await expect.poll(() => server.connections.size).toBe(0);
  });

  async function raw(): Promise<[Socket, Frame[]]> {
    const socket = createConnection({ path });
    const decoder = new FrameDecoder();
    const frames: Frame[] = [];
    socket.on('data', (chunk) => frames.push(...decoder.push(chunk)));
    socket.on('error', () => socket.destroy());
    await new Promise((resolve) => socket.on('connect', resolve));
    return [socket, frames];
  }

  function request(stream: number, method: string, text = ''): Buffer {
    const payload = Buffer.from(text);
    const data = toBinary(RequestSchema, create(RequestSchema, { service: 'test', method, payload }));
    return encodeFrame({ stream, type: frameType.request, flags: 0, data });
  }
});
