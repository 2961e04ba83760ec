import { totalmem } from 'node:os';
import { type Command, Option } from 'commander';
import { memoryMaxBytesDefault } from '../../checker/bounds.ts';
import type { Limits } from '../../checker/limits.ts';
import { refusal } from '../../checker/option-checks.ts';
import { searchRanges } from '../../checker/plan.ts';
import { integerFlag } from './integer.ts';
import { spellFlag } from './spelling.ts';

/** The flags that end a search that is too large. */
export interface SizeLimitFlags {
  readonly maxStates?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Bytes. */
  readonly memory: number;
}

/** The flags that end a search early. */
export interface LimitFlags extends SizeLimitFlags {
  readonly maxDepth?: number;
  readonly continue: boolean;
}

const mebi = 1024 ** 2;
const memoryMinBytes = 16 * mebi;
const unitBytes: Readonly<Record<string, number>> = { M: mebi, G: 1024 * mebi };

/** Declares the flags that end a search early. */
export function addLimits(command: Command): Command {
  const depths = searchRanges['limits.depthMax'];
  command.addOption(
    integerFlag(`${spellFlag('limits.depthMax')} <steps>`, 'store no state farther than this', depths),
  );
  return addSizeLimits(command).option(
    spellFlag('limits.stopAtViolation'),
    'stop at the first violation instead of judging every property',
  );
}

/** Declares the flags that end a search that is too large. @param statesMax the default of `--max-states` */
export function addSizeLimits(command: Command, statesMax?: number): Command {
  const seconds = { min: 1, max: searchRanges['limits.timeoutMs'].max / 1_000 };
  const states = statesFlag('stop after this many distinct states', searchRanges['limits.statesMax'].max);
  return command
    .addOption(statesMax === undefined ? states : states.default(statesMax))
    .addOption(integerFlag(`${spellFlag('limits.timeoutMs')} <seconds>`, 'stop after this time', seconds))
    .addOption(
      new Option(
        `${spellFlag('limits.memoryMaxBytes')} <size>`,
        `stop before the stored states take more, in M or G (${memoryMinBytes / mebi}M to the memory of the machine)`,
      )
        .argParser(parseMemory)
        .default(memoryMaxBytesDefault, '2G'),
    );
}

/** `--max-states`, which each command gives up at in its own way. */
export function statesFlag(description: string, max = 100_000_000): Option {
  const { min } = searchRanges['limits.statesMax'];
  return integerFlag(`${spellFlag('limits.statesMax')} <n>`, description, { min, max });
}

/** The limits that the flags give together. */
export function limitsFrom({ maxDepth, maxStates, timeout, memory, ...flags }: LimitFlags): Limits {
  return {
    ...(maxDepth === undefined ? {} : { depthMax: maxDepth }),
    ...(maxStates === undefined ? {} : { statesMax: maxStates }),
    ...(timeout === undefined ? {} : { timeoutMs: 1_000 * timeout }),
    memoryMaxBytes: memory,
    stopAtViolation: !flags.continue,
  };
}

/** @throws OptionError for what is no size, or for more memory than the machine has */
function parseMemory(text: string): number {
  const [, number, unit] = /^(\d+)([MG])(?:iB)?$/.exec(text) ?? [];
  const bytes = Number(number) * (unitBytes[unit ?? ''] ?? Number.NaN);
  if (bytes >= memoryMinBytes && bytes <= totalmem()) return bytes;
  const flag = spellFlag('limits.memoryMaxBytes');
  const allowed = `${memoryMinBytes / mebi}M to ${Math.floor(totalmem() / mebi)}M on this machine`;
  throw refusal(`${flag} ${text} cannot be used`, flag, text, allowed, 'give an integer with M or G');
}
