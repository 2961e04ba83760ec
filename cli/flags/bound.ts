import { optionNames, optionOf } from '../../render/bound.ts';
import { type Bound, noOptions, type Options } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

const containersMax = 4;
const execsMax = 8;

/** The flags that say what a search covers, as commander gives them. */
export interface BoundFlags {
  readonly containers: string;
  readonly execs: string;
  readonly with: string;
}

export const boundDefaults: BoundFlags = { containers: '1', execs: '2', with: 'delete' };

export const withHelp: string = `what the environment may do: a comma-separated list of ${optionNames.join(', ')}; or all, none`;

/** @throws InputError for a number out of range or an unknown option */
export function parseBound(flags: BoundFlags): Bound {
  return {
    ...parseOptions(flags.with),
    containers: parseInteger('--containers', flags.containers, 1, containersMax),
    execs: parseInteger('--execs', flags.execs, 0, execsMax),
  };
}

function parseOptions(list: string): Options {
  if (list === 'none') return noOptions;
  const names = list === 'all' ? optionNames : list.split(',').map((name) => name.trim());
  const entries = names.map((name) => {
    const option = optionOf[name];
    if (option === undefined) {
      throw new InputError(
        `--with ${list} is not understood (got '${name}', allowed ${optionNames.join(', ')}, all, none): name options separated by commas`,
        exitCode.usage,
      );
    }
    return [option, true] as const;
  });
  return { ...noOptions, ...Object.fromEntries(entries) };
}

/** @throws InputError for anything but a whole number from `min` to `max` */
export function parseInteger(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new InputError(
    `${flag} ${text} is out of range (got '${text}', allowed a whole number from ${min} to ${max})`,
    exitCode.usage,
  );
}
