import { Option } from 'commander';
import { refusal } from '../../checker/option-checks.ts';
import type { Shard } from '../causes/shards/shards.ts';

/** `--shard I/N`. */
export function shardFlag(description: string): Option {
  return new Option('--shard <i/n>', description).argParser(parseShard);
}

function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw refusal(
    `--shard ${text} cannot be used`,
    '--shard',
    `'${text}'`,
    'I/N with I from 1 to N, such as 3/16',
    'count shards from 1',
  );
}
