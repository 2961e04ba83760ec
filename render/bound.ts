/** A bound in words: in a sentence, as the texts that flags and addresses hold, and back. */
import {
  type IntegerRange,
  integerOf,
  type OptionError,
  parseInteger,
  refusal,
} from '../checker/option-checks.ts';
import { type Bound, noOptions, type Options, type RoadOptions } from '../spec/index.ts';
import { adviceFor } from './closest-names.ts';

/** The options of the environment: as flags and pages spell them, and as the specification does. */
export const environmentOptions: readonly (readonly [name: string, option: keyof Options])[] = (
  Object.keys(noOptions) as (keyof Options)[]
).map((option) => [option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), option]);

/** What each option of the environment switches on, in the words of {@link Options}. */
export const environmentTexts: Readonly<Record<keyof Options, string>> = {
  sharedPidNamespace: "the containers' processes do not die with their init",
  runcFails: 'runc create, start, exec and delete may fail, before or after they forked',
  kill: 'clients send Kill, at any time',
  wait: 'clients send Wait, at any time',
  delete: 'clients send Delete, at any time',
  execOnCreated: 'execs are added and started while the container is only created',
  earlyCalls: 'clients send calls about a task or exec while the call that makes it is in flight',
  reparented: 'the shim reaps a child that it did not start as a container process',
  pidReuse: 'a pid is given to a new process once its old one was reaped',
  shutdown: 'a client sends Shutdown, at any time',
  again: 'clients send every call but Create and Shutdown twice, one after the other or overlapping',
};

/** The parts of the road, which are added by name: `all` does not switch them on, and a bound names them where they are on. */
export const roadOptions: readonly (readonly [name: string, option: keyof RoadOptions])[] = [
  ['publisher', 'publisher'],
  ['reaper', 'reaper'],
  ['reaper-two', 'reaperTwo'],
  ['channel', 'channel'],
  ['channel-two', 'channelTwo'],
  ['oom', 'oom'],
  ['oom-v1', 'oomV1'],
  ['crash', 'crash'],
  ['reaper-13539', 'reaper13539'],
  ['reaper-13544', 'reaper13544'],
  ['reaper-13653', 'reaper13653'],
];

/** What each part of the road adds, in the words of {@link RoadOptions}. */
export const roadTexts: Readonly<Record<keyof RoadOptions, string>> = {
  publisher:
    'events go through the publisher to a listener that refuses, answers late, goes away and comes back',
  reaper: "exits, of each runc too, go through containerd's reaper to a channel that has room for one",
  reaperTwo: 'the same reaper with a channel that has room for two',
  channel: 's.events has room for one event; Shutdown takes the steps that it has',
  channelTwo: 'the same with room for two events',
  oom: 'the kernel kills an init for lack of memory, on a machine with cgroup v2',
  oomV1: 'the kernel kills an init for lack of memory, on a machine with cgroup v1',
  crash: 'the shim is killed once, and containerd cleans up after it',
  reaper13539: 'the reaper as containerd#13539 would have it: a second scan',
  reaper13544: 'the reaper as containerd#13544 would have it: a list between wait4 and notify',
  reaper13653: 'the reaper as containerd#13653 would have it: a list between the channel and the exit loop',
};

/** The names of the environment's options: those that `all` stands for. */
export const environmentNames: readonly string[] = environmentOptions.map(([name]) => name);
/** The names of all options. */
export const optionNames: readonly string[] = [...environmentNames, ...roadOptions.map(([name]) => name)];

/** How far a search may reach. */
export const extentRanges: Readonly<Record<'containers' | 'execs', IntegerRange>> = {
  containers: { min: 1, max: 4 },
  execs: { min: 0, max: 8 },
};

export const boundDefault: Bound = { ...noOptions, delete: true, containers: 1, execs: 2 };

/** A bound as flags and addresses write it, part by part. */
export type BoundTexts = Readonly<Record<'containers' | 'execs' | 'with', string>>;

