import type { Coverage } from './fast/coverage.ts';
import type { Limits, Model, Progress, Property, Reduction } from './model.ts';

/** `unknown`: the search ended before it could tell. Never a boolean, never "holds so far". */
export type Verdict = 'holds' | 'violated' | 'unknown';

/** Why a search did not see everything; null where it did. */
export type Stop = 'depth' | 'states' | 'time' | 'memory' | 'violation' | null;

/** What the search says about one property, and how far it was when it could say so. */
export interface Result<S> {
  readonly property: Property<S>;
  readonly verdict: Verdict;
  /** The subject that decided it: of the violation, or of the witness. */
  readonly subject: string | null;
  /** Indices into `model.actions`: the shortest counterexample, or the shortest way to the witness. */
  readonly trace: readonly number[] | null;
  /** Distinct states, transitions and depth when the property was decided (for `holds`: of all). */
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

export interface Report<S> {
  readonly model: string;
  readonly engine: 'plain' | 'fast' | 'symbolic';
  readonly results: readonly Result<S>[];
  readonly stoppedBy: Stop;
  readonly limits: Limits;
  /** The reduction that was on. */
  readonly reduction: Reduction | null;
  /** Distinct states that were looked at. */
  readonly states: number;
  /** How many states those stand for: more than `states` with symmetry. */
  readonly represented: number;
  /** Enabled (state, action) pairs. */
  readonly transitions: number;
  /** Steps from the initial state to the farthest one; null where the engine cannot tell. */
  readonly depth: number | null;
  /** Distinct states that are quiescent. */
  readonly quiescent: number;
  /** Bytes that the stored states take, index and parents included; 0 where the engine cannot tell. */
  readonly bytes: number;
  readonly elapsedMs: number;
  /** How often each action was taken, in the order of `model.actions`. */
  readonly taken: readonly number[];
  /** With how many nodes of decision diagrams the symbolic engine has written the set of states. */
  readonly nodes?: number;
}

/** What a search can tell besides its report. */
export interface Exploration<S> {
  readonly report: Report<S>;
  /** Every distinct state that was stored, in the order of discovery. */
  readonly states: () => Iterable<S>;
  /** What became of each action in the states that were expanded; null where the search cannot tell. */
  readonly coverage: (() => Coverage) | null;
}

/** An engine explores a model breadth first: the first violation of a property is a shortest one. */
export type Engine = <S extends object, A>(
  model: Model<S, A>,
  options?: import('./model.ts').SearchOptions,
) => Exploration<S>;

/** What was found out about a property, and when. */
export type Decision = Pick<Result<unknown>, 'subject' | 'trace' | 'states' | 'transitions' | 'depth'>;

/** One claim that the search still has to look at: a property about one subject. */
export interface OpenClaim {
  readonly property: number;
  readonly subject: string;
}

/** Keeps what has been decided while a search goes on. Both engines write into one of these. */
export class Ledger<S extends object, A> {
  readonly #model: Model<S, A>;
  readonly #decisions = new Map<number, Decision>();
  /** Whether a property, not a witness, has been decided: it is violated. */
  violated = false;

  constructor(model: Model<S, A>) {
    this.#model = model;
  }

  /** What has been decided, by the property's index. */
  get decisions(): readonly (readonly [number, Decision])[] {
    return [...this.#decisions];
  }

  /** Takes up what another search has decided. */
  restore(decisions: readonly (readonly [number, Decision])[]): void {
    for (const [index, decision] of decisions) {
      this.#decisions.set(index, decision);
      this.violated ||= this.#model.properties[index]?.kind !== 'sometimes';
    }
  }

  /** Whether property `index` may still be decided by a further state. */
  isOpen(index: number): boolean {
    return !this.#decisions.has(index);
  }

  /** Claims of `kind` that are open, in the order of the properties. */
  open(kind: Property<S>['kind']): OpenClaim[] {
    return this.#model.properties.flatMap((property, index) =>
      property.kind === kind && this.isOpen(index)
        ? property.subjects.map((subject) => ({ property: index, subject }))
        : [],
    );
  }

  /** Decides an open property: a violation, or for a witness that it was reached. */
  decide(claim: OpenClaim, at: Pick<Progress, 'states' | 'transitions'>, trace: readonly number[]): void {
    const { states, transitions } = at;
    if (this.#model.properties[claim.property]?.kind !== 'sometimes') this.violated = true;
    this.#decisions.set(claim.property, {
      subject: claim.subject,
      trace,
      states,
      transitions,
      depth: trace.length,
    });
  }

  /** Turns what was decided, and what was not, into verdicts. */
  results(end: Progress, stoppedBy: Stop): Result<S>[] {
    return this.#model.properties.map((property, index) => {
      const decision = this.#decisions.get(index);
      const verdict = verdictOf(property.kind, decision !== undefined, stoppedBy === null);
      const undecided = {
        subject: null,
        trace: null,
        states: end.states,
        transitions: end.transitions,
        depth: end.depth,
      };
      return { property, verdict, ...(decision ?? undecided) };
    });
  }
}

function verdictOf(kind: Property<unknown>['kind'], decided: boolean, complete: boolean): Verdict {
  const atOnce: Verdict = kind === 'sometimes' ? 'holds' : 'violated';
  const atTheEnd: Verdict = kind === 'sometimes' ? 'violated' : 'holds';
  if (decided) return atOnce;
  return complete ? atTheEnd : 'unknown';
}
