/**
 * What a model is, and what is to be decided of it.
 *
 * @module
 */
/**
 * What the checker explores: a transition system over plain data.
 *
 * A state is a tree of plain objects whose keys never change; what hangs at its ends (primitives, null,
 * arrays) is JSON. The shape of {@link Model.initial} decides: an object there keeps its keys for ever, so
 * write `null` or `[]` for what is absent and never `undefined`. The order of keys is not part of a state. The
 * plain engine does not need this, the fast one does, and it says so when a step breaks the rule.
 */
export interface Model<S extends object, A> {
  /** How reports call it. */
  readonly name: string;
  /** The state before any action. */
  readonly initial: S;
  /**
   * Every action that can ever happen within the bound. Their order decides which of several shortest
   * counterexamples is found; the engines may find different ones.
   */
  readonly actions: readonly A[];
  /**
   * Carries `action` out on a draft of the state.
   *
   * It must be a pure function of what it reads from the draft.
   *
   * @returns false, having written nothing, where the action is not enabled.
   */
  readonly step: (draft: S, action: A) => boolean;
  /** A name that is unique among `actions`, for traces and replay. */
  readonly label: (action: A) => string;
  /**
   * Whether an enabled `action` is bound to happen (weak fairness), as a step of the program is; an
   * environment that may rest for ever (a client that calls no more) is not. A state in which no such
   * action is enabled is *quiescent*.
   */
  readonly progress: (action: A) => boolean;
  /** What is to be decided of it. */
  readonly properties: readonly Property<S>[];
  /** What is interchangeable in the model, for a search that is to use it. Default: nothing. */
  readonly symmetry?: Symmetry;
}

/**
 * Names that can be exchanged everywhere in a state, an action or a subject, and nothing is different but the names.
 *
 * A search that uses it checks it on the steps that it learns, and throws ModelError where it does not hold.
 */
export interface Symmetry {
  /**
   * Types, each the list of its members, and a member the list of its names: words of texts, or numbers. The names
   * at the same place correspond: `[['e1', 101], ['e2', 102]]`.
   */
  readonly types: readonly (readonly (readonly (string | number)[])[])[];
  /** Pairs of whole texts that stand for two equal things, such as a call that is sent twice. */
  readonly twins: readonly (readonly [string, string])[];
}

/**
 * A claim about states, or about steps.
 *
 * - `always`: holds in every reachable state.
 * - `quiescent`: holds in every reachable state where nothing is bound to happen. "No deadlock" is of this
 *   kind: where nothing moves, nobody may be left half-way.
 * - `step`: holds of every step that a reachable state enables, a step back to the same state included.
 * - `sometimes`: holds in at least one reachable state: a witness against vacuity.
 */
export interface Property<S> {
  /** A sentence in the present tense, unique in its model. */
  readonly name: string;
  /** Of what it is a claim. */
  readonly kind: 'always' | 'quiescent' | 'step' | 'sometimes';
  /** Which exit code a violation earns (PEERS: 11 deadlock, 12 safety). */
  readonly class: 'deadlock' | 'safety' | 'witness';
  /** The sentence of the source that the property formalises. */
  readonly sentence: string;
  /** Where that sentence stands: a link at a full commit, or the name of the text. */
  readonly source: string;
  /** The property is the conjunction (`sometimes`: the disjunction) of `check` over these. */
  readonly subjects: readonly string[];
  /** For `step`, `after` is the state that the step leads to; for the others it is `state` again. */
  readonly check: (state: S, subject: string, after: S) => boolean;
}
