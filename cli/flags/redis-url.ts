import { refusal } from '../../checker/option-checks.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

/** Where a password may stand, so that it is not on the command line, which every user of a machine can read. */
const passwordVariable = 'SHIM_SPEC_REDIS_PASSWORD';

/** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
export function redisUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isRedis = url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  // Commander would show the whole argument, which may hold a password.
  if (!isRedis)
    throw new InputError(
      `a Redis cannot be named so (got ${url ? `${url.protocol}//…` : 'no URL'}, allowed redis://HOST:PORT/DATABASE, or rediss:// for TLS): name it by its URL`,
      exitCode.usage,
    );
  if (!/^(\/\d*)?$/.test(url.pathname))
    throw new InputError(
      `a Redis cannot be named so (got the database ${url.pathname}, allowed a number, such as /0): mend the URL`,
      exitCode.usage,
    );
  const password = process.env[passwordVariable];
  if (password && url.password === '') url.password = encodeURIComponent(password);
  return url.href;
}

/** The name of a group or of a machine: what stands in Redis, and in reports. */
export function plainName(text: string): string {
  if (!/^[\w.-]{1,128}$/.test(text))
    throw refusal(
      `the name '${text}' cannot be used`,
      'name',
      text || 'an empty text',
      'up to 128 letters, digits, dots, dashes and underscores',
      'give another',
    );
  return text;
}
