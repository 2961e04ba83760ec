/**
 * The streams between watchers and judges, and what an entry of them is.
 *
 * A container's events go to one stream, in order; each watcher numbers what it writes to a stream, so that a judge sees
 * what is there twice and what is missing.
 *
 * ```text
 *   shim-spec:events            hash     version, partitions
 *   shim-spec:events:P          stream   node, run, n, and either an event's fields or gap
 * ```
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type ObservedEvent, topicOf } from '../log/observed.ts';
import { RedisError } from './redis.ts';

/** The version of what stands in Redis. */
const version = '1';

/** So many streams where nobody has said otherwise. As many workers at most have work. */
const partitionsDefault = 16;

const layoutKey = 'shim-spec:events';

/** The key of a partition's stream. */
export function streamOf(partition: number): string {
  return `${layoutKey}:${partition}`;
}

/**
 * How many streams there are: the first one who asks decides.
 *
 * @throws RedisError where another version of shim-spec has written them
 */
export async function readPartitions(redis: Redis): Promise<number> {
  await redis.hsetnx(layoutKey, 'version', version);
  await redis.hsetnx(layoutKey, 'partitions', String(partitionsDefault));
  const [found, text] = await redis.hmget(layoutKey, 'version', 'partitions');
  const partitions = Number(text);
  if (found !== version || !Number.isInteger(partitions) || partitions < 1)
    throw new RedisError(
      `the streams in Redis cannot be used (got version ${found} of ${text} streams, allowed version ${version}): use the shim-spec that wrote them, or another database`,
    );
  return partitions;
}

/** The partition of a container: always the same one. */
export function partitionOf(
  node: string,
  { namespace, container }: ObservedEvent,
  partitions: number,
): number {
  const hash = createHash('sha1')
    .update(JSON.stringify([node, namespace, container]))
    .digest();
  return hash.readUInt32BE(0) % partitions;
}

/** An entry as a judge reads it. */
export interface Entry {
  /** The machine that it comes from. */
  readonly node: string;
  /** Tells this start of its watcher from others. */
  readonly run: string;
  /** Its number among those of this run in this stream, from 1 on. */
  readonly n: number;
  /** The event; or, in words, why events may have been missed before it. */
  readonly told: ObservedEvent | string;
}

/** The fields of an entry with an event. */
export function eventFields(event: ObservedEvent): string[] {
  const { namespace, topic, container, exec, pid, exitStatus, timeUs, lacks } = event;
  const all: Record<string, string | number | null | undefined> = {
    topic,
    namespace,
    container,
    exec: exec || null,
    pid: pid || null,
    status: exitStatus,
    time_us: timeUs,
    lacks,
  };
  return Object.entries(all).flatMap(([name, value]) => (value == null ? [] : [name, String(value)]));
}

/** Reads an entry. @param at where it stands @returns null where it is none of ours */
export function entryIn(fields: readonly string[], at: string): Entry | null {
  const of = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) of.set(fields[i] ?? '', fields[i + 1] ?? '');
  const node = of.get('node');
  const run = of.get('run');
  const n = Number(of.get('n'));
  if (node === undefined || run === undefined || !Number.isSafeInteger(n) || n < 1) return null;
  const told = of.get('gap') ?? eventIn(of, at);
  return told === null ? null : { node, run, n, told };
}

function eventIn(of: ReadonlyMap<string, string>, at: string): ObservedEvent | null {
  const topic = topicOf(`/tasks/${of.get('topic')}`);
  const namespace = of.get('namespace');
  const container = of.get('container');
  const pid = Number(of.get('pid') ?? 0);
  const exitStatus = numberOrNull(of.get('status'));
  const timeUs = numberOrNull(of.get('time_us'));
  if (topic === null || namespace === undefined || container === undefined) return null;
  if (![pid, exitStatus ?? 0, timeUs ?? 0].every(Number.isSafeInteger)) return null;
  const lacks = (of.get('lacks') ?? null) as 'container_id' | 'id' | 'exec_id' | null;
  return { namespace, topic, container, exec: of.get('exec') ?? '', pid, exitStatus, at, timeUs, lacks };
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
