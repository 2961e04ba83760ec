/**
 * What a model is.
 *
 * @module
 */
import type { Property } from './property.ts';

/**
 * What the checker explores: a transition system over plain data.
 *
 * A state is a tree of plain objects whose keys never change; what hangs at its ends (primitives, null,
 * arrays) is JSON. The shape of {@link Model.initial} decides: an object there keeps its keys for ever, so
 * write `null` or `[]` for what is absent and never `undefined`. The order of keys is not part of a state. The
 * plain engine does not need this, the fast one does, and it says so when a step breaks the rule.
 *
 * Its functions are methods, so that what takes a `Model<object, unknown>` takes every model.
 */
export interface Model<S extends object, A> {
  /** How reports call it. Default: `model`. */
  readonly name?: string;
  /** The state before any action. */
  readonly initial: S;
  /**
   * Every action that can ever happen within the bound, one at least. Their order decides which of several shortest
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
  step(draft: S, action: A): boolean;
  /**
   * A name that is unique among `actions`, for traces and replay. Default: an action that is a text is its own label, any
   * other is written as JSON.
   */
  label?(action: A): string;
  /**
   * Whether an enabled `action` is bound to happen (weak fairness), as a step of the program is; an
   * environment that may rest for ever (a client that calls no more) is not. A state in which no such
   * action is enabled is *quiescent*. Default: every action is, so a quiescent state is one that enables none.
   */
  progress?(action: A): boolean;
  /** What is to be decided of it. */
  readonly properties: readonly Property<NoInfer<S>>[];
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
