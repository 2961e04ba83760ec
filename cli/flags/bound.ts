import { type Command, Option } from 'commander';
import {
  boundDefault,
  boundParsers,
  boundTexts,
  environmentOptions,
  extentRanges,
} from '../../render/bound.ts';
import { type Bound, noOptions, type Options } from '../../spec/index.ts';

/** The flags that say what a search covers. */
export interface BoundFlags {
  readonly containers: number;
  readonly execs: number;
  readonly with: Options;
}

/** Declares `--containers`, `--execs` and `--with`. */
export function addBound(command: Command): Command {
  const { containers, execs } = extentRanges;
  const texts = boundTexts(boundDefault);
  const part = (name: keyof typeof boundParsers, value: string, text: string, initial: unknown): Option =>
    new Option(`--${name} <${value}>`, text)
      .argParser((given: string) => boundParsers[name](given, `--${name}`))
      .default(initial, texts[name]);
  const withText = `what the environment may do: a comma-separated list of ${environmentOptions.map(([name]) => name).join(', ')}; or all, none`;
  return command
    .addOption(
      part(
        'containers',
        'n',
        `containers in the shim, ${containers.min} to ${containers.max}`,
        boundDefault.containers,
      ),
    )
    .addOption(
      part('execs', 'n', `execs of each container, ${execs.min} to ${execs.max}`, boundDefault.execs),
    )
    .addOption(part('with', 'options', withText, { ...noOptions, delete: boundDefault.delete }));
}

/** The bound that the flags give together. */
export function boundFrom({ containers, execs, with: options }: BoundFlags): Bound {
  return { ...options, containers, execs };
}
