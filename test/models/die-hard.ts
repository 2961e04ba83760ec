import type { Model } from '../../checker/index.ts';

/**
 * The water jugs of the film (tlaplus/Examples `DieHard.tla`, same six actions, each of them always enabled).
 *
 * A reachable state has one jug empty or full: 6 × 4 − 4 × 2 = 16 states, and 6 × 16 = 96 transitions, which
 * TLC counts as "97 states generated, 16 distinct". The film's riddle takes 6 steps.
 */
export interface DieHardState {
  big: number;
  small: number;
}

export const dieHardActions = [
  'FillSmallJug',
  'FillBigJug',
  'EmptySmallJug',
  'EmptyBigJug',
  'SmallToBig',
  'BigToSmall',
] as const;

export const dieHard: Model<DieHardState, (typeof dieHardActions)[number]> = {
  name: 'die hard',
  initial: { big: 0, small: 0 },
  actions: dieHardActions,
  label: (action) => action,
  progress: () => true,
  step: (s, action) => {
    const { big, small } = s;
    switch (action) {
      case 'FillSmallJug':
        s.small = 3;
        return true;
      case 'FillBigJug':
        s.big = 5;
        return true;
      case 'EmptySmallJug':
        s.small = 0;
        return true;
      case 'EmptyBigJug':
        s.big = 0;
        return true;
      case 'SmallToBig':
        s.big = Math.min(big + small, 5);
        s.small = small - (s.big - big);
        return true;
      case 'BigToSmall':
        s.small = Math.min(big + small, 3);
        s.big = big - (s.small - small);
        return true;
    }
  },
  properties: [
    {
      name: 'big is not 4',
      kind: 'always',
      class: 'safety',
      sentence: 'NotSolved == big # 4',
      source: 'tlaplus/Examples DieHard.tla',
      subjects: ['big'],
      check: (s) => s.big !== 4,
    },
    {
      name: 'no jug overflows',
      kind: 'always',
      class: 'safety',
      sentence: 'TypeOK == /\\ small \\in 0..3 /\\ big \\in 0..5',
      source: 'tlaplus/Examples DieHard.tla',
      subjects: ['big', 'small'],
      check: (s, jug) => (jug === 'big' ? s.big >= 0 && s.big <= 5 : s.small >= 0 && s.small <= 3),
    },
  ],
};
