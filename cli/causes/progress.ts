import type { Cell } from '../../checker/causes/minimal-causes.ts';
import { count } from '../../render/table.ts';
import type { RunningPart } from './sweep.ts';

/** How far a sweep is. A cell is a set of options of a revision. */
export interface SweepState {
  readonly cells: Readonly<Record<Cell, number>>;
  readonly all: number;
  /** Searches that are under way. */
  readonly underWay: number;
  readonly seconds: number;
  /** Cells that were settled in a minute, over the last half of the time; null before there are some. */
  readonly perMinute: number | null;
  /** Minutes until no cell is open, if it goes on as in all the time and as of late; null where nobody can tell. */
  readonly minutesLeft: readonly [least: number, most: number] | null;
}

/** Follows a sweep. @param now in milliseconds */
export class SweepProgress {
  readonly #now: () => number;
  readonly #startMs: number;
  /** When how many cells were settled. */
  readonly #past: { readonly ms: number; readonly settled: number }[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#startMs = now();
  }

  state(parts: readonly RunningPart[], underWay: number): SweepState {
    const cells = { searched: 0, pruned: 0, unknown: 0, open: 0 };
    for (const part of parts) for (const cell of part.cells()) cells[cell]++;
    const all = cells.searched + cells.pruned + cells.unknown + cells.open;
    const settled = all - cells.open;
    const ms = this.#now() - this.#startMs;
    this.#past.push({ ms, settled });
    const half = this.#past.find((each) => each.ms >= ms / 2) ?? { ms, settled };
    const late = rate(settled - half.settled, ms - half.ms);
    const whole = rate(settled, ms);
    const left = [whole, late].map((each) => cells.open / each).toSorted((a, b) => a - b);
    const [least = 0, most = 0] = left;
    return {
      ...{ cells, all, underWay, seconds: ms / 1_000, perMinute: late > 0 ? late : null },
      minutesLeft: late > 0 ? [least, most] : null,
    };
  }
}

/** A line that says how far a sweep is. */
export function progressText({ cells, all, perMinute, minutesLeft }: SweepState): string {
  const { searched, pruned, unknown, open } = cells;
  const parts = [
    `${count(searched)} searched`,
    `${count(pruned)} pruned`,
    ...(unknown > 0 ? [`${count(unknown)} too large`] : []),
    `${count(open)} of ${count(all)} open`,
    ...(perMinute === null ? [] : [`${count(Math.round(perMinute))}/min`]),
  ];
  return `${parts.join(', ')}, ${estimateText(minutesLeft)}`;
}

/** `2 to 5 min left`; sets are not alike, so that one number would say too much. */
function estimateText(left: SweepState['minutesLeft']): string {
  if (left === null) return 'no estimate yet';
  const [least, most] = left.map((each) => Math.max(1, Math.ceil(each)));
  return least === most ? `about ${least} min left` : `${least} to ${most} min left`;
}

function rate(settled: number, ms: number): number {
  return ms > 0 ? settled / (ms / 60_000) : 0;
}
