import { create, toBinary } from '@bufbuild/protobuf';
import { GrpcClient } from '../../wire/grpc/client.ts';
import type { TakeMessage } from '../../wire/grpc/messages.ts';
import { Events, SubscribeRequestSchema } from '../../wire/proto/gen/subscribe_pb.ts';
import { StatusError } from '../../wire/ttrpc/status.ts';

/** How long to wait before a containerd that went away is asked again, in milliseconds. */
const againMs = 500;

/** What a subscriber hears. */
export interface Subscriber {
  /** Is given each envelope, encoded. */
  readonly onEnvelope: TakeMessage;
  /** Events may have been missed from here on. @param why what ended the subscription, in words */
  readonly onGap: (why: string) => void;
}

/**
 * Subscribes to the events of a containerd, and again whenever the connection ends. Each time, a gap is told: nobody
 * knows what was published meanwhile.
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
  const take: TakeMessage = (data, from, to) => {
    isTold = false;
    onEnvelope(data, from, to);
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
  take: TakeMessage,
  signal: AbortSignal,
): Promise<string> {
  const request = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { filters: [...filters] }));
  let client: GrpcClient | null = null;
  try {
    client = await GrpcClient.connect(address);
    await client.stream(Events.typeName, Events.method.subscribe.name, request, take, signal);
    return 'containerd ended the subscription';
  } catch (error) {
    if (signal.aborted) return 'the signal';
    if (error instanceof StatusError || isOfSystem(error)) return error.message;
    throw error;
  } finally {
    client?.close();
  }
}

/** Such as ENOENT: nobody listens yet. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
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
