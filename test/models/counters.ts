import type { Model } from '../../checker/index.ts';

export interface CountersState {
  readonly at: Record<string, number>;
}

/**
 * Counters that go from 0 to `to`, each on its own: (to+1)ⁿ states, n·to·(to+1)ⁿ⁻¹ transitions, depth n·to,
 * and one state where all have arrived and nothing moves. One counter is a chain.
 *
 * @source arithmetic
 */
export function counters(count: number, to: number): Model<CountersState, string> {
  const names = Array.from({ length: count }, (_, i) => `c${i}`);
  return {
    name: `${count} counters to ${to}`,
    initial: { at: Object.fromEntries(names.map((name) => [name, 0])) },
    actions: names,
    label: (name) => `${name} counts`,
    progress: () => true,
    step: ({ at }, name) => {
      const now = at[name] ?? 0;
      if (now >= to) return false;
      at[name] = now + 1;
      return true;
    },
    properties: [
      {
        name: 'rests only where all have arrived',
        kind: 'quiescent',
        class: 'deadlock',
        sentence: 'a counter below its end is enabled',
        source: 'arithmetic',
        subjects: names,
        check: (s, name) => s.at[name] === to,
      },
      {
        name: 'all stay below their end',
        kind: 'always',
        class: 'safety',
        sentence: 'broken by the last state alone',
        source: 'arithmetic',
        subjects: ['all'],
        check: (s) => names.some((name) => s.at[name] !== to),
      },
      {
        name: 'the first one counts',
        kind: 'sometimes',
        class: 'witness',
        sentence: 'reached by the first step',
        source: 'arithmetic',
        subjects: ['first'],
        check: (s) => s.at.c0 === 1,
      },
    ],
  };
}
