import type { Command } from 'commander';
import { assertCombinable, type Exclusion, refusal } from '../../checker/option-checks.ts';

/** What stands for the argument that names a revision. */
const revision = 'a revision';

/** What stands for a list of them. */
const several = 'several revisions';

const ofOne = 'it is about one revision';
const textOnly = 'only the text has it';
const wholeSearch = 'coverage needs a whole search by the fast engine';

function excludedBy(
  option: string,
  excluded: readonly string[],
  why: string,
  more: Partial<Exclusion<string>> = {},
): Exclusion<string>[] {
  return excluded.map((each) => ({ option, excluded: each, why, ...more }));
}

/**
 * Which flags exclude each other, besides the options of a search: searchExclusions in checker/plan.ts has those. A row
 * counts for each command that has both flags.
 */
const flagExclusions: readonly Exclusion<string>[] = [
  // check
  ...excludedBy('--all', [revision], '--all checks every revision'),
  ...excludedBy('--all', ['--show'], ofOne),
  ...['--all', several].flatMap((option) =>
    excludedBy(
      option,
      ['--profile', '--coverage', '--coverage-of', '--distinct', '--checkpoint', '--certificate'],
      ofOne,
    ),
  ),
  ...['junit', 'sarif', 'itf'].flatMap((format) => [
    ...['--all', several].flatMap((option) =>
      excludedBy(option, ['--format'], ofOne, { excludedValue: format, allowed: 'text, json' }),
    ),
    ...excludedBy('--format', ['--coverage', '--coverage-of'], 'only text and json have it', {
      value: format,
    }),
  ]),
  ...['json', 'junit', 'sarif', 'itf'].flatMap((format) =>
    excludedBy('--format', ['--profile', '--distinct'], textOnly, { value: format }),
  ),
  ...['json', 'junit', 'sarif'].flatMap((format) =>
    excludedBy('--format', ['--show'], 'it has every trace', { value: format }),
  ),
  ...['all', 'none'].flatMap((shown) =>
    excludedBy('--format', ['--show'], 'it has one trace', {
      ...{ value: 'itf', excludedValue: shown, allowed: 'shortest, or the name of a property' },
    }),
  ),
  ...['plain', 'symbolic'].flatMap((engine) =>
    excludedBy('--engine', ['--coverage', '--coverage-of'], wholeSearch, { value: engine }),
  ),
  ...excludedBy('--engine', ['--profile', '--distinct'], 'it does not list states', { value: 'symbolic' }),
  ...excludedBy('--reduce', ['--coverage', '--coverage-of'], wholeSearch, { value: 'symmetry' }),
  ...excludedBy('--checkpoint', ['--coverage', '--coverage-of'], wholeSearch),
  ...excludedBy('--reduce', ['--certificate'], 'a certificate lists every state, as it is', {
    value: 'symmetry',
  }),
  // causes
  ...excludedBy('--all', ['--format'], ofOne, { excludedValue: 'svg', allowed: 'text, json' }),
  ...excludedBy('--queue', ['--shard'], 'a queue divides by itself'),
  ...excludedBy('--shard', ['--format'], 'it writes a file for shim-spec merge'),
  // replay
  ...excludedBy(
    '--trace',
    ['--choices', revision, '--containers', '--execs', '--with'],
    'the report names its revision, bound and trace',
  ),
  ...excludedBy('--picture', ['--format'], '--picture prints a picture'),
  ...excludedBy('--as', ['--format', '--picture'], '--as prints a test'),
  // conform
  ...excludedBy(
    '--list',
    ['--format', '--from', '--baseline'],
    'it prints a line for each check, and runs none',
  ),
  ...excludedBy(
    '--from',
    ['--only', '--runs', '--seed', '--path', '--time-limit'],
    '--from tries one counterexample and nothing else',
  ),
  // watch, judge
  ...excludedBy('--to', ['--spec'], 'shim-spec judge judges what goes to Redis'),
  ...excludedBy('--report', ['--drain', '--spec'], '--report judges nothing'),
  ...excludedBy('--runs', ['--path'], 'no schedule is generated', { value: '0' }),
];

/** Flags that say more about another one, of which one is enough. */
const flagNeeds: readonly (readonly [flag: string, needed: readonly string[]])[] = [
  ['--checkpoint-every', ['--checkpoint']],
  ['--property', ['--trace', '--as', '--from']],
  ['--path', ['--seed']],
  ['--node', ['--to']],
  ['--keep', ['--to']],
];

/** Checks the flags of a command that is about to run. @throws OptionError for two that do not go together */
export function assertFlagsCombine(command: Command): void {
  const given = givenFlags(command);
  assertCombinable(flagExclusions, given, (flag) => flag);
  const has = (flag: string): boolean => command.options.some(({ long }) => long === flag);
  for (const [flag, anyOf] of flagNeeds) {
    const needed = anyOf.filter(has);
    if (!given.has(flag) || needed.length === 0 || needed.some((each) => given.has(each))) continue;
    const names = needed.join(' or ');
    throw refusal(
      `${flag} needs ${names}`,
      flag,
      `${flag} alone`,
      'both',
      `add ${names}, or leave ${flag} out`,
    );
  }
}

/** The flags that stand on the command line, and the revision. */
function givenFlags(command: Command): Map<string, string | true> {
  const flags = command.options
    .map((option) => ({ flag: option.long ?? '', name: option.attributeName() }))
    .filter(({ name }) => command.getOptionValueSource(name) === 'cli')
    .map(({ flag, name }) => [flag, shown(command.getOptionValue(name))] as const);
  const isRevision = command.registeredArguments[0]?.name() === 'revision' && command.args.length > 0;
  return new Map([
    ...flags,
    ...(isRevision ? [[revision, String(command.args[0])] as const] : []),
    ...(isRevision && command.args.length > 1 ? [[several, command.args.join(', ')] as const] : []),
  ]);
}

function shown(value: unknown): string | true {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : true;
}
