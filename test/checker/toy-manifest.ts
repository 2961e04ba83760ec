/**
 * What a search of each toy model is to find, to the last state: the rows of `toy-manifest.json`.
 *
 * They judge the engines, so no command writes them: the counts of the sliding puzzle, of Die Hard and of two-phase
 * commit are published, those of the counters and the clock follow from their size, and the philosophers deadlock
 * where all pick the left fork first.
 */
import { readFileSync } from 'node:fs';
import { type Engine, explore, type Model, type Verdict } from '../../checker/index.ts';
import { twoPhaseCommit } from '../../examples/two-phase-commit.ts';
import { clock } from '../models/clock.ts';
import { counters } from '../models/counters.ts';
import { dieHard } from '../models/die-hard.ts';
import { diningPhilosophers } from '../models/dining-philosophers.ts';
import { slidingPuzzle } from '../models/sliding-puzzle.ts';
import type { AnyExploration } from './compare.ts';

/** A row of the file. */
interface ToyRow {
  readonly model: keyof typeof models;
  /** What the model is made with: how many there are, and to where or in which way they go. */
  readonly arguments: readonly [count?: number, how?: number | boolean];
  /** Whether the plain engine explores it, too. */
  readonly plain: boolean;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly quiescent: number;
  /** Each property's verdict, and the steps to the state that decided it; null where no single one did. */
  readonly verdicts: Readonly<Record<string, readonly [Verdict, steps: number | null]>>;
}

/** A toy model with its row. */
interface Toy extends Omit<ToyRow, 'model' | 'arguments'> {
  readonly name: string;
  readonly explore: (engine: Engine) => AnyExploration;
}

type Made = Pick<Toy, 'name' | 'explore'>;

function made<S extends object, A>(model: Model<S, A>): Made {
  return { name: model.name ?? '', explore: (engine) => explore(model, { engine }) };
}

/** How each model is made. */
const models = {
  dieHard: () => made(dieHard),
  slidingPuzzle: () => made(slidingPuzzle),
  diningPhilosophers: (count: number, how: number | boolean) => made(diningPhilosophers(count, how === true)),
  clock: (count: number) => made(clock(count)),
  counters: (count: number, how: number | boolean) => made(counters(count, Number(how))),
  twoPhaseCommit: (count: number) => made(twoPhaseCommit(count)),
};

const rows = JSON.parse(readFileSync(new URL('toy-manifest.json', import.meta.url), 'utf8')) as ToyRow[];

export const toys: readonly Toy[] = rows.map(({ model, arguments: [count = 0, how = 0], ...figures }) => ({
  ...models[model](count, how),
  ...figures,
}));
