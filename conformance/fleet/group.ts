/**
 * What a group of judges keeps in Redis. A partition is judged by whoever holds its lease; what its entries change and
 * their acknowledgement are one step, which is taken only under the lease:
 *
 * ```text
 *   shim-spec:group:G               hash    spec, fingerprint
 *   shim-spec:group:G:workers       zset    worker → when it was last heard of
 *   shim-spec:group:G:P:lease       string  the worker that holds it; it expires
 *   shim-spec:group:G:P:state       hash    [node] → its watcher's run; [node, namespace, container] → SavedContainer
 *   shim-spec:group:G:P:breaches    hash    id → the breach
 *   shim-spec:group:G:P:totals      hash    what was counted
 * ```
 *
 * @module
 */
import type { Redis } from 'ioredis';
import { streamOf } from './entries.ts';
import { RedisError } from './redis.ts';

/** A worker that is not heard of for so long has lost its partitions. */
const leaseMs = 5_000;

/** An entry as Redis gives it. */
export type RawEntry = readonly [id: string, fields: readonly string[]];

/** What a batch of entries changes. */
export interface Commit {
  readonly state: ReadonlyMap<string, string | null>;
  readonly breaches: ReadonlyMap<string, string>;
  readonly totals: ReadonlyMap<string, number>;
  /** The ids of its entries. */
  readonly ids: readonly string[];
}

const acquireScript = `
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1`;

const releaseScript = `
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
return 0`;

/** Reading is fenced as well: an entry that is delivered to a worker without the lease would overtake no other one. */
const takeScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('pexpire', KEYS[1], ARGV[2])
local read = redis.call('xreadgroup', 'group', ARGV[3], ARGV[1], 'count', ARGV[4], 'streams', KEYS[2], '>')
if not read then return {} end
return read[1][2]`;

const commitScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('pexpire', KEYS[1], ARGV[2])
local at = 4
local function next() at = at + 1; return ARGV[at - 1] end
for _ = 1, tonumber(next()) do redis.call('hset', KEYS[3], next(), next()) end
for _ = 1, tonumber(next()) do redis.call('hdel', KEYS[3], next()) end
for _ = 1, tonumber(next()) do redis.call('hset', KEYS[4], next(), next()) end
for _ = 1, tonumber(next()) do redis.call('hincrby', KEYS[5], next(), next()) end
for _ = 1, tonumber(next()) do redis.call('xack', KEYS[2], ARGV[3], next()) end
return 1`;

