import { type LogAutomaton, type LogState, rejected } from './automaton.ts';
import type { Letter } from './letters.ts';

/**
 * How an event of the nearest allowed log came there. A moved one is `dropped` where it was and `moved` where it went.
 */
export interface Edit {
  readonly kind: 'kept' | 'added' | 'dropped' | 'moved';
  readonly letter: Letter;
}

/** Moving an event costs more than adding or dropping one, and less than both. */
const costOf = { added: 2, dropped: 2, moved: 3 } as const;
const costMax = 12;

/** The beginning of a log, edited so that the automaton has it. */
interface Alignment {
  /** How many events of the log it covers. */
  readonly at: number;
  readonly state: LogState;
  /** An event that was taken out, and is to be put in later. */
  readonly held: Letter | null;
  readonly edits: readonly Edit[];
}

/**
 * Finds the log of a behaviour that is nearest to `log`, by events that are added, dropped or moved to later.
 *
 * @returns null where none is near
 */
export function nearestLog(
  automaton: LogAutomaton,
  start: LogState,
  log: readonly Letter[],
): readonly Edit[] | null {
  const byCost: Alignment[][] = [[{ at: 0, state: start, held: null, edits: [] }]];
  const seen = new Set<string>();
  for (let cost = 0; cost <= costMax; cost++) {
    const alignments = byCost[cost] ?? [];
    for (let each = alignments.pop(); each; each = alignments.pop()) {
      const key = `${each.at} ${each.state} ${each.held}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (each.at === log.length && each.held === null) return each.edits;
      for (const [more, next] of extended(automaton, each, log[each.at])) {
        byCost[cost + more] ??= [];
        byCost[cost + more]?.push(next);
      }
    }
  }
  return null;
}

/** Every edit that is possible next, the dearest first, each with its cost. */
function extended(
  automaton: LogAutomaton,
  { at, state, held, edits }: Alignment,
  letter: Letter | undefined,
): [number, Alignment][] {
  const next: [number, Alignment][] = automaton
    .allowed(state)
    .map((other) => [
      costOf.added,
      { at, state: automaton.next(state, other), held, edits: [...edits, { kind: 'added', letter: other }] },
    ]);
  if (letter !== undefined) {
    next.push([costOf.dropped, { at: at + 1, state, held, edits: [...edits, { kind: 'dropped', letter }] }]);
    if (held === null) {
      next.push([
        costOf.moved,
        { at: at + 1, state, held: letter, edits: [...edits, { kind: 'dropped', letter }] },
      ]);
    }
    const kept = automaton.next(state, letter);
    if (kept !== rejected) {
      next.push([0, { at: at + 1, state: kept, held, edits: [...edits, { kind: 'kept', letter }] }]);
    }
  }
  const back = held === null ? rejected : automaton.next(state, held);
  if (held !== null && back !== rejected) {
    next.push([0, { at, state: back, held: null, edits: [...edits, { kind: 'moved', letter: held }] }]);
  }
  return next;
}
