/**
 * The table of a revision's steps: the name of each, who takes it, and the function that carries it out.
 *
 * A step is listed once. The types of the actions, the actions within a bound and the step function are derived
 * from the table, so an action that no step stands for does not compile.
 *
 * @module
 */
import type { AnyAction } from './action.ts';
import { type Bound, callsOf } from './bound.ts';
import type { Service } from './service.ts';
import {
  type CallId,
  type CallMethod,
  isInit,
  methodOf,
  type ProcessId,
  type ThreadId,
  targetOf,
} from './vocabulary.ts';

/** Calls of a method, or those of them about an init or an exec alone: `delete`, `delete init`. */
export type CallKind = CallMethod | `${CallMethod} ${'init' | 'exec'}`;

/** What a step is in the words of the Go code, for traces. */
export interface GoCode<S = Service> {
  /** What it does; where that depends on the state, told of the state before it and the thread that takes it. */
  readonly text: string | ((before: S, thread: ThreadId) => string);
  /** Its lines below the revision's tree, `task/service.go#L12-L15`; by kind of call where they differ. */
  readonly lines?: string | Readonly<Partial<Record<CallKind, string>>>;
}

/** A step of the shim: an action for each that may take it. */
export interface ShimStep<S, Taken extends object> {
  /** Who may take it within a bound. */
  readonly takers: (bound: Bound) => readonly string[];
  /** Which field of the action says who takes it; null where only one can. */
  readonly field: 'call' | 'thread' | 'process' | null;
  /** Carries it out on a draft of the state. @returns false where it is not enabled */
  readonly take: (s: S, action: Taken) => boolean;
  /** What it is in Go; only of a step that `revisions/go-code.ts` does not know. */
  readonly code?: GoCode<S>;
}

/** The steps of a revision, by their names. */
export type ShimSteps<S> = Readonly<Record<string, ShimStep<S, never>>>;

/** The actions that a table of steps stands for. */
export type ActionOf<T> = {
  [N in keyof T & string]: T[N] extends ShimStep<never, infer Taken> ? { readonly type: N } & Taken : never;
}[keyof T & string];

/**
 * A step that handlers of calls take.
 *
 * @param kinds of which calls
 * @param take where the action says more than whose it is, that is its third parameter
 */
export function byCalls<S, More extends object = object>(
  kinds: readonly CallKind[],
  take: (s: S, call: CallId, action: More) => boolean,
  code?: GoCode<S>,
): ShimStep<S, { readonly call: CallId } & More> {
  const takers = (bound: Bound): CallId[] =>
    callsOf(bound).filter((call) => kindsOf(call).some((kind) => kinds.includes(kind)));
  return { takers, field: 'call', take: (s, action) => take(s, action.call, action), ...of(code) };
}

/** The kinds that a call is of: `start c1/e1` is a `start`, and a `start exec`. */
export function kindsOf(call: CallId): readonly [CallKind, CallKind] {
  const method = methodOf(call);
  return [method, `${method} ${isInit(targetOf(call)) ? 'init' : 'exec'}`];
}

/** A step that goroutines take, whichever function they run. @param takers the same for all steps of one function */
export function byThreads<S>(
  takers: (bound: Bound) => readonly ThreadId[],
  take: (s: S, thread: ThreadId) => boolean,
  code?: GoCode<S>,
): ShimStep<S, { readonly thread: ThreadId }> {
  return { takers, field: 'thread', take: (s, { thread }) => take(s, thread), ...of(code) };
}

/** A step that the exit loop takes with one of several processes. */
export function byProcesses<S, More extends object = object>(
  takers: (bound: Bound) => readonly ProcessId[],
  take: (s: S, process: ProcessId, action: More) => boolean,
  code?: GoCode<S>,
): ShimStep<S, { readonly process: ProcessId } & More> {
  return { takers, field: 'process', take: (s, action) => take(s, action.process, action), ...of(code) };
}

/** A step that the exit loop alone takes. */
export function byExitLoop<S>(take: (s: S) => boolean, code?: GoCode<S>): ShimStep<S, object> {
  return { takers: () => ['processExits'], field: null, take, ...of(code) };
}

function of<S>(code: GoCode<S> | undefined): { readonly code?: GoCode<S> } {
  return code ? { code } : {};
}

/**
 * Every action of a table within a bound, in the table's order. Steps side by side that the same goroutines take are
 * one function: they come goroutine by goroutine.
 */
export function actionsOf<S>(steps: ShimSteps<S>, bound: Bound): AnyAction[] {
  const functions: [string, ShimStep<S, never>][][] = [];
  for (const entry of Object.entries(steps)) {
    const last = functions.at(-1);
    if (last?.[0]?.[1].takers === entry[1].takers) last.push(entry);
    else functions.push([entry]);
  }
  return functions.flatMap((entries) =>
    (entries[0]?.[1].takers(bound) ?? []).flatMap((taker) =>
      entries.map(([type, { field }]) => (field === null ? { type } : { type, [field]: taker })),
    ),
  );
}