const beatScript = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('zadd', KEYS[1], now, ARGV[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[2])
return redis.call('zcard', KEYS[1])`;

/** A group of judges, as one of its workers sees it. */
export class Group {
  readonly #redis: Redis;
  readonly #name: string;
  readonly #worker: string;

  /** @param worker a name that no other worker has */
  constructor(redis: Redis, name: string, worker: string) {
    this.#redis = redis;
    this.#name = name;
    this.#worker = worker;
  }

  /**
   * Makes the group where it is new; it begins with the oldest entries.
   *
   * @throws RedisError where it was judged by another revision, or another release
   */
  async join(partitions: number, spec: string, fingerprint: string): Promise<void> {
    const key = `shim-spec:group:${this.#name}`;
    await this.#redis.hsetnx(key, 'spec', spec);
    await this.#redis.hsetnx(key, 'fingerprint', fingerprint);
    const [by, found] = await this.#redis.hmget(key, 'spec', 'fingerprint');
    if (by !== spec || found !== fingerprint)
      throw new RedisError(
        `--group ${this.#name} cannot be used (got one that is judged by ${by}${by === spec ? ' of another release' : ''}, allowed one by ${spec}): name another group`,
      );
    for (let partition = 0; partition < partitions; partition++)
      await this.#redis
        .xgroup('CREATE', streamOf(partition), this.#name, '0', 'MKSTREAM')
        .catch((error: Error) => {
          if (!error.message.startsWith('BUSYGROUP')) throw error;
        });
  }

  /** Says that this worker is there. @returns how many there are */
  async beat(): Promise<number> {
    return Number(await this.#redis.eval(beatScript, 1, this.#workersKey, this.#worker, leaseMs));
  }

  async leave(): Promise<void> {
    await this.#redis.zrem(this.#workersKey, this.#worker);
  }

  /** Takes a partition that nobody holds. */
  async acquire(partition: number): Promise<boolean> {
    const key = this.#key(partition, 'lease');
    return (await this.#redis.eval(acquireScript, 1, key, this.#worker, leaseMs)) === 1;
  }

  async release(partition: number): Promise<void> {
    await this.#redis.eval(releaseScript, 1, this.#key(partition, 'lease'), this.#worker);
  }

  /** What was delivered to a worker that did not acknowledge it, the oldest first. */
  async pending(partition: number): Promise<RawEntry[]> {
    const all: RawEntry[] = [];
    let from = '0-0';
    do {
      const stream = streamOf(partition);
      const [next, entries] = (await this.#redis.xautoclaim(
        stream,
        this.#name,
        this.#worker,
        0,
        from,
        'COUNT',
        1_000,
      )) as [string, RawEntry[]];
      all.push(...entries.filter((entry) => entry !== null));
      from = next;
    } while (from !== '0-0');
    return all;
  }

  /** The next entries of a partition; null where this worker does not hold it any more. */
  async take(partition: number, max: number): Promise<RawEntry[] | null> {
    const keys = [this.#key(partition, 'lease'), streamOf(partition)];
    const got = await this.#redis.eval(takeScript, 2, ...keys, this.#worker, leaseMs, this.#name, max);
    return got === 'lost' ? null : (got as RawEntry[]);
  }

  /** Saves what entries change, and acknowledges them, in one step. @returns false, having done nothing, where this worker does not hold the partition any more */
  async commit(partition: number, { state, breaches, totals, ids }: Commit): Promise<boolean> {
    const set = [...state].filter(([, value]) => value !== null) as [string, string][];
    const gone = [...state].filter(([, value]) => value === null).map(([field]) => field);
    const counted = <T>(all: readonly T[]): (T | string)[] => [String(all.length), ...all];
    const pairs = (all: readonly (readonly [string, string | number])[]): (string | number)[] => [
      String(all.length),
      ...all.flat(),
    ];
    const keys = [
      this.#key(partition, 'lease'),
      streamOf(partition),
      ...(['state', 'breaches', 'totals'] as const).map((what) => this.#key(partition, what)),
    ];
    const done = await this.#redis.eval(
      commitScript,
      keys.length,
      ...keys,
      ...[this.#worker, leaseMs, this.#name],
      ...pairs(set),
      ...counted(gone),
      ...pairs([...breaches]),
      ...pairs([...totals]),
      ...counted(ids),
    );
    return done === 1;
  }

  /** The saved state of a partition. */
  async *state(partition: number): AsyncGenerator<[field: string, value: string]> {
    yield* this.#scan(this.#key(partition, 'state'));
  }

  /** The breaches of a partition, by their ids. */
  async *breaches(partition: number): AsyncGenerator<[id: string, text: string]> {
    yield* this.#scan(this.#key(partition, 'breaches'));
  }

  async breachIds(partition: number): Promise<string[]> {
    return await this.#redis.hkeys(this.#key(partition, 'breaches'));
  }

  async totals(partition: number): Promise<Record<string, string>> {
    return await this.#redis.hgetall(this.#key(partition, 'totals'));
  }

  /** How many entries of a partition are not judged yet. */
  async unjudged(partition: number): Promise<number> {
    // Of a stream that is not there yet, Redis answers with an error.
    const groups = (await this.#redis.xinfo('GROUPS', streamOf(partition)).catch((error: Error) => {
      if (/no such key/.test(error.message)) return [];
      throw error;
    })) as unknown[][];
    for (const each of groups) {
      const of = new Map(each.flatMap((name, i) => (i % 2 === 0 ? [[name, each[i + 1]] as const] : [])));
      if (of.get('name') !== this.#name) continue;
      return Number(of.get('pending')) + Number(of.get('lag') ?? (await this.#after(partition, of)));
    }
    throw new RedisError(
      `there is no group ${this.#name} (allowed: one that judges): start shim-spec judge --group ${this.#name}, or name another`,
    );
  }

  /** Redis does not know how many entries there are where some between them were removed: then they are counted. */
  async #after(partition: number, of: ReadonlyMap<unknown, unknown>): Promise<number> {
    const last = String(of.get('last-delivered-id'));
    return (await this.#redis.xrange(streamOf(partition), `(${last}`, '+')).length;
  }

  /** Each field once, although a scan may give some twice. */
  async *#scan(key: string): AsyncGenerator<[string, string]> {
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const [next, all] = await this.#redis.hscan(key, cursor, 'COUNT', 1_000);
      for (let i = 0; i + 1 < all.length; i += 2) {
        const [field = '', value = ''] = all.slice(i, i + 2);
        if (seen.has(field)) continue;
        seen.add(field);
        yield [field, value];
      }
      cursor = next;
    } while (cursor !== '0');
  }

  get #workersKey(): string {
    return `shim-spec:group:${this.#name}:workers`;
  }

  #key(partition: number, what: 'lease' | 'state' | 'breaches' | 'totals'): string {
    return `shim-spec:group:${this.#name}:${partition}:${what}`;
  }
}
