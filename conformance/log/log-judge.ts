import type { Revision } from '../../spec/index.ts';
import { type Letter, LogAutomaton, type LogState, letterOf, rejected } from './automaton.ts';
import { type Edit, nearestLog } from './nearest.ts';
import { modelEvent, type OrderingEvent } from './observed.ts';

/** A log does not say in which pid namespace the container's processes live, so both kinds are tried. */
const namespaces = ['private', 'shared'] as const;

/** How far a container's log has led in the automata, one for each kind of pid namespace. */
export class LogPosition {
  readonly isWhole: boolean;
  /** In each automaton, after the init's events alone. */
  init: LogState[];
  /** In each automaton, after the events of an exec and its init. */
  readonly execs: Map<string, LogState[]> = new Map();
  /** The letters that led there, by exec; '' for the init's alone. */
  readonly letters: Map<string, Letter[]> = new Map();
  /** For each automaton: whether it has the logs of all execs so far. */
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

/** Why no behaviour has a log. */
export interface Diagnosis {
  readonly revision: string;
  /** The log of the exec with its init. It grows as long as the container's log does. */
  readonly log: readonly Letter[];
  /** The index of the rejected event in it. */
  readonly at: number;
  /** What a behaviour could have published there instead. */
  readonly allowed: readonly Letter[];
  /** Finds the log of a behaviour that is nearest to `log` as it is by then; null where none is near. */
  readonly nearest: () => readonly Edit[] | null;
}

/** Says whether a revision of the specification can publish a container's log. */
export class LogJudge {
  readonly revision: Revision;
  readonly #automata: readonly LogAutomaton[];

  constructor(revision: Revision) {
    this.revision = revision;
    this.#automata = namespaces.map((each) => new LogAutomaton(revision, each === 'shared'));
  }

  /** @param isWhole whether the log has the container's events from its create on */
  begin(isWhole: boolean): LogPosition {
    return new LogPosition(this.#starts(isWhole), isWhole);
  }

  /** Takes a container's next event. @returns null where it is allowed, or where the log was rejected before */
  next(position: LogPosition, event: OrderingEvent): Diagnosis | null {
    const letter = letterOf(modelEvent(event));
    const { exec } = event;
    const before = exec === '' ? position.init : (position.execs.get(exec) ?? position.init);
    if (exec === '') this.#takeOfInit(position, letter);
    else this.#takeOfExec(position, exec, before, letter);
    if (position.isRejected || position.isPossible.includes(true)) return null;
    position.isRejected = true;
    const blamed = rejectedIn(position);
    return this.#diagnose(position, blamed, exec === blamed ? before : null);
  }

  /** The init's events stand in the logs of all its execs. */
  #takeOfInit(position: LogPosition, letter: Letter): void {
    position.init = this.#advance(position, position.init, letter);
    for (const [exec, states] of position.execs)
      position.execs.set(exec, this.#advance(position, states, letter));
    for (const [exec, letters] of position.letters) if (exec !== '') letters.push(letter);
    record(position, '', letter);
  }

  #takeOfExec(position: LogPosition, exec: string, before: readonly LogState[], letter: Letter): void {
    if (!position.letters.has(exec)) position.letters.set(exec, [...(position.letters.get('') ?? [])]);
    position.execs.set(exec, this.#advance(position, before, letter));
    record(position, exec, letter);
  }

  #advance(position: LogPosition, states: readonly LogState[], letter: Letter): LogState[] {
    return states.map((state, i) => {
      const next = this.#automata[i]?.next(state, letter) ?? rejected;
      if (next === rejected) position.isPossible[i] = false;
      return next;
    });
  }

  /** @param before the states before the rejected event; null where they have to be walked to again */
  #diagnose(position: LogPosition, exec: string, before: readonly LogState[] | null): Diagnosis {
    const log = position.letters.get(exec) ?? [];
    const starts = this.#starts(position.isWhole);
    const at = log.length - 1;
    const allowed = this.#automata.flatMap((automaton, i) => {
      const walk = (): LogState =>
        log.slice(0, at).reduce((state, letter) => automaton.next(state, letter), starts[i] ?? rejected);
      return automaton.allowed(before?.[i] ?? walk());
    });
    const nearest = (): readonly Edit[] | null => {
      const near = this.#automata.map((automaton, i) => nearestLog(automaton, starts[i] ?? rejected, log));
      return near.toSorted((a, b) => editsIn(a) - editsIn(b))[0] ?? null;
    };
    return { revision: this.revision.slug, log, at, allowed: [...new Set(allowed)], nearest };
  }

  #starts(isWhole: boolean): LogState[] {
    return this.#automata.map((automaton) => (isWhole ? automaton.start : automaton.anywhere));
  }
}

function record({ letters }: LogPosition, exec: string, letter: Letter): void {
  const own = letters.get(exec) ?? [];
  own.push(letter);
  letters.set(exec, own);
}

function editsIn(edits: readonly Edit[] | null): number {
  return edits?.filter(({ kind }) => kind !== 'kept').length ?? Number.POSITIVE_INFINITY;
}

/**
 * The exec, or '' for the init, whose log no automaton has. '' too where each log by itself has one, and all together
 * have none.
 */
function rejectedIn({ init, execs }: LogPosition): string {
  const logs = [['', init] as const, ...execs];
  return logs.findLast(([, states]) => states.every((state) => state === rejected))?.[0] ?? '';
}
