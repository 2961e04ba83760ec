import { type Command, Option } from 'commander';
import {
  boundDefault,
  boundParsers,
  boundTexts,
  environmentOptions,
  extentRanges,
  optionNames,
} from '../../render/bound.ts';
import { type Bound, noOptions, type Options, type RoadOptions } from '../../spec/index.ts';

/** The flags that say what a search covers. */
export interface BoundFlags {
  readonly containers: number;
  readonly execs: number;
  readonly with: Options & RoadOptions;
}

/** Declares `--containers`, `--execs` and `--with`. */
export function addBound(command: Command): Command {
  return addExtent(command, boundDefault).addOption(
    withFlag('what the environment may do', { ...noOptions, delete: boundDefault.delete }),
  );
}

/** Declares `--containers` and `--execs`. */
export function addExtent(command: Command, initial: Pick<Bound, 'containers' | 'execs'>): Command {
  const part = (name: 'containers' | 'execs', text: string): Option => {
    const { min, max } = extentRanges[name];
    return new Option(`--${name} <n>`, `${text}, ${min} to ${max}`)
      .argParser((given: string) => boundParsers[name](given, `--${name}`))
      .default(initial[name], String(initial[name]));
  };
  return command
    .addOption(part('containers', 'containers in the shim'))
    .addOption(part('execs', 'execs of each container'));
}

/** `--with`. @param text what the options in the list are @param names which may be given */
export function withFlag(text: string, initial: Options, names = optionNames): Option {
  return new Option(
    '--with <options>',
    `${text}: a comma-separated list of ${names.join(', ')}; or all, none`,
  )
    .argParser((given: string) => boundParsers.with(given, '--with', names))
    .default(initial, withText(initial));
}

/** How `--with` spells options. */
function withText(options: Options): string {
  const isAll = environmentOptions.every(([, option]) => options[option]);
  return isAll ? 'all' : boundTexts({ ...boundDefault, ...options }).with;
}

/** The bound that the flags give together. */
export function boundFrom({ containers, execs, with: options }: BoundFlags): Bound {
  return { ...options, containers, execs };
}
