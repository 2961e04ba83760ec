import { InvalidArgumentError } from 'commander';

/** Where a password may stand, so that it is not on the command line, which every user of a machine can read. */
const passwordVariable = 'SHIM_SPEC_REDIS_PASSWORD';

/** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
export function redisUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isRedis = url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  // What is shown may hold a password.
  if (!isRedis)
    throw new InvalidArgumentError(
      `must be redis://HOST:PORT/DATABASE, or rediss:// for TLS, got ${url ? `${url.protocol}//…` : 'no URL'}`,
    );
  if (!/^(\/\d*)?$/.test(url.pathname))
    throw new InvalidArgumentError(`must end with the number of a database, such as /0, got ${url.pathname}`);
  const password = process.env[passwordVariable];
  if (password && url.password === '') url.password = encodeURIComponent(password);
  return url.href;
}

/** The name of a group or of a machine: what stands in Redis, and in reports. */
export function plainName(text: string): string {
  if (!/^[\w.-]{1,128}$/.test(text))
    throw new InvalidArgumentError(
      `must be up to 128 letters, digits, dots, dashes, underscores, got ${text}`,
    );
  return text;
}
