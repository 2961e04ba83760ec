import { availableParallelism, totalmem } from 'node:os';
import type { Limits, Reduction } from '../../checker/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { parseInteger } from './bound.ts';

/** The flags that end a search early, as commander gives them. */
export interface LimitFlags {
  readonly maxDepth?: string;
  readonly maxStates?: string;
  readonly timeout?: string;
  readonly memory: string;
  readonly continue: boolean;
}

const mebi = 1024 ** 2;
const bytesMin = 16 * mebi;
const unitBytes: Readonly<Record<string, number>> = { M: mebi, G: 1024 * mebi };

/** @throws InputError for a limit that is not a number, or more memory than the machine has */
export function parseLimits(flags: LimitFlags): Limits {
  const { maxDepth, maxStates, timeout } = flags;
  return {
    ...(maxDepth === undefined ? {} : { depthMax: parseInteger('--max-depth', maxDepth, 0, 1e6) }),
    ...(maxStates === undefined ? {} : { statesMax: parseInteger('--max-states', maxStates, 1, 2 ** 31) }),
    ...(timeout === undefined ? {} : { timeoutMs: 1000 * parseInteger('--timeout', timeout, 1, 1e6) }),
    memoryMaxBytes: parseMemory(flags.memory),
    stopAtViolation: !flags.continue,
  };
}

function parseMemory(text: string): number {
  const [, number, unit] = /^(\d+)([MG])(?:iB)?$/.exec(text) ?? [];
  const bytes = Number(number) * (unitBytes[unit ?? ''] ?? Number.NaN);
  if (bytes >= bytesMin && bytes <= totalmem()) return bytes;
  throw new InputError(
    `--memory ${text} cannot be used (got '${text}', allowed ${bytesMin / mebi}M to ${Math.floor(totalmem() / mebi)}M on this machine): give a whole number with M or G`,
    exitCode.usage,
  );
}

const reductionOf = { fast: 'symmetry', plain: null, symbolic: 'unread' } as const;

/** @throws InputError for a reduction that the engine does not have */
export function parseReduction(text: string, engine: keyof typeof reductionOf): Reduction | null {
  if (text === 'none') return null;
  const allowed = reductionOf[engine];
  if (text === allowed) return allowed;
  throw new InputError(
    `--reduce ${text} cannot be combined with --engine ${engine} (got '${text}', allowed ${allowed ? `${allowed}, ` : ''}none): leave one of them out`,
    exitCode.usage,
  );
}

const workersMax = 64;

/**
 * How many threads are to search.
 *
 * @throws InputError for a number that cannot be had, or for more than one where the search has one
 */
export function parseWorkers(text: string, engine: 'fast' | 'plain', reduction: Reduction | null): number {
  const isSingle = engine === 'plain' || reduction !== null;
  if (text === 'auto') return isSingle ? 1 : Math.min(workersMax, availableParallelism());
  const workers = parseInteger('--workers', text, 1, workersMax);
  if (workers > 1 && isSingle) {
    throw new InputError(
      `--workers ${text} cannot be had with --engine plain or --reduce (allowed 1 or auto there): leave one of them out`,
      exitCode.usage,
    );
  }
  return workers;
}
