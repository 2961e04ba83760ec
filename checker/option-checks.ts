/** Checks of options, for the API, the command line and the explorer, which spell the same options differently. */

/** The integers that an option may be. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/**
 * An option that cannot be used, alone or beside another: a mistake of the caller, found before anything runs.
 *
 * @example
 * ```ts
 * import { explore, OptionError } from 'shim-spec/checker';
 *
 * const lamp = { initial: { isOn: false }, actions: ['press'], step: () => false, properties: [] };
 * try {
 *   explore(lamp, { engine: 'symbolic', limits: { depthMax: 3 } });
 * } catch (error) {
 *   if (error instanceof OptionError) console.log(error.option, error.got, error.allowed);
 *   // limits.depthMax 3 none
 * }
 * ```
 */
export class OptionError extends Error {
  /** To tell it from other errors where classes are of two copies of this package. */
  override readonly name = 'OptionError';
  /** The option, as its caller spells it: `limits.depthMax`, or `--max-depth`. */
  readonly option: string;
  /** Its value, as the caller wrote it. */
  readonly got: string;
  /** What its value may be. */
  readonly allowed: string;

  constructor(message: string, option: string, got: string, allowed: string) {
    super(message);
    this.option = option;
    this.got = got;
    this.allowed = allowed;
  }
}

/** An option that has another value than those allowed. @param advice what to do, a clause */
export function refusal(
  what: string,
  option: string,
  got: string,
  allowed: string,
  advice: string,
): OptionError {
  return new OptionError(`${what} (got ${got}, allowed ${allowed}): ${advice}`, option, got, allowed);
}

/**
 * Checks an integer.
 *
 * @param option as its caller spells it
 * @param got the value as its caller wrote it
 * @throws OptionError for anything but an integer within the range
 */
export function integerOf(
  option: string,
  value: unknown,
  { min, max }: IntegerRange,
  got: string = value === undefined ? 'nothing' : String(value),
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  const allowed = `an integer from ${min} to ${max}`;
  throw refusal(
    `${option} cannot be used`,
    option,
    got || 'an empty text',
    allowed,
    'give one in that range',
  );
}

/** Reads an integer that is written in digits. @throws OptionError as {@link integerOf} does */
export function parseInteger(option: string, text: string, range: IntegerRange): number {
  return integerOf(option, /^\d+$/.test(text) ? Number(text) : text, range, text);
}

/** Two options of which one has to go. */
export interface Exclusion<Option extends string> {
  readonly option: Option;
  /** Only where the option has this value. Default: whatever its value. */
  readonly value?: string;
  readonly excluded: Option;
  /** Only where the excluded option has this value. Default: whatever its value. */
  readonly excludedValue?: string;
  /** What the excluded option may be. Default: nothing. */
  readonly allowed?: string;
  /** A clause. */
  readonly why: string;
}

/**
 * Checks that no two of the given options exclude each other.
 *
 * @param given the options that are given, with their values; `true` for one that has none worth showing
 * @param spell how the caller spells an option
 * @throws OptionError for the first row that is broken
 */
export function assertCombinable<Option extends string>(
  exclusions: readonly Exclusion<Option>[],
  given: ReadonlyMap<Option, string | number | true>,
  spell: (option: Option) => string,
): void {
  for (const { option, value, excluded, excludedValue, allowed = 'none', why } of exclusions) {
    const has = (name: Option, wanted: string | undefined): boolean =>
      given.has(name) && (wanted === undefined || given.get(name) === wanted);
    if (!has(option, value) || !has(excluded, excludedValue)) continue;
    const name = excludedValue === undefined ? spell(excluded) : `${spell(excluded)} ${excludedValue}`;
    // Of an option with a value another value may support what is excluded.
    const what =
      value === undefined
        ? `${name} cannot be combined with ${spell(option)}`
        : `${spell(option)} ${value} does not support ${name}`;
    const its = given.get(excluded);
    const got = its === true ? spell(excluded) : String(its);
    throw refusal(what, spell(excluded), got, allowed, `${why}; leave one of them out`);
  }
}
