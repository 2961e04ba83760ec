/**
 * Sends events to one subscriber as containerd does: grpc-go makes a DATA frame of each message, and writes some 32 KiB of
 * them at once. Node's own server would join hundreds of events in a frame, which costs its reader less.
 *
 * @source https://www.rfc-editor.org/rfc/rfc9113
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { toBinary } from '@bufbuild/protobuf';
import { framed } from '../wire/grpc/messages.ts';
import { EnvelopeSchema } from '../wire/proto/gen/forward_pb.ts';
import { lives } from './watch-events.ts';

const type = { data: 0, headers: 1, settings: 4, ping: 6, windowUpdate: 8 } as const;
const flag = { none: 0, ack: 1, endStream: 1, endHeaders: 4 } as const;
const prefaceBytes = 24;
const headBytes = 9;
const initialWindowSize = 4;
const windowDefault = 65_535;
const burstBytes = 32 * 2 ** 10;
/** The first one of a client. */
const streamId = 1;

/** What is written at once: frames, and how much of it the windows count. */
interface Burst {
  readonly frames: Buffer;
  readonly dataBytes: number;
}

function frame(kind: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = kind;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header that no table holds. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.of(0, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);
}

/** `:status: 200` is the static table's eighth. */
const response = Buffer.concat([Buffer.of(0x88), literal('content-type', 'application/grpc')]);
const trailers = literal('grpc-status', '0');

/** Events of {@link lives}, made before anything is measured. */
export function burstsOf(events: number): Burst[] {
  const bursts: Burst[] = [];
  let frames: Buffer[] = [];
  let dataBytes = 0;
  const flush = (): void => {
    bursts.push({ frames: Buffer.concat(frames), dataBytes });
    frames = [];
    dataBytes = 0;
  };
  for (const envelope of lives(events)) {
    const message = framed(toBinary(EnvelopeSchema, envelope));
    frames.push(frame(type.data, flag.none, streamId, message));
    dataBytes += message.length;
    if (dataBytes >= burstBytes) flush();
  }
  flush();
  return bursts;
}

/** Serves one subscriber. */
export class Sender {
  readonly #bursts: readonly Burst[];
  readonly #server: Server;
  /** Settles when somebody has subscribed. */
  readonly subscribed: Promise<void>;
  #tellSubscribed: () => void = () => undefined;
  #socket: Socket | null = null;
  #received = Buffer.alloc(0);
  #hasPreface = false;
  readonly #windows = { connection: windowDefault, stream: windowDefault };
  #initialWindow = windowDefault;
  #next = 0;
  #isSending = false;

  constructor(bursts: readonly Burst[]) {
    this.#bursts = bursts;
    this.subscribed = new Promise((resolve) => {
      this.#tellSubscribed = resolve;
    });
    this.#server = createServer((socket) => {
      // `watch` first looks whether anybody listens.
      socket.on('error', () => undefined);
      socket.on('data', (part) => this.#take(socket, part));
    });
  }

  async listen(path: string): Promise<void> {
    this.#server.listen(path);
    await once(this.#server, 'listening');
  }

  /** Sends all events, as fast as the subscriber's windows allow, and ends the subscription. */
  send(): void {
    this.#isSending = true;
    this.#pump();
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  #take(socket: Socket, part: Buffer): void {
    this.#received = Buffer.concat([this.#received, part]);
    if (!this.#hasPreface) {
      if (this.#received.length < prefaceBytes) return;
      this.#hasPreface = true;
      this.#received = this.#received.subarray(prefaceBytes);
      this.#socket = socket;
      socket.on('drain', () => this.#pump());
      socket.write(frame(type.settings, flag.none, 0, Buffer.of()));
    }
    while (this.#received.length >= headBytes) {
      const end = headBytes + this.#received.readUIntBE(0, 3);
      if (this.#received.length < end) break;
      this.#takeFrame(socket, this.#received.subarray(0, end));
      this.#received = this.#received.subarray(end);
    }
    this.#pump();
  }

  #takeFrame(socket: Socket, whole: Buffer): void {
    const payload = whole.subarray(headBytes);
    const isAck = ((whole[4] ?? 0) & flag.ack) !== 0;
    switch (whole[3]) {
      case type.settings:
        if (isAck) break;
        this.#takeSettings(payload);
        socket.write(frame(type.settings, flag.ack, 0, Buffer.of()));
        break;
      case type.ping:
        if (!isAck) socket.write(frame(type.ping, flag.ack, 0, payload));
        break;
      case type.windowUpdate:
        this.#windows[whole.readUInt32BE(5) === 0 ? 'connection' : 'stream'] += payload.readUInt32BE(0);
        break;
      case type.headers:
        socket.write(frame(type.headers, flag.endHeaders, streamId, response));
        this.#tellSubscribed();
        break;
    }
  }

  #takeSettings(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== initialWindowSize) continue;
      const size = payload.readUInt32BE(at + 2);
      this.#windows.stream += size - this.#initialWindow;
      this.#initialWindow = size;
    }
  }

  #pump(): void {
    const socket = this.#socket;
    const { connection, stream } = this.#windows;
    const burst = this.#bursts[this.#next];
    if (!socket || !this.#isSending || socket.writableNeedDrain) return;
    if (!burst) {
      this.#isSending = false;
      socket.write(frame(type.headers, flag.endStream | flag.endHeaders, streamId, trailers));
      return;
    }
    if (burst.dataBytes > connection || burst.dataBytes > stream) return;
    this.#windows.connection -= burst.dataBytes;
    this.#windows.stream -= burst.dataBytes;
    this.#next++;
    socket.write(burst.frames);
    this.#pump();
  }
}
