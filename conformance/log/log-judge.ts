import type { Revision, Topic } from '../../spec/index.ts';
import { type Letter, LogAutomaton, type LogState, letterOf, rejected } from './automaton.ts';
import { type Edit, nearestLog } from './nearest.ts';
import { modelEvent, type ObservedEvent } from './observed.ts';

/** Whose pid namespace the container's processes live in: a log does not say, so both are tried. */
const namespaces = ['private', 'shared'] as const;

/** Where a container's log stands in the automata, one for each kind of pid namespace. */
export class Place {
  readonly isWhole: boolean;
  /** With no exec looked at. */
  init: LogState[];
  readonly execs: Map<string, LogState[]> = new Map();
  /** The letters so far, by exec; '' for the init's alone. */
  readonly letters: Map<string, Letter[]> = new Map();
  /** Of each automaton: whether it has the logs of all execs so far. */
  readonly isPossible: boolean[];
  isRejected = false;

  constructor(start: LogState[], isWhole: boolean) {
    this.init = start;
    this.isPossible = start.map(() => true);
    this.isWhole = isWhole;
  }

  forget(exec: string): void {
    this.execs.delete(exec);
    this.letters.delete(exec);
  }
}

export const noPlace: Place = new Place([], true);

/** Why no behaviour has a log. */
export interface Diagnosis {
  readonly revision: string;
  /** The log of the exec with its init; it grows as long as the container's log does. */
  readonly log: readonly Letter[];
  /** The rejected event's place in it. */
  readonly at: number;
  /** What a behaviour might have published instead of the last event. */
  readonly allowed: readonly Letter[];
  /** The nearest log of a behaviour, to the log as it is when this is called; null where none is near. */
  readonly nearest: () => readonly Edit[] | null;
}

/** Says of the logs of containers whether a revision of the specification can publish them. */
export class LogJudge {
  readonly revision: Revision;
  readonly #automata: readonly LogAutomaton[];

  constructor(revision: Revision) {
    this.revision = revision;
    this.#automata = namespaces.map((each) => new LogAutomaton(revision, each === 'shared'));
  }

  begin(isWhole: boolean): Place {
    return new Place(
      this.#automata.map((automaton) => (isWhole ? automaton.start : automaton.anywhere)),
      isWhole,
    );
  }

  /** Takes a container's next event. @returns null where it is allowed, or the log was rejected before */
  next(place: Place, event: ObservedEvent & { readonly topic: Topic }): Diagnosis | null {
    const letter = letterOf(modelEvent(event));
    const { exec } = event;
    const before = exec === '' ? place.init : (place.execs.get(exec) ?? place.init);
    if (exec === '') {
      place.init = this.#advance(place, place.init, letter);
      for (const [each, states] of place.execs) place.execs.set(each, this.#advance(place, states, letter));
      for (const [each, letters] of place.letters) if (each !== '') letters.push(letter);
    } else {
      if (!place.letters.has(exec)) place.letters.set(exec, [...(place.letters.get('') ?? [])]);
      place.execs.set(exec, this.#advance(place, before, letter));
    }
    const letters = place.letters.get(exec) ?? [];
    letters.push(letter);
    place.letters.set(exec, letters);
    if (place.isRejected || place.isPossible.includes(true)) return null;
    place.isRejected = true;
    const blame = rejectedIn(place);
    return this.#diagnose(place, blame, exec === blame ? before : null);
  }

  #advance(place: Place, states: readonly LogState[], letter: Letter): LogState[] {
    return states.map((state, i) => {
      const next = this.#automata[i]?.next(state, letter) ?? rejected;
      if (next === rejected) place.isPossible[i] = false;
      return next;
    });
  }

  #diagnose(place: Place, exec: string, before: readonly LogState[] | null): Diagnosis {
    const log = place.letters.get(exec) ?? [];
    const starts = this.#automata.map((automaton) => (place.isWhole ? automaton.start : automaton.anywhere));
    const at = log.length - 1;
    const allowed = this.#automata.flatMap((automaton, i) => {
      const walk = (): LogState =>
        log.slice(0, at).reduce((state, letter) => automaton.next(state, letter), starts[i] ?? rejected);
      return automaton.allowed(before?.[i] ?? walk());
    });
    const nearest = (): readonly Edit[] | null => {
      const near = this.#automata.map((automaton, i) => nearestLog(automaton, starts[i] ?? rejected, log));
      return near.toSorted((a, b) => changesOf(a) - changesOf(b))[0] ?? null;
    };
    return { revision: this.revision.slug, log, at, allowed: [...new Set(allowed)], nearest };
  }
}

function changesOf(edits: readonly Edit[] | null): number {
  return edits?.filter(({ kind }) => kind !== 'kept').length ?? Number.POSITIVE_INFINITY;
}

/** The exec, or '' for the init, whose log alone no automaton has; '' where none has it with the others'. */
function rejectedIn({ init, execs }: Place): string {
  const walks = [['', init] as const, ...execs];
  return walks.findLast(([, states]) => states.every((state) => state === rejected))?.[0] ?? '';
}
