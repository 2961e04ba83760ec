import type { BitstateOptions } from '../checker/index.ts';
import { parseInteger } from './bound.ts';
import { InputError } from './errors.ts';
import { exitCode } from './exit-codes.ts';
import { type LimitFlags, parseBytes, parseLimits } from './limits.ts';

/** The flags of a bitstate search, and those that it cannot have, as commander gives them. */
export interface BitstateFlags extends LimitFlags {
  /** The memory of its table of bits. */
  readonly bitstate?: string;
  readonly seed?: string;
  readonly engine: string;
  readonly reduce: string;
  readonly workers: string;
  readonly distinct: string;
  readonly checkpoint?: string;
  readonly profile?: boolean;
  readonly coverage?: boolean;
  readonly coverageOf?: string;
}

const seedMax = 2 ** 31 - 1;
const mebi = 1024 ** 2;

/**
 * How a bitstate search is to be made; null where none is asked for.
 *
 * @throws InputError for a size or seed that cannot be used, or for flags that another search has
 */
export function parseBitstate(flags: BitstateFlags): Omit<BitstateOptions, 'onProgress'> | null {
  const { bitstate, seed = '1' } = flags;
  if (bitstate === undefined) {
    if (flags.seed === undefined) return null;
    throw new InputError(
      `--seed ${seed} is of a search that leaves states out (got no --bitstate, allowed --bitstate SIZE): add it, or leave --seed out`,
      exitCode.usage,
    );
  }
  const others = othersOf(flags);
  if (others.length > 0) {
    throw new InputError(
      `--bitstate is a search of its own, with one thread, and keeps no states (got ${others.join(', ')}, allowed none of them): leave one of them out`,
      exitCode.usage,
    );
  }
  return {
    bytes: parseBytes('--bitstate', bitstate, mebi),
    seed: parseInteger('--seed', seed, 0, seedMax),
    limits: parseLimits(flags),
  };
}

function othersOf(flags: BitstateFlags): string[] {
  const { engine, reduce } = flags;
  return [
    ...(engine === 'fast' ? [] : [`--engine ${engine}`]),
    ...(reduce === 'none' ? [] : [`--reduce ${reduce}`]),
    ...flagsOfLists(flags),
  ];
}

/** The flags that are of a search which lists states, with any number of threads. */
export function flagsOfLists(flags: BitstateFlags): string[] {
  const { workers, distinct, checkpoint, profile, coverage, coverageOf } = flags;
  return [
    ...(['auto', '1'].includes(workers) ? [] : [`--workers ${workers}`]),
    ...(distinct === '1' ? [] : [`--distinct ${distinct}`]),
    ...(checkpoint === undefined ? [] : [`--checkpoint ${checkpoint}`]),
    ...(profile ? ['--profile'] : []),
    ...(coverage ? ['--coverage'] : []),
    ...(coverageOf === undefined ? [] : [`--coverage-of ${coverageOf}`]),
  ];
}
