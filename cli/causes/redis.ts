import type { Redis } from 'ioredis';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

/** Of jobs and results; another one is another queue. */
const version = '1';
const versionKey = 'shim-spec:causes:version';
/** The queue of BullMQ; its keys begin with `bull:` and this. */
export const queueName = 'shim-spec-causes';
const connectMs = 5_000;

/** What a worker is given. */
export interface QueuedJob<J> {
  readonly job: J;
  /** The hash of the code that the search rests on. */
  readonly code: string;
}

/**
 * Connects to a queue.
 *
 * @throws InputError where nobody answers, or where the queue is of another version
 */
export async function connectQueue(url: string): Promise<Redis> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, { maxRetriesPerRequest: null, connectTimeout: connectMs, lazyConnect: true });
  // Each failed attempt is told; the last one is thrown below, and a connection that is lost later comes back.
  let last = 'no answer';
  redis.on('error', (error: Error) => {
    last = error.message || String((error as NodeJS.ErrnoException).code);
  });
  const address = withoutPassword(url);
  try {
    await within(connectMs, redis.connect());
    await within(connectMs, redis.setnx(versionKey, version));
    const found = await within(connectMs, redis.get(versionKey));
    if (found !== version)
      throw new InputError(
        `the queue of ${address} is of another version (got ${found}, allowed ${version}): install the same shim-spec everywhere, or give another database, such as ${address.replace(/(\d)(\/\d*)?$/, '$1/1')}`,
        exitCode.usage,
      );
    return redis;
  } catch (cause) {
    redis.disconnect();
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      `--queue ${address} cannot be used (got ${cause instanceof Error && cause.message ? cause.message : last}, allowed a Redis that answers within ${connectMs / 1_000} s): start it, or give its address`,
      exitCode.cannotRun,
      { cause },
    );
  }
}

/** An address that may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms / 1_000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
