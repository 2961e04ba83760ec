import { Option } from 'commander';
import { type IntegerRange, parseInteger } from '../../checker/option-checks.ts';

/** A flag that takes an integer, whose range its help says. @param flag as commander has it: `--walks <n>` */
export function integerFlag(flag: string, description: string, range: IntegerRange): Option {
  const option = new Option(flag, `${description} (${range.min} to ${range.max})`);
  return option.argParser((text: string) => parseInteger(option.long ?? flag, text, range));
}

/** What a seed of generated numbers may be. */
export const seedRange: IntegerRange = { min: 0, max: 2 ** 31 - 1 };

/** A seed by the clock, for whoever gives none. */
export function seedByClock(): number {
  return Date.now() % seedRange.max;
}
