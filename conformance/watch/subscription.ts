import { create, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientReadableStream, credentials, type ServiceError } from '@grpc/grpc-js';
import type { Envelope } from '../../wire/proto/gen/decoders/forward.ts';
import { Events, SubscribeRequestSchema } from '../../wire/proto/gen/subscribe_pb.ts';
import { envelopeIn } from './envelope.ts';

/** How long to wait before a containerd that went away is asked again, in milliseconds. */
const againMs = 500;

const path = `/${Events.typeName}/${Events.method.subscribe.name}`;

const channelOptions = {
  /** containerd sends no longer ones, in bytes: its limit for a message. */
  'grpc.max_receive_message_length': 16 * 2 ** 20,
  /** What may be on its way before it is read, in bytes: more than a frame, so that reading and sending overlap. */
  'grpc-node.flow_control_window': 2 ** 20,
  // A channel is asked once. One that others know of would wait before it connects again.
  'grpc.use_local_subchannel_pool': 1,
} as const;

/** What a subscriber hears. */
export interface Subscriber {
  readonly onEnvelope: (envelope: Envelope) => void;
  /** Events may have been missed from here on. @param why what ended the subscription, in words */
  readonly onGap: (why: string) => void;
}

/**
 * Subscribes to the events of a containerd, and again whenever the connection ends. Each time, a gap is told: nobody
 * knows what was published meanwhile.
 *
 * Why callbacks: an event may take 10 µs in all, and an iterator that is awaited takes a part of that for each.
 *
 * @param address the socket of its gRPC API
 * @param filters of containerd, such as `namespace==k8s.io`; none for all
 * @param signal ends it
 * @throws what `onEnvelope` throws
 */
export async function subscribe(
  address: string,
  filters: readonly string[],
  { onEnvelope, onGap }: Subscriber,
  signal: AbortSignal,
): Promise<void> {
  let isTold = false;
  const take = (envelope: Envelope): void => {
    isTold = false;
    onEnvelope(envelope);
  };
  while (!signal.aborted) {
    const begin = performance.now();
    const why = await subscribeOnce(address, filters, take, signal);
    if (signal.aborted) return;
    // While containerd is away, each attempt fails at once: that is one gap.
    if (!isTold || performance.now() - begin > againMs) onGap(why);
    isTold = true;
    await pause(againMs, signal);
  }
}

/** Subscribes until the connection or the signal ends. @returns what ended it, in words */
async function subscribeOnce(
  address: string,
  filters: readonly string[],
  take: (envelope: Envelope) => void,
  signal: AbortSignal,
): Promise<string> {
  const client = new Client(`unix:${address}`, credentials.createInsecure(), channelOptions);
  const request = create(SubscribeRequestSchema, { filters: [...filters] });
  const encode = (): Buffer => Buffer.from(toBinary(SubscribeRequestSchema, request));
  const call = client.makeServerStreamRequest(path, encode, envelopeIn, request);
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel);
  try {
    return await endOf(call, take);
  } finally {
    signal.removeEventListener('abort', cancel);
    call.cancel();
    client.close();
  }
}

function endOf(call: ClientReadableStream<Envelope>, take: (envelope: Envelope) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    call.on('data', (envelope: Envelope) => {
      try {
        take(envelope);
      } catch (error) {
        reject(error);
      }
    });
    call.on('end', () => resolve('containerd ended the subscription'));
    call.on('error', (error: ServiceError) => resolve(reasonOf(error)));
  });
}

/** What happened, without when, and what the library notes about names. */
function reasonOf({ details }: ServiceError): string {
  return details.replace(/ \([^()]*\)\. Resolution note: .*$/s, '');
}

/** Waits, but no longer than until the signal. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
