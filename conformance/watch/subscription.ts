import { connect } from 'node:net';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { Envelope } from '../../wire/proto/gen/forward_pb.ts';
import { Events } from '../../wire/proto/gen/subscribe_pb.ts';

/** How long to wait before a containerd that went away is asked again, in milliseconds. */
const againMs = 500;

/** What a subscriber hears: an event, or that events may have been missed from here on. */
export type Heard = { readonly envelope: Envelope } | { readonly gap: string };

/**
 * Subscribes to the events of a containerd, and again whenever the connection ends. Each time, a gap is told: nobody
 * knows what was published meanwhile.
 *
 * @param address the socket of its gRPC API
 * @param filters of containerd, such as `namespace==k8s.io`; none for all
 * @param signal ends it
 */
export async function* subscription(
  address: string,
  filters: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Heard> {
  const transport = createGrpcTransport({
    baseUrl: 'http://localhost',
    nodeOptions: { createConnection: () => connect(address) },
  });
  const client = createClient(Events, transport);
  let isTold = false;
  while (!signal.aborted) {
    let why = 'containerd ended the subscription';
    const begin = performance.now();
    try {
      for await (const envelope of client.subscribe({ filters: [...filters] }, { signal })) {
        isTold = false;
        yield { envelope };
      }
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    if (signal.aborted) return;
    // While containerd is away, each attempt fails at once: that is one gap.
    if (!isTold || performance.now() - begin > againMs) yield { gap: why };
    isTold = true;
    await pause(againMs, signal);
  }
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
