import { environmentOptions } from '../../render/bound.ts';
import type { OptionNames } from '../../render/causes/report.ts';
import { type Bound, noOptions, type Options, type Revision } from '../../spec/index.ts';
import { passiveOptions } from '../../spec/options/passive-options.ts';
import type { SearchJob } from './search-job.ts';
import { nameOf } from './searchers.ts';

/** The sets of one revision that have `shared-pid-namespace`, or those that do not: a lattice of its own. */
export interface SweepPart {
  readonly revision: Revision;
  readonly containers: number;
  readonly execs: number;
  readonly isShared: boolean;
  /** The options that are in some sets and not in others; bit i of a set is the i-th. */
  readonly options: readonly (keyof Options)[];
  /** Of each search. */
  readonly limits: SearchJob['limits'];
}

/** The parts of a revision: one, or two where its pid namespace may be shared. */
export function partsOf(revision: Revision, bound: Bound, limits: SearchJob['limits']): SweepPart[] {
  const { containers, execs } = bound;
  const options = environmentOptions
    .map(([, option]) => option)
    .filter((option) => option !== 'sharedPidNamespace' && bound[option]);
  const part = { revision, containers, execs, options, limits };
  const halves = [{ ...part, isShared: false }];
  return bound.sharedPidNamespace ? [...halves, { ...part, isShared: true }] : halves;
}

/** The bound of a set. */
export function boundOfSet({ containers, execs, options, isShared }: SweepPart, set: number): Bound {
  const on = options.filter((_, i) => (set >> i) % 2 === 1).map((option) => [option, true] as const);
  return { ...noOptions, containers, execs, sharedPidNamespace: isShared, ...Object.fromEntries(on) };
}

/** The names of a set's options, without `shared-pid-namespace`. */
export function namesOfSet({ options }: SweepPart, set: number): OptionNames {
  return environmentOptions
    .filter(([, option]) => options.includes(option) && (set >> options.indexOf(option)) % 2 === 1)
    .map(([name]) => name);
}

/** The search of a set. */
export function jobOfSet(part: SweepPart, set: number): SearchJob {
  const { revision, containers, execs, limits, isShared } = part;
  const names = namesOfSet(part, set);
  const all = isShared ? [sharedName, ...names] : names;
  return { revision: nameOf(revision), containers, execs, with: all, limits };
}

/** The set with these names. */
export function setOfNames({ options }: SweepPart, names: OptionNames): number {
  return environmentOptions.reduce(
    (set, [name, option]) =>
      names.includes(name) && options.includes(option) ? set | (1 << options.indexOf(option)) : set,
    0,
  );
}

/** The options of a part that change no verdict on a rule. */
export function passiveIn(part: SweepPart, rule: string): number {
  const passive = passiveOptions(part.revision, boundOfSet(part, 2 ** part.options.length - 1), rule);
  return part.options.reduce((set, option, i) => (passive.includes(option) ? set | (1 << i) : set), 0);
}

const sharedName = 'shared-pid-namespace';
