import type { Progress } from './limits.ts';
import type { Property } from './property.ts';
import type { Result, Stop, Verdict } from './verdict.ts';
import type { WholeModel } from './whole-model.ts';

/** What was found out about a property, and when. */
export interface Decision extends Pick<Result, 'subject' | 'states' | 'transitions' | 'depth'> {
  /** Indices into `model.actions`, which can be written down. */
  readonly trace: readonly number[];
}

/** One claim that the search still has to look at: a property about one subject. */
export interface OpenClaim {
  readonly property: number;
  readonly subject: string;
}

/** Keeps what has been decided while a search goes on. Both engines write into one of these. */
export class Ledger<S extends object, A> {
  readonly #model: WholeModel<S, A>;
  readonly #decisions = new Map<number, Decision>();
  /** Whether a property, not a witness, has been decided: it is violated. */
  violated = false;

  constructor(model: WholeModel<S, A>) {
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
  results(end: Progress, stoppedBy: Stop): Result<S, A>[] {
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
      if (!decision) return { property, verdict, ...undecided };
      const trace = decision.trace.map((action) => this.#model.actions[action] as A);
      return { property, verdict, ...decision, trace };
    });
  }
}

function verdictOf(kind: Property<unknown>['kind'], decided: boolean, complete: boolean): Verdict {
  const atOnce: Verdict = kind === 'sometimes' ? 'holds' : 'violated';
  const atTheEnd: Verdict = kind === 'sometimes' ? 'violated' : 'holds';
  if (decided) return atOnce;
  return complete ? atTheEnd : 'unknown';
}
