import { type Letter, type LogAutomaton, type LogState, rejected } from './automaton.ts';

/** How an event of the nearest allowed log came there: `moved` stands where it went, `dropped` where it was. */
export interface Edit {
  readonly kind: 'kept' | 'added' | 'dropped' | 'moved';
  readonly letter: Letter;
}

/** To move an event is dearer than to add or drop one, and cheaper than both. */
const costOf = { added: 2, dropped: 2, moved: 3 } as const;
const costMax = 12;

interface Place {
  /** Events of the log that have been looked at. */
  readonly at: number;
  readonly state: LogState;
  /** Taken out of the log, to be put in further on. */
  readonly held: Letter | null;
  readonly edits: readonly Edit[];
}

/**
 * The log of a behaviour that is nearest to `log`, by events that are added, dropped or moved to a later place.
 *
 * @returns null where none is near
 */
export function nearestLog(
  automaton: LogAutomaton,
  start: LogState,
  log: readonly Letter[],
): readonly Edit[] | null {
  const byCost: Place[][] = [[{ at: 0, state: start, held: null, edits: [] }]];
  const seen = new Set<string>();
  for (let cost = 0; cost <= costMax; cost++) {
    const places = byCost[cost] ?? [];
    for (let place = places.pop(); place; place = places.pop()) {
      const key = `${place.at} ${place.state} ${place.held}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (place.at === log.length && place.held === null) return place.edits;
      for (const [dearer, next] of waysOn(automaton, place, log[place.at])) {
        byCost[cost + dearer] ??= [];
        byCost[cost + dearer]?.push(next);
      }
    }
  }
  return null;
}

/** What can be done at a place, the dearest first, each with its cost. */
function waysOn(
  automaton: LogAutomaton,
  { at, state, held, edits }: Place,
  letter: Letter | undefined,
): [number, Place][] {
  const ways: [number, Place][] = automaton
    .allowed(state)
    .map((other) => [
      costOf.added,
      { at, state: automaton.next(state, other), held, edits: [...edits, { kind: 'added', letter: other }] },
    ]);
  if (letter !== undefined) {
    ways.push([costOf.dropped, { at: at + 1, state, held, edits: [...edits, { kind: 'dropped', letter }] }]);
    if (held === null) {
      ways.push([
        costOf.moved,
        { at: at + 1, state, held: letter, edits: [...edits, { kind: 'dropped', letter }] },
      ]);
    }
    const next = automaton.next(state, letter);
    if (next !== rejected) {
      ways.push([0, { at: at + 1, state: next, held, edits: [...edits, { kind: 'kept', letter }] }]);
    }
  }
  const back = held === null ? rejected : automaton.next(state, held);
  if (held !== null && back !== rejected) {
    ways.push([0, { at, state: back, held: null, edits: [...edits, { kind: 'moved', letter: held }] }]);
  }
  return ways;
}
