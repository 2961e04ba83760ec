import { Option } from 'commander';
import { refusal } from '../../checker/option-checks.ts';

/** `--queue`: the address of a Redis. */
export function queueFlag(description: string): Option {
  return new Option(
    '--queue <url>',
    `${description}: the address of a Redis, redis://HOST[:PORT][/DATABASE]`,
  ).argParser(parseQueue);
}

function parseQueue(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isRedis = url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  if (isRedis && /^(\/\d*)?$/.test(url.pathname)) return text;
  throw refusal(
    `--queue ${text} cannot be used`,
    '--queue',
    `'${text}'`,
    'redis://HOST[:PORT][/DATABASE]',
    'give the address of a Redis',
  );
}
