import type { Engine, Model, Verdict } from '../../checker/index.ts';
import { clock } from '../models/clock.ts';
import { counters } from '../models/counters.ts';
import { dieHard } from '../models/die-hard.ts';
import { diningPhilosophers } from '../models/dining-philosophers.ts';
import { slidingPuzzle } from '../models/sliding-puzzle.ts';
import { twoPhaseCommit } from '../models/two-phase-commit.ts';
import type { AnyExploration } from './compare.ts';

/** What a search of a toy model is to find, to the last state. */
interface Toy {
  readonly name: string;
  readonly explore: (engine: Engine) => AnyExploration;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly quiescent: number;
  /** Each property's verdict, and the steps to the state that decided it; null where no single one did. */
  readonly verdicts: Readonly<Record<string, readonly [Verdict, steps: number | null]>>;
  /** Whether the plain engine explores it, too. */
  readonly plain: boolean;
}

type Counts = Pick<Toy, 'states' | 'transitions' | 'depth' | 'quiescent' | 'verdicts'>;

function toy<S extends object, A>(model: Model<S, A>, counts: Counts, plain = true): Toy {
  return { name: model.name, explore: (engine) => engine(model), ...counts, plain };
}

/** Deadlock where all pick the left fork first, none where one picks the right one first. */
function philosophers(
  count: number,
  rightFirst: boolean,
  states: number,
  transitions: number,
  depth: number,
): Toy {
  return toy(diningPhilosophers(count, rightFirst), {
    states,
    transitions,
    depth,
    quiescent: rightFirst ? 0 : 1,
    verdicts: {
      'no deadlock': rightFirst ? ['holds', null] : ['violated', count],
      'neighbours do not eat at once': ['holds', null],
      'everybody but one waits': ['holds', count - 1],
    },
  });
}

function manyCounters(count: number, to: number, plain: boolean): Toy {
  const depth = count * to;
  return toy(
    counters(count, to),
    {
      states: (to + 1) ** count,
      transitions: depth * (to + 1) ** (count - 1),
      depth,
      quiescent: 1,
      verdicts: {
        'rests only where all have arrived': ['holds', null],
        'all stay below their end': ['violated', depth],
        'the first one counts': to === 0 ? ['violated', null] : ['holds', 1],
      },
    },
    plain,
  );
}

/** Nothing rests: a manager receives a decision again and again. */
function commit(managers: number, states: number, transitions: number, depth: number, plain: boolean): Toy {
  return toy(
    twoPhaseCommit(managers),
    {
      states,
      transitions,
      depth,
      quiescent: 0,
      verdicts: {
        'no manager commits while another has aborted': ['holds', null],
        'the transaction manager keeps its decision': ['holds', null],
        'everybody commits': ['holds', 3 * managers + 1],
      },
    },
    plain,
  );
}

function clockOf(hours: number): Toy {
  return toy(clock(hours), {
    states: hours,
    transitions: hours,
    depth: hours - 1,
    quiescent: 0,
    verdicts: { 'the hour is on the dial': ['holds', null], 'never rests': ['holds', null] },
  });
}

export const toys: readonly Toy[] = [
  toy(dieHard, {
    states: 16,
    transitions: 96,
    depth: 7,
    quiescent: 0,
    verdicts: { 'big is not 4': ['violated', 6], 'no jug overflows': ['holds', null] },
  }),
  toy(slidingPuzzle, {
    states: 360,
    transitions: 840,
    depth: 21,
    quiescent: 0,
    verdicts: { 'the rows are not swapped': ['violated', 21], 'two tiles change places': ['violated', null] },
  }),
  philosophers(2, false, 6, 8, 2),
  philosophers(3, false, 14, 27, 3),
  philosophers(5, false, 82, 265, 5),
  philosophers(3, true, 12, 22, 3),
  philosophers(5, true, 70, 219, 5),
  clockOf(1),
  clockOf(12),
  manyCounters(1, 0, true),
  manyCounters(1, 1, true),
  manyCounters(1, 300, true),
  manyCounters(3, 7, true),
  manyCounters(6, 9, false),
  commit(3, 288, 1145, 10, true),
  commit(5, 8832, 58145, 16, false),
  commit(7, 296448, 2744705, 22, false),
];
