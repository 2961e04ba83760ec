import type { Model } from '../../checker/index.ts';

/**
 * The 3 × 2 variant of Sam Loyd's puzzle (OEIS A090034, also one of stateright's toy models): half of the 6!
 * placements, 360, can be reached, the farthest of them, the two rows swapped, by 21 moves.
 *
 * The blank has 60 placements of the tiles around it in each cell, and the cells have 14 neighbours in all:
 * 60 × 14 = 840 transitions.
 */
export interface SlidingState {
  /** The tile in each cell, row by row; 0 is the blank. */
  readonly cells: Record<string, number>;
}

/** OEIS A090034: how many placements take exactly n moves. */
export const slidingLevels: readonly number[] = [
  1, 2, 3, 5, 6, 7, 10, 12, 12, 16, 23, 25, 28, 39, 44, 40, 29, 21, 18, 12, 6, 1,
];

type Move = readonly [name: string, columns: number, rows: number];

const cellOf = (column: number, row: number): string => `row ${row} column ${column}`;
const columns = [0, 1, 2];
const rows = [0, 1];
const places = rows.flatMap((row) => columns.map((column) => ({ row, column })));

export const slidingPuzzle: Model<SlidingState, Move> = {
  name: 'sliding puzzle',
  initial: {
    cells: Object.fromEntries(places.map(({ row, column }, i) => [cellOf(column, row), (i + 1) % 6])),
  },
  actions: [
    ['BlankMovesLeft', -1, 0],
    ['BlankMovesRight', 1, 0],
    ['BlankMovesUp', 0, -1],
    ['BlankMovesDown', 0, 1],
  ],
  label: ([name]) => name,
  progress: () => true,
  step: ({ cells }, [, right, down]) => {
    const blank = places.find(({ row, column }) => cells[cellOf(column, row)] === 0);
    if (!blank) return false;
    const from = cellOf(blank.column + right, blank.row + down);
    const tile = cells[from];
    if (tile === undefined) return false;
    cells[from] = 0;
    cells[cellOf(blank.column, blank.row)] = tile;
    return true;
  },
  properties: [
    {
      name: 'the rows are not swapped',
      kind: 'always',
      class: 'safety',
      sentence: 'the most distant configuration is 45- 123',
      source: 'OEIS A090034',
      subjects: ['board'],
      check: ({ cells }) =>
        ![4, 5, 0, 1, 2, 3].every((tile, i) => cells[cellOf(i % 3, Math.floor(i / 3))] === tile),
    },
    {
      name: 'two tiles change places',
      kind: 'sometimes',
      class: 'witness',
      sentence: 'an odd permutation cannot be reached',
      source: 'Johnson and Story, Notes on the 15 Puzzle, 1879',
      subjects: ['board'],
      check: ({ cells }) =>
        [1, 2, 3, 5, 4, 0].every((tile, i) => cells[cellOf(i % 3, Math.floor(i / 3))] === tile),
    },
  ],
};
