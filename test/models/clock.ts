import type { Model } from '../../checker/index.ts';

export interface ClockState {
  hour: number;
}

/**
 * A clock that goes round for ever (Lamport, Specifying Systems, chapter 2, `HourClock`): as many states and
 * transitions as hours, the farthest one step less away, and no state in which nothing moves.
 */
export function clock(hours: number): Model<ClockState, 'Ticks'> {
  return {
    name: `clock of ${hours} hours`,
    initial: { hour: 1 },
    actions: ['Ticks'],
    label: (action) => action,
    progress: () => true,
    step: (s) => {
      s.hour = (s.hour % hours) + 1;
      return true;
    },
    properties: [
      {
        name: 'the hour is on the dial',
        kind: 'always',
        class: 'safety',
        sentence: 'HCini == hr \\in (1 .. 12)',
        source: 'Lamport, Specifying Systems, HourClock',
        subjects: ['hour'],
        check: (s) => s.hour >= 1 && s.hour <= hours,
      },
      {
        name: 'never rests',
        kind: 'quiescent',
        class: 'deadlock',
        sentence: 'the clock always ticks',
        source: 'Lamport, Specifying Systems, HourClock',
        subjects: ['hour'],
        check: () => false,
      },
    ],
  };
}
