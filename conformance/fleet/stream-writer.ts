import type { Redis } from 'ioredis';
import type { ObservedEvent } from '../log/observed.ts';
import { eventFields, partitionOf, streamOf } from './entries.ts';
import { pause, saysAway } from './redis.ts';

/** Events that wait while Redis is away; beyond that they are dropped, and judges are told that some are missing. */
const waitingMax = 100_000;

/** Entries that are written at once. */
const batchMax = 1_000;
const againMs = 200;

/** What a watcher is called, and how it writes. */
export interface StreamWriterOptions {
  /** The name of the machine: containers of two machines may have one id. */
  readonly node: string;
  /** Tells this start of the watcher from others. */
  readonly run: string;
  readonly partitions: number;
  /** How many entries all streams together hold, about; the oldest ones go first. */
  readonly keep: number;
}

interface Waiting {
  readonly partition: number;
  readonly fields: readonly string[];
}

/**
 * Writes events to Redis, in order, each once as far as its reader can tell: what was not acknowledged is written again
 * under its number.
 */
export class StreamWriter {
  /** Events that were acknowledged. */
  written = 0;
  /** Events that were dropped because too many waited. */
  dropped = 0;
  readonly #redis: Redis;
  readonly #options: StreamWriterOptions;
  readonly #next: number[];
  #waiting: Waiting[] = [];
  #isGapped = false;
  #wake: () => void = () => undefined;

  constructor(redis: Redis, options: StreamWriterOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#next = Array.from({ length: options.partitions }, () => 1);
  }

  /** How many entries wait to be acknowledged. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Puts an event on its way. */
  add(event: ObservedEvent): void {
    if (this.#waiting.length >= waitingMax) {
      this.dropped++;
      this.#isGapped = true;
      return;
    }
    if (this.#isGapped) {
      this.#isGapped = false;
      this.addGap('Redis was away, and too many events waited');
    }
    const { node, partitions } = this.#options;
    this.#put(partitionOf(node, event, partitions), eventFields(event));
  }

  /** Tells every judge that events may have been missed. */
  addGap(why: string): void {
    for (let partition = 0; partition < this.#options.partitions; partition++)
      this.#put(partition, ['gap', why]);
  }

  #put(partition: number, fields: readonly string[]): void {
    const { node, run } = this.#options;
    const n = this.#next[partition] ?? 1;
    this.#next[partition] = n + 1;
    this.#waiting.push({ partition, fields: ['node', node, 'run', run, 'n', String(n), ...fields] });
    this.#wake();
  }

  /**
   * Writes until `signal` ends it, and then what still waits, for no longer than `lastMs`.
   *
   * @throws what Redis answers where waiting would not help
   */
  async run(signal: AbortSignal, lastMs: number): Promise<void> {
    const woken = (): Promise<void> =>
      new Promise((resolve) => {
        this.#wake = resolve;
        if (this.#waiting.length > 0 || signal.aborted) resolve();
      });
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      if (this.#waiting.length === 0) await woken();
      if (!(await this.#write())) await pause(againMs, signal);
    }
    const last = AbortSignal.timeout(lastMs);
    while (this.#waiting.length > 0 && !last.aborted) if (!(await this.#write())) await pause(againMs, last);
  }

  /** Writes what waits, as much as is written at once. @returns whether all of it was acknowledged */
  async #write(): Promise<boolean> {
    const { keep, partitions } = this.#options;
    const batch = this.#waiting.slice(0, batchMax);
    if (batch.length === 0) return true;
    if (this.#redis.status !== 'ready') return false;
    const perStream = Math.ceil(keep / partitions);
    const pipeline = this.#redis.pipeline();
    for (const { partition, fields } of batch)
      pipeline.xadd(streamOf(partition), 'MAXLEN', '~', perStream, '*', ...fields);
    const answers = (await pipeline.exec().catch((error: Error) => [[error, null]])) ?? [];
    const failed = answers.findIndex(([error]) => error !== null);
    const acknowledged = failed < 0 ? answers.length : failed;
    this.#waiting = this.#waiting.slice(acknowledged);
    this.written += acknowledged;
    const error = answers[failed]?.[0];
    if (error && !saysAway(error)) throw error;
    return !error;
  }
}
