import type { Redis } from 'ioredis';
import { addressText, connectRedis, isKept, RedisError } from '../../conformance/fleet/redis.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { printComplaint } from '../thread/session.ts';

/**
 * Connects, does what needs a Redis, and closes the connection. Says when Redis goes away, and when it is back.
 *
 * @throws InputError where it cannot be used
 */
export async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const where = addressText(url);
  try {
    const redis = await connectRedis(url, (state, why) =>
      printComplaint(
        state === 'away'
          ? `shim-spec: ${where} went away (${why}); waiting until it is back\n`
          : `shim-spec: ${where} is back\n`,
      ),
    );
    try {
      if (!(await isKept(redis)))
        printComplaint(
          `shim-spec: ${where} has no append-only file: what it holds is lost where it ends; set appendonly yes\n`,
        );
      return await use(redis);
    } finally {
      redis.disconnect();
    }
  } catch (error) {
    if (error instanceof RedisError) throw new InputError(error.message, exitCode.file, { cause: error });
    throw error;
  }
}
