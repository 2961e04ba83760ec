import type { Model } from '../../checker/index.ts';

/**
 * Dijkstra's dining philosophers (EWD310), each with a fork to the left and one to the right.
 *
 * Where everyone picks up the left fork first, a state is a circular word over thinks, waits (has the left
 * fork), eats (has both), in which only "thinks" follows "eats". There are (1 + √2)ⁿ + (1 − √2)ⁿ of those,
 * the Pell–Lucas numbers 6, 14, 34, 82, 198 … (OEIS A002203), and exactly one is a deadlock, n steps away:
 * everyone waits. With one of them right-handed there is none, and Pell(n+1) states: 12, 29, 70 … (OEIS A000129).
 */
export interface PhilosophersState {
  readonly philosophers: Record<string, 'thinks' | 'waits' | 'eats'>;
  /** Who holds each fork; fork i lies to the left of philosopher i. */
  readonly forks: Record<string, string | null>;
}

export interface PhilosopherAction {
  readonly type: 'PicksFirst' | 'PicksSecond' | 'PutsBoth';
  readonly philosopher: string;
  readonly forks: readonly [first: string, second: string];
}

/** @param rightFirst whether the first philosopher picks up the right fork first, which breaks the circle */
export function diningPhilosophers(
  count: number,
  rightFirst: boolean,
): Model<PhilosophersState, PhilosopherAction> {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const names = numbers.map((i) => `p${i}`);
  return {
    name: `${count} dining philosophers${rightFirst ? ', one of them right-handed' : ''}`,
    initial: {
      philosophers: Object.fromEntries(names.map((name) => [name, 'thinks'])),
      forks: Object.fromEntries(numbers.map((i) => [`f${i}`, null])),
    },
    actions: names.flatMap((philosopher, i) => {
      const sides = [`f${i}`, `f${(i + 1) % count}`] as const;
      const forks = rightFirst && i === 0 ? ([sides[1], sides[0]] as const) : sides;
      return (['PicksFirst', 'PicksSecond', 'PutsBoth'] as const).map((type) => ({
        type,
        philosopher,
        forks,
      }));
    }),
    label: ({ type, philosopher }) => `${type}(${philosopher})`,
    progress: () => true,
    step: (s, { type, philosopher, forks: [first, second] }) => {
      switch (type) {
        case 'PicksFirst':
          if (s.philosophers[philosopher] !== 'thinks' || s.forks[first] !== null) return false;
          s.forks[first] = philosopher;
          s.philosophers[philosopher] = 'waits';
          return true;
        case 'PicksSecond':
          if (s.philosophers[philosopher] !== 'waits' || s.forks[second] !== null) return false;
          s.forks[second] = philosopher;
          s.philosophers[philosopher] = 'eats';
          return true;
        case 'PutsBoth':
          if (s.philosophers[philosopher] !== 'eats') return false;
          s.forks[first] = null;
          s.forks[second] = null;
          s.philosophers[philosopher] = 'thinks';
          return true;
      }
    },
    properties: [
      {
        name: 'no deadlock',
        kind: 'quiescent',
        class: 'deadlock',
        sentence: 'nobody waits for a fork where nothing moves',
        source: 'Dijkstra, EWD310',
        subjects: names,
        check: (s, philosopher) => s.philosophers[philosopher] !== 'waits',
      },
      {
        name: 'neighbours do not eat at once',
        kind: 'always',
        class: 'safety',
        sentence: 'two neighbours share a fork',
        source: 'Dijkstra, EWD310',
        subjects: names,
        check: (s, philosopher) => {
          const neighbour = names[(names.indexOf(philosopher) + 1) % count] ?? '';
          return s.philosophers[philosopher] !== 'eats' || s.philosophers[neighbour] !== 'eats';
        },
      },
      {
        name: 'everybody but one waits',
        kind: 'sometimes',
        class: 'witness',
        sentence: 'the situation that a deadlock needs is reached',
        source: 'Dijkstra, EWD310',
        subjects: names,
        check: (s, thinker) =>
          names.every((name) => (s.philosophers[name] === 'waits') === (name !== thinker)),
      },
    ],
  };
}
