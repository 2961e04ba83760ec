import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { fromBinary } from '@bufbuild/protobuf';
import * as events from '../../../wire/proto/gen/events_pb.ts';
import { ForwardRequestSchema } from '../../../wire/proto/gen/forward_pb.ts';
import { RequestSchema, ResponseSchema } from '../../../wire/proto/gen/ttrpc_pb.ts';
import { FrameDecoder, frameType } from '../../../wire/ttrpc/frame.ts';

/** An event as a shim forwarded it. */
export interface Forwarded {
  /** `exit e1`, `create`: the topic without `/tasks/`, and the exec. */
  readonly text: string;
  readonly container: string;
  /** The time of its envelope, in nanoseconds. */
  readonly timeNs: bigint;
}

const schemas = Object.values(events).filter(
  (each): each is typeof events.TaskExitSchema => typeof each === 'object' && 'typeName' in each,
);

/**
 * Stands between shims and a real containerd, and passes every byte on as it is: a connection ends where the other one does.
 * It notes what was forwarded, and what containerd has said that it took.
 */
export class Relay {
  readonly forwarded: Forwarded[] = [];
  readonly taken: Forwarded[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param upstream containerd's socket for ttrpc */
  constructor(upstream: string) {
    this.#server = createServer((shim) => this.#join(shim, createConnection({ path: upstream })));
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  end(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(shim: Socket, containerd: Socket): void {
    const inFlight = new Map<number, Forwarded>();
    const requests = new FrameDecoder();
    const answers = new FrameDecoder();
    shim.on('data', (chunk: Buffer) => {
      containerd.write(chunk);
      for (const { stream, type, data } of requests.push(chunk)) {
        const event = type === frameType.request ? eventIn(fromBinary(RequestSchema, data).payload) : null;
        if (event === null) continue;
        this.forwarded.push(event);
        inFlight.set(stream, event);
      }
    });
    containerd.on('data', (chunk: Buffer) => {
      shim.write(chunk);
      for (const { stream, type, data } of answers.push(chunk)) {
        const event = type === frameType.response ? inFlight.get(stream) : undefined;
        const { status } = fromBinary(ResponseSchema, data);
        if (event && (status?.code ?? 0) === 0) this.taken.push(event);
      }
    });
    for (const [socket, other] of [
      [shim, containerd],
      [containerd, shim],
    ] as const) {
      this.#sockets.add(socket);
      // Nobody listens: the shim finds its connection closed.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

function eventIn(payload: Uint8Array): Forwarded | null {
  const { envelope } = fromBinary(ForwardRequestSchema, payload);
  const schema = schemas.find(({ typeName }) => typeName === envelope?.event?.typeUrl);
  if (!envelope?.event || !envelope.timestamp || !schema) return null;
  const event = fromBinary(schema, envelope.event.value) as {
    containerId?: string;
    execId?: string;
    id?: string;
  };
  const { containerId: container = '', execId, id = '' } = event;
  const exec = execId ?? (id === container ? '' : id);
  const { seconds, nanos } = envelope.timestamp;
  return {
    text: `${envelope.topic.replace('/tasks/', '')} ${exec}`.trim(),
    container,
    timeNs: seconds * 1_000_000_000n + BigInt(nanos),
  };
}
