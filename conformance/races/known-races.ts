/**
 * The ways to break a rule from outside that the checker found in the history. To find them takes seconds, so they are
 * kept as data: `npm run races` writes the file, and a test compares it with a new search.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { erased, labelOf, modelOf, type Options, proposed } from '../../spec/index.ts';
import { type Race, raceBoundOf } from './races.ts';

/** A row of the file: a bound by its numbers and the options that are on, steps by label. */
interface RaceRow {
  readonly name: string;
  readonly containers: number;
  readonly execs: number;
  readonly with: readonly (keyof Options)[];
  readonly rules: readonly string[];
  readonly steps: readonly string[];
}

/** @throws RangeError for a step that the bound does not have */
export function readKnownRaces(): Race[] {
  const file = fileURLToPath(new URL('./known-races.json', import.meta.url));
  return (JSON.parse(readFileSync(file, 'utf8')) as RaceRow[]).map(raceOf);
}

/** The text of the file, one race a line. */
export function knownRacesText(races: readonly Race[]): string {
  return `[\n${races.map((race) => JSON.stringify(rowOf(race))).join(',\n')}\n]\n`;
}

function rowOf({ name, rules, schedule: { bound, steps } }: Race): RaceRow {
  const { containers, execs, ...options } = bound;
  const on = Object.entries(options).flatMap(([option, isOn]) => (isOn ? [option as keyof Options] : []));
  return { name, containers, execs, with: on, rules, steps: steps.map(labelOf) };
}

function raceOf({ name, containers, execs, with: on, rules, steps }: RaceRow): Race {
  const bound = raceBoundOf(containers, execs, ...on);
  const model = modelOf(erased(proposed), bound);
  const byLabel = new Map(model.actions.map((action) => [labelOf(action), action]));
  const actions = steps.map((label) => {
    const action = byLabel.get(label);
    if (!action)
      throw new RangeError(`the race '${name}' has a step that its bound does not have (got ${label})`);
    return action;
  });
  return { name, rules, schedule: { bound, steps: actions } };
}
