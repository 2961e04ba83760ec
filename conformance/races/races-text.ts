import { labelOf } from '../../spec/index.ts';
import type { Race } from './races.ts';

/** The source text of `known-races.ts`: what takes seconds to find is kept, and a test compares. */
export function racesText(races: readonly Race[]): string {
  const entries = races.map(({ name, schedule: { bound, steps }, rules }) => {
    const { containers, execs, ...options } = bound;
    const on = Object.entries(options).flatMap(([option, isOn]) => (isOn ? [quoted(option)] : []));
    return [
      '  {',
      `    name: ${quoted(name)},`,
      `    bound: boundOf(${[containers, execs, ...on].join(', ')}),`,
      `    rules: [${rules.map(quoted).join(', ')}],`,
      '    steps: [',
      ...steps.map((step) => `      ${quoted(labelOf(step))},`),
      '    ],',
      '  },',
    ].join('\n');
  });
  return `/** Written by \`npm run races\`: the ways to break a rule from outside that the checker found in the history. */
import { boundOf, type KnownRace } from './races.ts';

export const knownRaces: readonly KnownRace[] = [
${entries.join('\n')}
];
`;
}

function quoted(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}
