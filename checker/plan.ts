/** What a search is asked to do, checked before it begins. */

import type { Engine } from './limits.ts';
import { assertCombinable, type Exclusion, type IntegerRange, integerOf, refusal } from './option-checks.ts';
import type { SearchOptions } from './options.ts';

/** A search whose options have been checked. */
export interface SearchPlan extends SearchOptions {
  readonly engine: Engine;
  readonly limits: NonNullable<SearchOptions['limits']>;
}

const optionNames = [
  'engine',
  'limits.depthMax',
  'limits.statesMax',
  'limits.timeoutMs',
  'limits.memoryMaxBytes',
  'limits.stopAtViolation',
  'reduction',
  'shortest',
  'crew',
  'onLevel',
  'resume',
  'onProgress',
  'isCancelled',
] as const;

/** An option of a search, as the API spells it. */
export type SearchOption = (typeof optionNames)[number];

type SearchNumber = Exclude<Extract<SearchOption, 'crew' | `limits.${string}`>, 'limits.stopAtViolation'>;

/** The numbers that a search takes; every front end reads its ranges here. */
export const searchRanges: Readonly<Record<SearchNumber, IntegerRange>> = {
  'limits.depthMax': { min: 0, max: 1_000_000 },
  'limits.statesMax': { min: 1, max: 2 ** 31 },
  'limits.timeoutMs': { min: 0, max: 1_000_000_000 },
  'limits.memoryMaxBytes': { min: 1, max: Number.MAX_SAFE_INTEGER },
  /** Threads. */
  crew: { min: 1, max: 64 },
};

/** The values that are words. */
const searchWords: Partial<Record<SearchOption, readonly string[]>> = {
  engine: ['fast', 'plain', 'symbolic'] satisfies Engine[],
  reduction: ['symmetry', 'unread'] satisfies SearchOptions['reduction'][],
};

const onlyWhole = 'it knows the set of states only as a whole, so only time and memory can stop it';
const oneThread = 'it searches with one thread';
const notResumable = 'it cannot save a search or resume one';

/** Which options of a search exclude each other. */
export const searchExclusions: readonly Exclusion<SearchOption>[] = [
  { option: 'engine', value: 'plain', excluded: 'reduction', why: 'it looks at every state' },
  { option: 'engine', value: 'plain', excluded: 'crew', why: oneThread },
  { option: 'engine', value: 'plain', excluded: 'onLevel', why: notResumable },
  { option: 'engine', value: 'plain', excluded: 'resume', why: notResumable },
  {
    ...{ option: 'engine', value: 'fast', excluded: 'reduction', excludedValue: 'unread' },
    ...{ allowed: 'symmetry', why: 'it stores every variable of a state' },
  },
  {
    ...{ option: 'engine', value: 'symbolic', excluded: 'reduction', excludedValue: 'symmetry' },
    ...{ allowed: 'unread', why: 'it does not look at states one by one' },
  },
  ...['fast', 'plain'].map((value) => ({
    ...({ option: 'engine', value, excluded: 'shortest' } as const),
    why: 'it searches breadth first: its counterexamples are shortest',
  })),
  { option: 'engine', value: 'symbolic', excluded: 'crew', why: oneThread },
  { option: 'engine', value: 'symbolic', excluded: 'onLevel', why: notResumable },
  { option: 'engine', value: 'symbolic', excluded: 'resume', why: notResumable },
  { option: 'engine', value: 'symbolic', excluded: 'limits.depthMax', why: onlyWhole },
  { option: 'engine', value: 'symbolic', excluded: 'limits.statesMax', why: onlyWhole },
  { option: 'engine', value: 'symbolic', excluded: 'limits.stopAtViolation', why: onlyWhole },
  { option: 'reduction', value: 'symmetry', excluded: 'crew', why: oneThread },
  { option: 'reduction', value: 'symmetry', excluded: 'onLevel', why: notResumable },
  { option: 'reduction', value: 'symmetry', excluded: 'resume', why: notResumable },
];

/**
 * Checks what a search is asked to do. `explore` does so first; a front end does so before it prepares a search.
 *
 * @param spell how the caller spells an option, for the message of an error. Default: as the API does
 * @throws OptionError for an unknown option, a value out of range, or two options that exclude each other
 */
export function planOf(
  options: SearchOptions = {},
  spell: (option: SearchOption) => string = (option) => option,
): SearchPlan {
  const plan = { ...options, engine: options.engine ?? 'fast', limits: options.limits ?? {} };
  const given = givenOf(plan);
  for (const [option, value] of given) assertKnown(option, value, spell);
  const shown = [...given].map(
    ([option, value]) =>
      [option, typeof value === 'string' || typeof value === 'number' ? value : true] as const,
  );
  assertCombinable(searchExclusions, new Map(shown), spell);
  return plan;
}

/** The options that are given, by their names; what is `false` or `null` is not. @throws OptionError for other names */
function givenOf({ limits, crew, ...rest }: SearchPlan): Map<SearchOption, unknown> {
  const ofLimits = Object.entries(limits).map(([name, value]) => [`limits.${name}`, value] as const);
  const all: (readonly [string, unknown])[] = [...Object.entries(rest), ['crew', crew?.size], ...ofLimits];
  return new Map(
    all
      .filter(([, value]) => value !== undefined && value !== null && value !== false)
      .map(([name, value]) => [optionNamed(name), value]),
  );
}

function optionNamed(name: string): SearchOption {
  const option = optionNames.find((each) => each === name);
  if (option !== undefined) return option;
  throw refusal(`there is no option ${name}`, name, name, optionNames.join(', '), 'correct the name');
}

function assertKnown(option: SearchOption, value: unknown, spell: (option: SearchOption) => string): void {
  const range = (searchRanges as Partial<Record<SearchOption, IntegerRange>>)[option];
  if (range) integerOf(spell(option), value, range);
  const words = searchWords[option];
  if (words && !words.some((word) => word === value)) {
    const what = `${spell(option)} ${value} is unknown`;
    throw refusal(what, spell(option), String(value), words.join(', '), 'choose one of them');
  }
}
