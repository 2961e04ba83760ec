/**
 * Whether a revision can have written a log: at all, or only where clients add execs to a task that is not started yet.
 */
export interface RevisionVerdict {
  readonly revision: string;
  readonly allows: 'yes' | 'with exec-on-created' | 'no';
  /** How many containers' logs it cannot have written. */
  readonly containers: number;
}

/** The automata of a revision, as bits. */
export interface RevisionBits {
  readonly slug: string;
  /** Those of clients that add execs to started tasks alone. */
  readonly ordinary: number;
  readonly all: number;
}

/** Counts, for each revision, the containers whose logs it cannot have written. */
export class RevisionCounts {
  readonly #revisions: readonly RevisionBits[];
  readonly #refused: number[];
  /** Without early execs. */
  readonly #refusedOrdinary: number[];

  constructor(revisions: readonly RevisionBits[]) {
    this.#revisions = revisions;
    this.#refused = revisions.map(() => 0);
    this.#refusedOrdinary = revisions.map(() => 0);
  }

  /**
   * Counts a container whose log fewer automata have than before.
   *
   * @param before the automata that had it, as bits
   * @param addsEarly whether its log shows that clients add execs to a task that is not started yet
   */
  count(before: number, after: number, addsEarly: boolean): void {
    this.#revisions.forEach(({ ordinary, all }, i) => {
      const shown = addsEarly ? all : ordinary;
      if (isLost(all, before, after)) this.#refused[i] = (this.#refused[i] ?? 0) + 1;
      if (isLost(shown, before, after)) this.#refusedOrdinary[i] = (this.#refusedOrdinary[i] ?? 0) + 1;
    });
  }

  /** What each revision says to all the logs together, the oldest revision first. */
  verdicts(): RevisionVerdict[] {
    return this.#revisions.map(({ slug }, i) => {
      const refused = this.#refused[i] ?? 0;
      const ordinary = this.#refusedOrdinary[i] ?? 0;
      if (refused > 0) return { revision: slug, allows: 'no', containers: refused };
      return { revision: slug, allows: ordinary > 0 ? 'with exec-on-created' : 'yes', containers: ordinary };
    });
  }
}

/** Whether the last of some automata was lost. */
function isLost(some: number, before: number, after: number): boolean {
  return (before & some) !== 0 && (after & some) === 0;
}
