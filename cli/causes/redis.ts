import type { Redis } from 'ioredis';
import { addressText, connectRedis, isKept, RedisError } from '../../conformance/fleet/redis.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { printComplaint } from '../thread/session.ts';

/** Of jobs and results; another one is another queue. */
const version = '1';
const versionKey = 'shim-spec:causes:version';
/** The queue of BullMQ; its keys begin with `bull:` and this. */
export const queueName = 'shim-spec-causes';

/** What a worker is given. */
export interface QueuedJob<J> {
  readonly job: J;
  /** The hash of the code that the search rests on. */
  readonly code: string;
}

/**
 * Connects to a queue, as BullMQ wants it: a Redis that goes away comes back.
 *
 * @throws InputError where nobody answers, or where the queue is of another version
 */
export async function connectQueue(url: string): Promise<Redis> {
  await assertUsable(url);
  const { Redis: Client } = await import('ioredis');
  const redis = new Client(url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  return redis;
}

/** Asks over a connection that gives up, which BullMQ's does not. */
async function assertUsable(url: string): Promise<void> {
  const where = addressText(url);
  try {
    const redis = await connectRedis(url, () => undefined);
    try {
      await redis.setnx(versionKey, version);
      const found = await redis.get(versionKey);
      if (found !== version)
        throw new InputError(
          `the queue of ${where} is of another version (got ${found}, allowed ${version}): install the same shim-spec everywhere, or name another database of that Redis`,
          exitCode.usage,
        );
      if (!(await isKept(redis)))
        printComplaint(
          `shim-spec: ${where} has no append-only file: a sweep goes on after its end, and files its jobs again; set appendonly yes\n`,
        );
    } finally {
      redis.disconnect();
    }
  } catch (error) {
    if (error instanceof RedisError) throw new InputError(error.message, exitCode.file, { cause: error });
    throw error;
  }
}
