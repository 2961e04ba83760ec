import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { LogJudge } from '../log/log-judge.ts';
import { Group, type RawEntry } from './group.ts';
import { Partition, type TextOf } from './partition.ts';
import { pause, RedisError, saysAway } from './redis.ts';

/** Entries of a stream that are judged, saved and acknowledged at once. */
const batchMax = 500;
const idleMs = 50;

/** How often a worker says that it is there, and looks for partitions that nobody holds. */
const shareEveryMs = 500;

export interface WorkerOptions {
  readonly group: string;
  readonly partitions: number;
  /** Says what a revision allows; null to judge by the rules alone. */
  readonly judge: LogJudge | null;
  /** Ends once every entry is judged, by whichever worker. */
  readonly isDrain: boolean;
  readonly textOf: TextOf;
  /** Told of each breach that was saved, and again when more is known of it. */
  readonly onBreach: (id: string, text: string) => void;
}

/** What a worker has judged. */
export interface Judged {
  readonly events: number;
  readonly breaches: number;
}

/**
 * A worker of a group: it holds some of the partitions, and judges their entries in order. Workers share the partitions
 * out evenly; those of one that ended, or was killed, go to the others.
 *
 * Why a killed worker loses nothing: what an entry changes, and its acknowledgement, are one step in Redis. Whoever
 * takes the partition over goes on with that state, and with what was delivered and not acknowledged.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #group: Group;
  readonly #held = new Map<number, Partition>();
  #sharedAt = Number.NEGATIVE_INFINITY;
  #events = 0;
  #breaches = 0;

  constructor(redis: Redis, options: WorkerOptions) {
    this.#options = options;
    this.#group = new Group(redis, options.group, randomUUID());
  }

  /**
   * Judges until `signal` ends it, or until nothing is left.
   *
   * @throws RedisError where the group is judged by another revision, or Redis has lost its data
   */
  async run(signal: AbortSignal): Promise<Judged> {
    const { judge, partitions } = this.#options;
    const spec = judge?.revision.slug ?? 'none';
    await this.#group.join(partitions, spec, judge?.fingerprint ?? 'rules');
    while (!signal.aborted) {
      try {
        const taken = await this.#turn();
        if (taken > 0) continue;
        if (this.#options.isDrain && (await this.#isDrained())) break;
      } catch (error) {
        this.#takeError(error);
      }
      await pause(idleMs, signal);
    }
    await this.#leave().catch((error: unknown) => this.#takeError(error));
    return { events: this.#events, breaches: this.#breaches };
  }

  /** Takes a batch of every partition. @returns how many entries there were */
  async #turn(): Promise<number> {
    await this.#share();
    let taken = 0;
    for (const partition of [...this.#held.values()]) {
      const entries = await this.#group.take(partition.number, batchMax);
      if (entries === null) this.#held.delete(partition.number);
      else if (entries.length > 0) await this.#judge(partition, entries);
      taken += entries?.length ?? 0;
    }
    return taken;
  }

  async #judge(partition: Partition, entries: readonly RawEntry[]): Promise<void> {
    const commit = partition.judge(entries);
    if (!(await this.#group.commit(partition.number, commit))) {
      this.#held.delete(partition.number);
      return;
    }
    for (const [id, text] of commit.breaches) this.#options.onBreach(id, text);
    for (const [name, by] of commit.totals) {
      if (name === 'events') this.#events += by;
      if (name.startsWith('breach: ')) this.#breaches += by;
    }
  }

  /** Takes no more partitions than its share, and gives back what is beyond that. */
  async #share(): Promise<void> {
    if (performance.now() - this.#sharedAt < shareEveryMs) return;
    this.#sharedAt = performance.now();
    const { partitions } = this.#options;
    const share = Math.ceil(partitions / Math.max(1, await this.#group.beat()));
    for (const number of [...this.#held.keys()].slice(share)) {
      this.#held.delete(number);
      await this.#group.release(number);
    }
    for (let number = 0; number < partitions && this.#held.size < share; number++)
      if (!this.#held.has(number) && (await this.#group.acquire(number))) await this.#open(number);
  }

  /** Goes on with a partition where another worker has left it. */
  async #open(number: number): Promise<void> {
    const { judge, textOf } = this.#options;
    const partition = new Partition(number, judge, textOf, await this.#group.breachIds(number));
    for await (const [field, value] of this.#group.state(number)) partition.restore(field, value);
    this.#held.set(number, partition);
    const pending = await this.#group.pending(number);
    for (let from = 0; from < pending.length && this.#held.has(number); from += batchMax)
      await this.#judge(partition, pending.slice(from, from + batchMax));
  }

  async #isDrained(): Promise<boolean> {
    for (let number = 0; number < this.#options.partitions; number++)
      if ((await this.#group.unjudged(number)) > 0) return false;
    return true;
  }

  async #leave(): Promise<void> {
    for (const number of this.#held.keys()) await this.#group.release(number);
    await this.#group.leave();
  }

  /** Whether a step was taken whose answer is missing is not known: what Redis has saved says so. */
  #takeError(error: unknown): void {
    this.#held.clear();
    this.#sharedAt = Number.NEGATIVE_INFINITY;
    const text = error instanceof Error ? error.message : String(error);
    if (/NOGROUP|no such key/i.test(text))
      throw new RedisError(
        `Redis has lost the streams or --group ${this.#options.group} (got ${text}, allowed a Redis that keeps its data): set appendonly yes, and start the workers again`,
        { cause: error },
      );
    if (!saysAway(error)) throw error;
  }
}