/**
 * Reads a part of a bound.
 *
 * @param part as its caller spells it, for the message of an error
 * @throws OptionError for a number out of range, or an option that the environment does not have
 */
export const boundParsers = {
  containers: (text: string, part = 'containers'): number =>
    parseInteger(part, text, extentRanges.containers),
  execs: (text: string, part = 'execs'): number => parseInteger(part, text, extentRanges.execs),
  with: (list: string, part = 'with', allowed = optionNames): Options & RoadOptions => {
    if (list === 'none') return noOptions;
    const names = list === 'all' ? environmentNames : list.split(',').map((name) => name.trim());
    for (const name of names) if (!allowed.includes(name)) throw unknownOption(name, list, part, allowed);
    return optionsNamed(names);
  },
};

function unknownOption(name: string, list: string, part: string, names: readonly string[]): OptionError {
  const allowed = `${names.join(', ')}; or all, none`;
  if (['all', 'none'].includes(name))
    return refusal(
      `${part} cannot combine '${name}' with others`,
      part,
      `'${list}'`,
      allowed,
      `give ${name} alone, or the others`,
    );
  if (optionNames.includes(name))
    return refusal(
      `${part} takes no part of the road here`,
      part,
      `'${name}'`,
      allowed,
      `leave ${name} out; check and live take it`,
    );
  const advice = name === '' ? 'give one, or none' : adviceFor(name, names);
  return refusal(`${part} has no option '${name}'`, part, `'${name}'`, allowed, advice);
}

function optionsNamed(names: readonly string[]): Options & RoadOptions {
  const on = [...environmentOptions, ...roadOptions]
    .filter(([name]) => names.includes(name))
    .map(([, option]) => [option, true]);
  return { ...noOptions, ...Object.fromEntries(on) };
}

/** Reads a bound. @throws OptionError as {@link boundParsers} do */
export function parseBound({ containers, execs, with: list }: BoundTexts): Bound {
  const options = boundParsers.with(list);
  return { ...options, containers: boundParsers.containers(containers), execs: boundParsers.execs(execs) };
}

/** A bound that a file holds; an option that it does not name is off. @throws OptionError for another value */
export function boundOf(value: Partial<Bound>): Bound {
  return {
    ...optionsNamed(optionsOf({ ...noOptions, ...value }).on),
    containers: integerOf('containers', value.containers, extentRanges.containers),
    execs: integerOf('execs', value.execs, extentRanges.execs),
  };
}

/** The options that are on, and those that are off, by their names on the command line. */
function optionsOf(options: Options & RoadOptions): { on: string[]; off: string[] } {
  const names = (isOn: boolean): string[] =>
    environmentOptions.filter(([, option]) => (options[option] === true) === isOn).map(([name]) => name);
  const onRoad = roadOptions.filter(([, option]) => options[option] === true).map(([name]) => name);
  return { on: [...names(true), ...onRoad], off: names(false) };
}

/** The texts that {@link parseBound} reads as `bound`. */
export function boundTexts(bound: Bound): BoundTexts {
  const { on } = optionsOf(bound);
  return {
    containers: String(bound.containers),
    execs: String(bound.execs),
    with: on.join(',') || 'none',
  };
}

/** The flags that give `bound` again. */
export function boundFlags(bound: Bound): string {
  return Object.entries(boundTexts(bound))
    .map(([part, text]) => `--${part} ${text}`)
    .join(' ');
}

/** `1 container × 2 execs, with delete; without kill, wait`. */
export function boundText(bound: Bound): string {
  const { on, off } = optionsOf(bound);
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  const extent = `${many(bound.containers, 'container')} × ${many(bound.execs, 'exec')}`;
  return `${extent}, with ${on.join(', ') || 'no option'}${off.length > 0 ? `; without ${off.join(', ')}` : ''}`;
}
