import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { TimestampSchema } from '@bufbuild/protobuf/wkt';
import { ForwardRequestSchema } from '../../wire/proto/gen/forward_pb.ts';
import { TtrpcClient } from '../../wire/ttrpc/client.ts';
import { EventOutbox } from '../driver/outbox.ts';
import type { Log } from '../linux/log.ts';
import { bareAny } from './messages.ts';

/** How many events may wait for containerd. The next one is dropped, with a line in the log. */
const queueMax = 100_000;

const callTimeoutMs = 5_000;
const retryMinMs = 50;
const retryMaxMs = 2_000;
/** How many lost events a line in the log names. */
const namedMax = 20;
/**
 * Sends events to containerd one at a time, in order, each until it is acknowledged, whatever containerd answers: what is
 * refused for good cannot be told from what is refused for now.
 *
 * An event that is not answered in time is sent again, so containerd may get it twice: with the same time in its envelope.
 * The times of different events rise.
 */
export class Publisher {
  readonly #address: string;
  readonly #namespace: string;
  readonly #log: Log;
  readonly #outbox = new EventOutbox<{ readonly topic: string; readonly request: Uint8Array }>();
  #client: TtrpcClient | null = null;
  #isSending = false;
  #onIdle: (() => void)[] = [];
  #timeNs = 0n;

  constructor(address: string, namespace: string, log: Log) {
    this.#address = address;
    this.#namespace = namespace;
    this.#log = log;
  }

  /** How many events wait for containerd. */
  get waiting(): number {
    return this.#outbox.waiting.length;
  }

  publish<D extends DescMessage>(topic: string, schema: D, event: MessageInitShape<D>): void {
    if (this.waiting >= queueMax) {
      this.#log(`an event is lost: ${queueMax} wait for containerd already (${topic})`, 'error');
      return;
    }
    const packed = bareAny(schema, event);
    const envelope = { timestamp: this.#time(), namespace: this.#namespace, topic, event: packed };
    const request = toBinary(ForwardRequestSchema, create(ForwardRequestSchema, { envelope }));
    this.#outbox.put({ topic, request });
    if (!this.#isSending) void this.#send();
  }

  /** Waits until every event is sent, for at most `timeoutMs`. What is left then is lost, with a line in the log. */
  async drain(timeoutMs: number): Promise<void> {
    if (!this.#isSending) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
      this.#onIdle.push(resolve);
    });
    clearTimeout(timer);
    if (this.waiting > 0)
      this.#log(
        `events are lost, containerd has not taken them in ${timeoutMs} ms: ${named(this.#outbox.waiting.map(({ topic }) => topic))}`,
        'error',
      );
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    let retryMs = retryMinMs;
    for (let next = this.#outbox.take(); next !== null; next = this.#outbox.take()) {
      try {
        await this.#forward(next.request);
        this.#outbox.acknowledge();
        retryMs = retryMinMs;
      } catch (error) {
        this.#outbox.fail();
        this.#client?.close();
        this.#client = null;
        const { message } = error as Error;
        this.#log(
          `cannot publish ${next.topic} to ${this.#address}, will try again in ${retryMs} ms: ${message}`,
          'warning',
        );
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        retryMs = Math.min(2 * retryMs, retryMaxMs);
      }
    }
    this.#isSending = false;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** The time of the next envelope: no two have the same, so a repetition can be told from another event. */
  #time(): MessageInitShape<typeof TimestampSchema> {
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    this.#timeNs = nowNs > this.#timeNs ? nowNs : this.#timeNs + 1n;
    return { seconds: this.#timeNs / 1_000_000_000n, nanos: Number(this.#timeNs % 1_000_000_000n) };
  }

  async #forward(request: Uint8Array): Promise<void> {
    this.#client ??= await this.#connect();
    await this.#client.call('containerd.services.events.ttrpc.v1.Events', 'Forward', request, {
      timeoutMs: callTimeoutMs,
      metadata: { 'containerd-namespace-ttrpc': this.#namespace },
    });
  }

  async #connect(): Promise<TtrpcClient> {
    const client = await TtrpcClient.connect(this.#address.replace(/^unix:\/\//, ''));
    void client.closed.then(() => {
      if (this.#client === client) this.#client = null;
    });
    return client;
  }
}

function named(topics: readonly string[]): string {
  const more = topics.length - namedMax;
  return topics.slice(0, namedMax).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
