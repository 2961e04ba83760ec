import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { ForwardRequestSchema } from '../../wire/proto/gen/forward_pb.ts';
import { TtrpcClient } from '../../wire/ttrpc/client.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { Log } from '../linux/log.ts';
import { bareAny } from './messages.ts';

/** How many events may wait for containerd. The next one is dropped, with a line in the log. */
const queueMax = 100_000;

const callTimeoutMs = 5_000;
const retryMinMs = 50;
const retryMaxMs = 2_000;
/** How many lost events a line in the log names. */
const namedMax = 20;
/** Answers of a containerd that ends or is overloaded. Any other refusal is about the event itself. */
const passing: readonly number[] = [
  code.unavailable,
  code.deadlineExceeded,
  code.cancelled,
  code.resourceExhausted,
];
/** How often an event may be refused, as in upstream. */
const refusalsMax = 5;

/**
 * Sends events to containerd one at a time, so in order.
 *
 * An event that is not answered in time is sent again, so containerd may get it twice. An event that containerd calls
 * invalid, or refuses five times, is dropped with a line in the log: otherwise it would block all later ones.
 */
export class Publisher {
  readonly #address: string;
  readonly #namespace: string;
  readonly #log: Log;
  readonly #queue: { readonly topic: string; readonly request: Uint8Array }[] = [];
  #client: TtrpcClient | null = null;
  #isSending = false;
  #onIdle: (() => void)[] = [];
  #retryMs = retryMinMs;
  #refusals = 0;

  constructor(address: string, namespace: string, log: Log) {
    this.#address = address;
    this.#namespace = namespace;
    this.#log = log;
  }

  /** How many events wait for containerd. */
  get waiting(): number {
    return this.#queue.length;
  }

  publish<D extends DescMessage>(topic: string, schema: D, event: MessageInitShape<D>): void {
    if (this.#queue.length >= queueMax) {
      this.#log(`an event is lost: ${queueMax} wait for containerd already (${topic})`, 'error');
      return;
    }
    const packed = bareAny(schema, event);
    const envelope = { timestamp: timestampNow(), namespace: this.#namespace, topic, event: packed };
    const request = toBinary(ForwardRequestSchema, create(ForwardRequestSchema, { envelope }));
    this.#queue.push({ topic, request });
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
    if (this.#queue.length > 0)
      this.#log(
        `events are lost, containerd has not taken them in ${timeoutMs} ms: ${named(this.#queue.map(({ topic }) => topic))}`,
        'error',
      );
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      try {
        await this.#forward(next.request);
        this.#next();
      } catch (error) {
        const { message } = error as Error;
        const status = error instanceof StatusError ? error.code : code.unavailable;
        if (!passing.includes(status)) this.#refusals++;
        if (status === code.invalidArgument || this.#refusals >= refusalsMax) {
          this.#log(`an event is lost: containerd refuses it (${next.topic}): ${message}`, 'error');
          this.#next();
          continue;
        }
        this.#client?.close();
        this.#client = null;
        this.#log(`cannot publish to ${this.#address}, will try again: ${message}`, 'warning');
        await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
        this.#retryMs = Math.min(2 * this.#retryMs, retryMaxMs);
      }
    }
    this.#isSending = false;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #next(): void {
    this.#queue.shift();
    this.#retryMs = retryMinMs;
    this.#refusals = 0;
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
