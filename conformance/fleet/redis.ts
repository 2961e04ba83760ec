import type { Redis } from 'ioredis';

/** Redis cannot be used as it is. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
}

const connectTimeoutMs = 5_000;

/** An answer that takes longer is given up, and the connection is taken for one to a server that went away. */
const commandTimeoutMs = 10_000;

/** Streams have XAUTOCLAIM, which says what was trimmed, from here on. */
const versionMin = 7;

/** Where a Redis is, without its password. */
export function addressText(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${hostname}:${port || '6379'}${pathname === '/' ? '' : pathname}`;
}

/**
 * Connects to a Redis, which is named by `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
 *
 * No command is sent twice: whoever sends one whose answer did not come has to find out what became of it.
 *
 * @param onState told when it went away, and when it is back
 * @throws RedisError where it cannot be reached, refuses, or is too old
 */
export async function connectRedis(
  url: string,
  onState: (state: 'away' | 'back', why: string) => void,
): Promise<Redis> {
  const { Redis: Client } = await import('ioredis');
  const redis = new Client(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 100, 1_000),
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
  });
  let lastError = '';
  redis.on('error', (error: Error) => {
    lastError = textOf(error);
  });
  try {
    await redis.connect();
    // The client goes on with database 0 where the one of the URL is refused.
    await redis.select(Number(new URL(url).pathname.slice(1)));
    assertVersion(await redis.info('server'));
  } catch (cause) {
    redis.disconnect();
    const why = lastError || textOf(cause);
    throw new RedisError(
      `${addressText(url)} cannot be used (got ${why}, allowed a Redis ${versionMin} or newer that answers): ${adviceOn(why)}`,
      { cause },
    );
  }
  let isAway = false;
  redis.on('close', () => {
    if (!isAway) onState('away', lastError || 'it closed the connection');
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) onState('back', '');
    isAway = false;
    lastError = '';
  });
  return redis;
}

function assertVersion(info: string): void {
  const [, version = '?'] = /redis_version:(\S+)/.exec(info) ?? [];
  if (Number.parseInt(version, 10) < versionMin) throw new RedisError(`version ${version}`);
}

function adviceOn(why: string): string {
  if (/WRONGPASS|NOAUTH|AUTH/.test(why)) return 'name the right one, as redis://user:password@host:port';
  if (/DB index/.test(why)) return 'name a database that it has, as redis://host:port/0';
  return 'start it, or name another one';
}

function textOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message || code || String(error);
}

/** Whether an error only says that Redis is not there now, or not ready yet. */
export function saysAway(error: unknown): boolean {
  const text = `${textOf(error)} ${(error as NodeJS.ErrnoException).code ?? ''}`;
  return /ECONN|EPIPE|ETIMEDOUT|Connection is closed|isn't writeable|timed out|max retries|^(LOADING|BUSY|MASTERDOWN|READONLY|MISCONF|OOM|TRYAGAIN) /i.test(
    text,
  );
}

/** Whether the data of this Redis outlive it: without its append-only file, what was acknowledged may be lost. */
export async function isKept(redis: Redis): Promise<boolean> {
  return /aof_enabled:1/.test(await redis.info('persistence'));
}

/** Waits, but no longer than until the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
