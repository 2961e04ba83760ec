import { createHash } from 'node:crypto';
import { type Revision, revisions } from '../../spec/index.ts';
import { LogAutomaton, type LogState, type LogTable } from './automaton.ts';
import { Courses } from './course.ts';
import { determinise } from './determinise.ts';
import { type KnownAutomaton, logSettings, readKnownAutomata } from './known-automata.ts';
import { type Letter, lettersIn } from './letters.ts';
import { type Edit, nearestLog } from './nearest.ts';
import type { ObservedEvent } from './observed.ts';
import { type RevisionBits, RevisionCounts } from './revision-counts.ts';

/** More automata than this do not fit into the bits of a number. */
const automataMax = 31;

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
  /** What it was made from; with it, a diagnosis that was saved is made again. */
  readonly basis: DiagnosisBasis;
}

/** The log that was rejected. */
export interface DiagnosisBasis {
  /** The exec whose log it is, with its init; empty for the init alone. */
  readonly exec: string;
  readonly log: readonly Letter[];
  /** Where in the container's history the events begin that are not in it. */
  readonly from: number;
}

/** Says which revisions of the specification can publish a container's log, and of one of them why it cannot. */
export class LogJudge {
  readonly revision: Revision;
  readonly courses: Courses;
  readonly #tables: readonly LogTable[];
  readonly #automata: readonly LogAutomaton[];
  readonly #revisions: readonly RevisionBits[];
  /** The automata of the revision that is asked for. */
  readonly #own: number;

  constructor(revision: Revision) {
    this.revision = revision;
    const known = automataWith(revision);
    const tables = [...new Map(known.map(({ table }) => [JSON.stringify(table), table])).values()];
    if (tables.length > automataMax)
      throw new RangeError(
        `${tables.length} different automata, at most ${automataMax} fit: compare fewer revisions`,
      );
    this.#tables = tables;
    this.#automata = tables.map((table) => new LogAutomaton(table));
    this.courses = new Courses(this.#automata);
    const places = tables.map((table) => JSON.stringify(table));
    const bitsOf = (rows: readonly KnownAutomaton[]): number =>
      rows.reduce((bits, { table }) => bits | (1 << places.indexOf(JSON.stringify(table))), 0);
    this.#revisions = [...new Set(known.map((each) => each.revision))].map((slug) => {
      const rows = known.filter((each) => each.revision === slug);
      return {
        slug,
        ordinary: bitsOf(rows.filter(({ setting }) => !setting.execOnCreated)),
        all: bitsOf(rows),
      };
    });
    const own = this.#revisions.find(({ slug }) => slug === revision.slug);
    if (!own) throw new RangeError(`no automata of ${revision.slug}'s logs: run npm run automata`);
    this.#own = own.all;
  }

  /** The automata that have every log, as bits. */
  get everything(): number {
    return this.#automata.length === automataMax ? 0x7fff_ffff : (1 << this.#automata.length) - 1;
  }

  /** Tells this judge from one of another revision, or of another release: their states do not fit each other. */
  get fingerprint(): string {
    const known = JSON.stringify([this.revision.slug, this.#own, this.#tables]);
    return createHash('sha256').update(known).digest('hex').slice(0, 16);
  }

  /** Whether none of the revision's automata is among these. */
  rejects(possible: number): boolean {
    return (possible & this.#own) === 0;
  }

  /** Begins to count the containers that each revision cannot have written. */
  counts(): RevisionCounts {
    return new RevisionCounts(this.#revisions);
  }

  /**
   * Explains why the revision does not have a log.
   *
   * @param basis the log as far as it is rejected
   * @param history the container's events; those that come later are read from it
   */
  diagnose(isWhole: boolean, basis: DiagnosisBasis, history: readonly ObservedEvent[]): Diagnosis {
    const { exec: blamed, log, from } = basis;
    const later = (): Letter[] =>
      lettersIn(history.slice(from).filter(({ exec }) => exec === '' || exec === blamed));
    const at = log.length - 1;
    const before = log.slice(0, at);
    const own = this.#automata.filter((_, i) => (this.#own & (1 << i)) !== 0);
    const startOf = (automaton: LogAutomaton): LogState => (isWhole ? automaton.start : automaton.anywhere);
    const allowed = own.flatMap((automaton) =>
      automaton.allowed(before.reduce((state, letter) => automaton.next(state, letter), startOf(automaton))),
    );
    const nearest = (): readonly Edit[] | null => {
      const near = own.map((automaton) => nearestLog(automaton, startOf(automaton), [...log, ...later()]));
      return near.toSorted((a, b) => editsIn(a) - editsIn(b))[0] ?? null;
    };
    return {
      revision: this.revision.slug,
      get log() {
        return [...log, ...later()];
      },
      at,
      allowed: [...new Set(allowed)],
      nearest,
      basis,
    };
  }
}

/** The automata of every revision. Those of one that is not ours are computed, which takes some seconds. */
function automataWith(revision: Revision): KnownAutomaton[] {
  const known = readKnownAutomata();
  if (revisions.includes(revision)) return known;
  const { slug } = revision;
  const own = logSettings.map((setting) => ({
    revision: slug,
    setting,
    table: determinise(revision, setting),
  }));
  return [...known.filter((each) => each.revision !== slug), ...own];
}

function editsIn(edits: readonly Edit[] | null): number {
  return edits?.filter(({ kind }) => kind !== 'kept').length ?? Number.POSITIVE_INFINITY;
}
