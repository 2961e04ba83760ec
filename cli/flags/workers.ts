import type { Option } from 'commander';
import { searchRanges } from '../../checker/plan.ts';
import { integerFlag } from './integer.ts';
import { spellFlag } from './spelling.ts';

/** `--workers`: null for as many as help. */
export function workersFlag(): Option {
  const flag = integerFlag(
    `${spellFlag('crew')} <n>`,
    'threads that search, or auto for one per core; verdicts, counts and traces are the same',
    searchRanges.crew,
  );
  const { parseArg } = flag;
  return flag
    .argParser((text: string) => (text === 'auto' ? null : parseArg?.(text, undefined)))
    .default(null, 'auto');
}
